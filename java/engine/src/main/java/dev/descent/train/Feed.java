package dev.descent.train;

import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A data set on the device, and the order in which batches are gathered from it.
///
/// Samples go up as the bytes or floats that they are. Answers go up as labels where the loss or the
/// accuracy wants them, and as float targets where the loss wants those: target values as they are,
/// or classes as one-hot vectors, or, where the model has one output for two classes, as 0 and 1.
final class Feed {
  private final DataSet data;
  private final int outputs;
  private final int batch;
  private final boolean binary;
  private final Tensor samples;
  private final Tensor order;
  private final @Nullable Tensor labels;
  private final @Nullable Tensor targets;

  /// @param builder the feed's buffers are added to it
  /// @param name goes before the buffers' names
  /// @param outputs the model's
  /// @param batch the rows of a full batch
  Feed(Program.Builder builder, String name, DataSet data, Loss loss, int outputs, int batch) {
    this.data = data;
    this.outputs = outputs;
    this.batch = Math.min(batch, data.size());
    long size = data.size();
    samples =
        builder
            .buffer(
                name + ".samples",
                Role.DATA,
                data.isBytes() ? DType.U8 : DType.F32,
                size * data.features())
            .asMatrix(size, data.features());
    order = builder.buffer(name + ".order", Role.STATE, DType.I32, size).asColumn();
    binary = loss instanceof Loss.BinaryCrossEntropy;
    boolean wantsTargets = !(loss instanceof Loss.SoftmaxCrossEntropy);
    boolean wantsLabels = data.isClassified() && data.outputs() == outputs;
    labels =
        wantsLabels
            ? builder.buffer(name + ".labels", Role.DATA, DType.I32, size).asColumn()
            : null;
    targets =
        wantsTargets
            ? builder
                .buffer(name + ".targets", Role.DATA, DType.F32, size * outputs)
                .asMatrix(size, outputs)
            : null;
  }

  /// The number of full batches.
  int fullSteps() {
    return data.size() / batch;
  }

  /// The rows of the last short batch, or 0 if there is none.
  int tail() {
    return data.size() % batch;
  }

  /// All steps of an epoch.
  int steps() {
    return fullSteps() + (tail() > 0 ? 1 : 0);
  }

  int batch() {
    return batch;
  }

  /// The rows of the first steps of an epoch.
  int rows(int firstSteps) {
    return (int) Math.min((long) firstSteps * batch, data.size());
  }

  int size() {
    return data.size();
  }

  boolean hasLabels() {
    return labels != null;
  }

  boolean hasTargets() {
    return targets != null;
  }

  /// How many answers of a sample can be right or wrong: its class, or each of its targets; 0 if
  /// nothing can, which makes an accuracy NaN.
  int answersPerSample() {
    if (labels != null) {
      return 1;
    }
    return binary ? outputs : 0;
  }

  /// Adds the gathering of a batch into `into`, which has as many rows as are wanted.
  void gather(Batch into, Tensor state, List<Operation> operations) {
    float scale = data.isBytes() ? DataSet.BYTE_SCALE : 1;
    operations.add(new GatherRows(samples, order, state, into.samples(), scale));
    if (labels != null && into.labels() != null) {
      operations.add(new GatherRows(labels, order, state, into.labels(), 1));
    }
    if (targets != null && into.targets() != null) {
      operations.add(new GatherRows(targets, order, state, into.targets(), 1));
    }
  }

  /// Puts the data set on the device.
  void upload(Executable executable) {
    executable.write(
        samples,
        data.isBytes()
            ? MemorySegment.ofArray(data.bytes())
            : MemorySegment.ofArray(data.floats()));
    if (labels != null) {
      executable.write(labels, MemorySegment.ofArray(data.labels()));
    }
    if (targets != null) {
      executable.write(targets, MemorySegment.ofArray(targetValues()));
    }
  }

  /// Sets the order in which rows are gathered.
  void order(Executable executable, int[] permutation) {
    executable.write(order, MemorySegment.ofArray(permutation));
  }

  private float[] targetValues() {
    if (!data.isClassified()) {
      return data.targets();
    }
    float[] values = new float[data.size() * outputs];
    for (int row = 0; row < data.size(); row++) {
      int label = data.labels()[row];
      if (outputs == 1) {
        values[row] = label;
      } else {
        values[row * outputs + label] = 1;
      }
    }
    return values;
  }

  /// Where a batch is gathered to.
  ///
  /// @param labels null where nobody wants them
  /// @param targets null where nobody wants them
  record Batch(Tensor samples, @Nullable Tensor labels, @Nullable Tensor targets) {
    /// The first rows of it.
    Batch firstRows(int rows) {
      return new Batch(
          samples.firstRows(rows),
          labels == null ? null : labels.firstRows(rows),
          targets == null ? null : targets.firstRows(rows));
    }
  }
}
