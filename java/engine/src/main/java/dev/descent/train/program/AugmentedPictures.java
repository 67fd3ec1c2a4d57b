package dev.descent.train.program;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.model.Shape;
import dev.descent.program.Augmentation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Pictures of a data set as training changes them.
public final class AugmentedPictures {
  /// Of the random numbers; layers count from 0, the samples' order has another.
  private static final int STREAM = 0xA06;

  private static final String STEP = "augment";

  private AugmentedPictures() {}

  /// The operation that changes a batch.
  ///
  /// @param data whose pictures they are
  /// @param input what a network takes for a sample
  /// @param x a picture a row
  /// @param out the same, changed
  /// @throws IllegalArgumentException if the data are no pictures
  static Augment operation(
      DataSet data,
      Shape input,
      Tensor x,
      Tensor state,
      Tensor out,
      Augmentation augmentation,
      long seed) {
    Shape picture = shape(data, input);
    float low = 0;
    float high = 1;
    if (!data.isBytes() && augmentation.changesValues()) {
      low = Float.POSITIVE_INFINITY;
      high = Float.NEGATIVE_INFINITY;
      for (float value : data.floats()) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    return new Augment(
        x, state, out, picture.height(), picture.width(), augmentation, low, high, STREAM, seed);
  }

  private static Shape shape(DataSet data, Shape input) {
    if (!input.isRow()) {
      return input;
    }
    Preparation.Picture picture = data.preparation().map(Preparation::picture).orElse(null);
    if (picture == null) {
      throw new IllegalArgumentException(
          "augmentation is for pictures; data set " + data.name() + " has rows of numbers");
    }
    return new Shape(picture.height(), picture.width(), picture.channels());
  }

  /// What a network sees of pictures in a step of training whose batch is all of them, in order.
  ///
  /// @param step how many updates came before
  /// @return `size x features`, row-major; a new array
  /// @throws IllegalArgumentException if the data are no pictures
  /// @throws dev.descent.DeviceException if the device's memory does not suffice
  public static float[] of(
      Backend backend, DataSet pictures, Augmentation augmentation, long seed, int step) {
    Program.Builder builder = Program.builder();
    int size = pictures.size();
    int features = pictures.features();
    long values = (long) size * features;
    DType type = pictures.isBytes() ? DType.U8 : DType.F32;
    Tensor samples = builder.buffer("samples", Role.DATA, type, values).asMatrix(size, features);
    Tensor order = builder.buffer("order", Role.STATE, DType.I32, size).asColumn();
    Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    Tensor batch =
        builder.buffer("batch", Role.ACTIVATIONS, DType.F32, values).asMatrix(size, features);
    Tensor changed =
        builder.buffer("changed", Role.METRICS, DType.F32, values).asMatrix(size, features);
    Program program =
        builder
            .step(
                STEP,
                List.of(
                    new GatherRows(samples, order, state, batch, Feed.scale(pictures)),
                    operation(
                        pictures, Shape.row(features), batch, state, changed, augmentation, seed)))
            .build();
    try (Executable executable = backend.compile(program)) {
      executable.write(samples, pictures.memory());
      executable.write(order, MemorySegment.ofArray(TrainingProgram.inOrder(size)));
      int[] start = new int[StepState.SIZE];
      start[StepState.STEP] = step;
      executable.write(state, MemorySegment.ofArray(start));
      executable.run(STEP, 1);
      float[] result = new float[Math.toIntExact(values)];
      executable.read(changed, MemorySegment.ofArray(result));
      return result;
    }
  }
}
