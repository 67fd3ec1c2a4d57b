package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.internal.cpu.CpuProvider;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.model.Conv2d;
import dev.descent.model.Initializer;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Padding;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Whole steps and whole trainings.
class NativeTrainingTest {
  private static final int EPOCHS = 3;
  private static final int STEPS_OF_ADAM = 10;

  /// Of validation samples, as the course counts: 0.2 percent.
  private static final double SAME_ACCURACY = 0.002;

  private final DataSet train = Digits.draw(1, 0, 12_000);
  private final DataSet test = Digits.test(2);

  private record Trained(float[] parameters, double accuracy) {}

  private Trained train(Backend on, DataSet data, int epochs) {
    try (on) {
      Model model =
          Model.sequential(784)
              .dense(128, Activation.RELU)
              .dense(65, Activation.RELU)
              .dense(10)
              .build(3);
      var history =
          new Trainer(on, model)
              .optimizer(Optimizer.adam(0.001f))
              .batch(128)
              .validation(test)
              .fit(data, epochs);
      return new Trained(model.parameters(), history.last().valAccuracy());
    }
  }

  @Test
  void floatsTrainToTheBitsOfTheKernelsInJava() {
    DataSet few = Digits.draw(1, 0, 1000);
    float[] expected = train(new CpuProvider().open(BackendOptions.DEFAULT), few, 1).parameters();
    float[] actual = train(TestNatives.open(BackendOptions.DEFAULT), few, 1).parameters();
    assertArrayEquals(expected, actual);
  }

  /// Of odd sizes, with filters that fill vectors or not, and kernels of one line or one column.
  @Test
  void convolutionsTrainToTheBitsOfTheKernelsInJava() {
    Inputs.check(
        12,
        inputs -> {
          Model.Builder network = network(inputs);
          long seed = inputs.nextLong();
          Model model = network.build(seed);
          assertArrayEquals(
              trained(new CpuProvider().open(BackendOptions.DEFAULT), model),
              trained(TestNatives.open(BackendOptions.DEFAULT), network.build(seed)),
              model::toString);
        });
  }

  private static Model.Builder network(Inputs inputs) {
    int[] filters = {1, 3, 11, 16, 25, 33, 64, 75};
    Model.Builder builder = Model.sequential(new Shape(28, 28, 1));
    for (int layer = 0; layer < 3; layer++) {
      builder.layer(
          new Conv2d(
              filters[inputs.nextInt(filters.length)],
              1 + inputs.nextInt(4),
              1 + inputs.nextInt(4),
              1 + inputs.nextInt(2),
              inputs.nextBoolean() ? Padding.SAME : Padding.VALID,
              inputs.nextBoolean() ? Activation.RELU : Activation.LINEAR,
              Initializer.HE_UNIFORM));
    }
    return builder.flatten().dense(10);
  }

  private float[] trained(Backend on, Model model) {
    try (on) {
      DataSet few = Digits.draw(1, 0, 50);
      new Trainer(on, model).optimizer(Optimizer.adam(0.001f)).batch(17).fit(few, 1);
      return model.parameters();
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBitsInBf16() {
    DataSet few = Digits.draw(1, 0, 1000);
    Function<Integer, float[]> with =
        threads -> train(TestNatives.openBf16(new BackendOptions(0, threads)), few, 1).parameters();
    float[] one = with.apply(1);
    assertArrayEquals(one, with.apply(2));
    assertArrayEquals(one, with.apply(3));
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBitsByTiles() {
    DataSet few = Digits.draw(1, 0, 1000);
    for (Precision precision : List.of(Precision.BF16, Precision.BF16X6)) {
      Function<Integer, float[]> with =
          threads ->
              train(TestNatives.openTiles(new BackendOptions(0, threads), precision, true), few, 1)
                  .parameters();
      float[] one = with.apply(1);
      assertArrayEquals(one, with.apply(2));
      assertArrayEquals(one, with.apply(3));
    }
  }

  /// Ten steps of Adam: three parts lie no further from float64 than float32 does.
  @Test
  void threePartsTrainAsCloseToFloat64AsFloat32() {
    DataSet few = Digits.draw(1, 0, STEPS_OF_ADAM * 128);
    float[] exact =
        train(new ReferenceProvider().open(BackendOptions.DEFAULT), few, 1).parameters();
    float[] floats = train(TestNatives.open(BackendOptions.DEFAULT), few, 1).parameters();
    float[] parts =
        train(TestNatives.openTiles(BackendOptions.DEFAULT, Precision.BF16X6, true), few, 1)
            .parameters();
    double allowed = 1.1 * rms(floats, exact);
    double distance = rms(parts, exact);
    assertTrue(
        distance <= allowed, "%g, and 1.1 times float32's is %g".formatted(distance, allowed));
  }

  private static double rms(float[] x, float[] y) {
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      double d = (double) x[i] - y[i];
      squares += d * d;
    }
    return Math.sqrt(squares / x.length);
  }

  @Test
  void bf16LearnsAsWellAsFloat32() {
    double bf16 = train(TestNatives.openBf16(BackendOptions.DEFAULT), train, EPOCHS).accuracy();
    double fp32 = train(TestNatives.open(BackendOptions.DEFAULT), train, EPOCHS).accuracy();
    assertTrue(fp32 > 0.9, "float32 reaches " + fp32);
    assertEquals(fp32, bf16, SAME_ACCURACY);
  }

  // --- allocation -----------------------------------------------------------------------------

  private static final int BATCH = 32;
  private static final int INPUTS = 100;
  private static final int HIDDEN = 80;
  private static final int STEPS = 1000;
  private static final long BYTES_A_STEP = 100;

  private final Program.Builder builder = Program.builder();

  private Tensor matrix(String name, Role role, int rows, int columns) {
    return builder.buffer(name, role, DType.F32, (long) rows * columns).asMatrix(rows, columns);
  }

  @Test
  void stepsAllocateNothing() {
    allocateNothing(TestNatives.open(new BackendOptions(0, 1)));
  }

  @Test
  void stepsAllocateNothingByTiles() {
    allocateNothing(TestNatives.openTiles(new BackendOptions(0, 1), Precision.BF16X6, true));
  }

  @Test
  void stepsAllocateNothingInBf16() {
    allocateNothing(TestNatives.openBf16(new BackendOptions(0, 1)));
  }

  /// With one worker, which is this thread.
  private void allocateNothing(Backend backend) {
    Program program = step();
    try (backend;
        Executable executable = backend.compile(program)) {
      Allocation.assertSettles(
          BYTES_A_STEP * STEPS, 40, "descent-cpu-", () -> {}, () -> executable.run("step", STEPS));
    }
  }

  private Program step() {
    Tensor x = matrix("x", Role.DATA, BATCH, INPUTS);
    Tensor w = matrix("w", Role.PARAMETERS, INPUTS, HIDDEN);
    Tensor b = matrix("b", Role.DATA, 1, HIDDEN);
    Tensor h = matrix("h", Role.DATA, BATCH, HIDDEN);
    Tensor dx = matrix("dx", Role.DATA, BATCH, INPUTS);
    Tensor dw = matrix("dw", Role.GRADIENTS, INPUTS, HIDDEN);
    Tensor m = matrix("m", Role.OPTIMIZER_STATE, INPUTS, HIDDEN);
    Tensor v = matrix("v", Role.OPTIMIZER_STATE, INPUTS, HIDDEN);
    Tensor rates = matrix("rates", Role.STATE, 1, 1);
    Buffer state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE);
    return builder
        .step(
            "step",
            List.of(
                new MatMul(x, false, w, false, h),
                new AddBias(h, b, h),
                new Activate(Activation.RELU, h, h),
                new MatMul(h, false, w, true, dx),
                new ActivateBackward(Activation.RELU, x, dx, dx),
                new MatMul(x, true, h, false, dw),
                new AdamUpdate(w, dw, m, v, rates, state.asRow(), 0.9f, 0.999f, 1e-8f, 0)))
        .build();
  }
}
