package dev.descent.internal.cpu;

import dev.descent.backend.Executable;
import dev.descent.program.Activation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int BATCH = 32;
  private static final int INPUTS = 100;
  private static final int HIDDEN = 80;
  private static final int CLASSES = 10;
  private static final int STEPS = 1000;
  private static final long BYTES_A_STEP = 100;

  private final Inputs random = Inputs.fresh();
  private final Steps steps = new Steps();

  @Test
  void trainingStepsAllocateNothing() {
    Program program = program();
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2);
        Executable executable = backend.compile(program)) {
      Allocation.assertSettles(
          BYTES_A_STEP * STEPS,
          40,
          "descent-cpu-",
          () -> steps.fill(executable),
          () -> executable.run("step", STEPS));
    }
  }

  private Tensor floats(String name, int rows, int columns) {
    return steps.floats(name, rows, columns, random.gaussians(rows * columns));
  }

  private Program program() {
    Tensor source = floats("source", BATCH, INPUTS);
    int[] identity = new int[BATCH];
    Arrays.setAll(identity, i -> i);
    Tensor order = steps.ints("order", identity);
    Tensor labels = steps.ints("labels", random.ints(BATCH, 0, CLASSES).toArray());
    Tensor state = steps.state(0, 0, 0);
    Tensor counters = steps.ints("counters", 0, 0, 0, 0);
    Tensor rates = steps.floats("rates", 1, 1, new float[] {0.001f});
    Tensor losses = floats("losses", 1, 1);
    Tensor correct = steps.ints("correct", 0);
    Tensor x = floats("x", BATCH, INPUTS);
    Tensor w1 = floats("w1", INPUTS, HIDDEN);
    Tensor b1 = floats("b1", 1, HIDDEN);
    Tensor h = floats("h", BATCH, HIDDEN);
    Tensor w2 = floats("w2", HIDDEN, CLASSES);
    Tensor y = floats("y", BATCH, CLASSES);
    Tensor dh = floats("dh", BATCH, HIDDEN);
    Tensor dw1 = floats("dw1", INPUTS, HIDDEN);
    Tensor dw2 = floats("dw2", HIDDEN, CLASSES);
    Tensor db1 = floats("db1", 1, HIDDEN);
    Tensor m = floats("m", INPUTS, HIDDEN);
    Tensor v = steps.floats("v", INPUTS, HIDDEN, new float[INPUTS * HIDDEN]);
    return steps
        .add(
            new GatherRows(source, order, state, x, 1),
            new MatMul(x, false, w1, false, h),
            new AddBias(h, b1, h),
            new Activate(Activation.GELU, h, h),
            new Dropout(h, state, h, 0.1f, 1, 5),
            new MatMul(h, false, w2, false, y),
            new Accuracy(y, labels, state, correct),
            new SoftmaxCrossEntropy(y, labels, state, losses, y),
            new MatMul(h, true, y, false, dw2),
            new MatMul(y, false, w2, true, dh),
            new ActivateBackward(Activation.TANH, h, dh, dh),
            new MatMul(x, true, dh, false, dw1),
            new SumRows(dh, db1),
            new AdamUpdate(w1, dw1, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0),
            new Advance(counters, BATCH, true))
        .program();
  }
}
