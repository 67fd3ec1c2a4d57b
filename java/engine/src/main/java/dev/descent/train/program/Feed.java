package dev.descent.train.program;

import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Augmentation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.train.objective.Loss;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A data set on the device, and the order in which batches are gathered from it.
///
/// Samples are uploaded as the bytes or floats that they are; classes as labels where the loss or
/// the accuracy takes them; float targets where the loss takes those: target values as they are, or
/// classes as one-hot vectors, or, where the model has one output for two classes, as 0 and 1.
final class Feed {
  private final DataSet data;
  private final Shape input;
  private final int outputs;
  private final int batch;
  private final boolean predictsEachOutput;
  private final Tensor samples;
  private final Tensor order;
  private final @Nullable Tensor labels;
  private final @Nullable Tensor targets;
  private final @Nullable Tensor weights;

  /// @param builder the feed's buffers are added to it
  /// @param name goes before the buffers' names
  /// @param loss null where nothing is compared with targets
  /// @param batch the rows of a full batch
  /// @throws IllegalArgumentException with both values if model, loss and data do not fit together
  Feed(
      Program.Builder builder,
      String name,
      DataSet data,
      Model model,
      @Nullable Loss loss,
      int batch) {
    if (data.features() != model.inputs()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the model takes %d inputs; data set %s has %d features",
              model.inputs(),
              data.name(),
              data.features()));
    }
    if (loss != null) {
      loss.requireFit(model.outputs(), data);
    }
    this.data = data;
    this.input = model.input();
    this.outputs = model.outputs();
    this.batch = Math.min(batch, data.size());
    long size = data.size();
    DType type = data.isBytes() ? DType.U8 : DType.F32;
    samples =
        builder
            .buffer(name + ".samples", Role.DATA, type, size * data.features())
            .asMatrix(size, data.features());
    order = builder.buffer(name + ".order", Role.STATE, DType.I32, size).asColumn();
    predictsEachOutput = loss != null && loss.predictsEachOutput();
    labels =
        loss != null && data.isClassified() && data.outputs() == outputs
            ? builder.buffer(name + ".labels", Role.DATA, DType.I32, size).asColumn()
            : null;
    targets =
        loss != null && !loss.takesClasses()
            ? builder
                .buffer(name + ".targets", Role.DATA, DType.F32, size * outputs)
                .asMatrix(size, outputs)
            : null;
    weights =
        loss != null && data.isWeighted()
            ? builder.buffer(name + ".weights", Role.DATA, DType.F32, size).asColumn()
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

  /// I32: the order in which rows are gathered.
  Tensor order() {
    return order;
  }

  /// How many predictions of a sample can be correct: that of its class, or each output; 0 if none,
  /// which makes an accuracy NaN.
  int predictionsPerSample() {
    if (labels != null) {
      return 1;
    }
    return predictsEachOutput ? outputs : 0;
  }

  /// Adds the gathering of a batch's samples.
  ///
  /// @param rows of the batch
  /// @return a sample a row
  Tensor gatherSamples(Network network, int rows, List<Operation> operations) {
    int columns = data.features();
    Tensor into = network.values("batch.samples", DType.F32, rows, Shape.row(columns));
    operations.add(new GatherRows(samples, order, network.state(), into, scale(data)));
    return into;
  }

  /// What a data set's values are multiplied by.
  static float scale(DataSet data) {
    return data.isBytes() ? DataSet.BYTE_SCALE : 1;
  }

  /// Adds what changes a batch's pictures at random.
  ///
  /// @param samples a picture a row
  /// @return the same, changed
  /// @throws IllegalArgumentException if the data are no pictures
  Tensor augment(
      Tensor samples,
      Augmentation augmentation,
      long seed,
      Network network,
      List<Operation> operations) {
    Tensor into =
        network.values(
            "batch.augmented", DType.F32, (int) samples.rows(), Shape.row(data.features()));
    operations.add(
        AugmentedPictures.operation(
            data, input, samples, network.state(), into, augmentation, seed));
    return into;
  }

  /// Adds the gathering of what a batch's outputs are compared with.
  ///
  /// @param rows of the batch
  Targets gatherTargets(Network network, int rows, List<Operation> operations) {
    Tensor batchLabels = null;
    Tensor batchTargets = null;
    if (labels != null) {
      batchLabels = network.values("batch.labels", DType.I32, rows, Shape.row(1));
      operations.add(new GatherRows(labels, order, network.state(), batchLabels, 1));
    }
    if (targets != null) {
      batchTargets = network.values("batch.targets", DType.F32, rows, Shape.row(outputs));
      operations.add(new GatherRows(targets, order, network.state(), batchTargets, 1));
    }
    Tensor batchWeights = null;
    if (weights != null) {
      batchWeights = network.values("batch.weights", DType.F32, rows, Shape.row(1));
      operations.add(new GatherRows(weights, order, network.state(), batchWeights, 1));
    }
    return new Targets(batchLabels, batchTargets, batchWeights, predictsEachOutput);
  }

  /// What a batch's outputs are compared with.
  ///
  /// @param labels I32, a class for each row; null if rows have none
  /// @param values F32, a value for each output; null if the loss takes classes
  /// @param weights F32, what each row's loss is multiplied by; null if all rows count alike
  record Targets(
      @Nullable Tensor labels,
      @Nullable Tensor values,
      @Nullable Tensor weights,
      boolean predictsEachOutput) {
    /// What the loss takes.
    Tensor of(Loss loss) {
      Tensor wanted = loss.takesClasses() ? labels : values;
      if (wanted == null) {
        throw new IllegalArgumentException(
            loss.name() + " takes classes, which the data set does not give");
      }
      return wanted;
    }

    /// What the accuracy takes; null if there is none.
    @Nullable Tensor ofAccuracy() {
      if (labels != null) {
        return labels;
      }
      return predictsEachOutput ? values : null;
    }
  }

  /// Puts the data set on the device.
  void upload(Executable executable) {
    executable.write(samples, data.memory());
    if (labels != null) {
      executable.write(labels, MemorySegment.ofArray(data.labels()));
    }
    if (targets != null) {
      executable.write(targets, MemorySegment.ofArray(targetValues()));
    }
    if (weights != null) {
      executable.write(weights, MemorySegment.ofArray(data.weights()));
    }
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
}
