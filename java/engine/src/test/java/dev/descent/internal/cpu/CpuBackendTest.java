package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.DeviceReport;
import dev.descent.backend.Executable;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CpuBackendTest {
  private final Steps steps = new Steps();

  @Test
  void theProviderTellsWhatItHas() {
    var provider = new CpuProvider();
    assertEquals("cpu", provider.name());
    List<DeviceReport> devices = provider.devices();
    assertEquals(1, devices.size());
    assertTrue(devices.getFirst().usable());
    assertTrue(devices.getFirst().description().contains("thread"));
    assertThrows(BackendUnavailableException.class, () -> provider.open(new BackendOptions(1, 0)));
    try (Backend backend = provider.open(new BackendOptions(0, 3))) {
      assertTrue(backend.device().toString().contains("3 threads"), backend.device().toString());
    }
  }

  @Test
  void warmingUpChangesNoResult() {
    Inputs inputs = Inputs.fresh();
    int m = inputs.nextInt(1, 70);
    int k = inputs.nextInt(1, 70);
    int n = inputs.nextInt(1, 140);
    Tensor a = steps.floats("a", m, k, inputs.floats((long) m * k));
    Tensor b = steps.floats("b", k, n, inputs.floats((long) k * n));
    Tensor c = steps.floats("c", m, n, new float[m * n]);
    steps.add(new MatMul(a, false, b, false, c));
    Program program = steps.program();
    float[][] expected;
    try (Backend plain = CpuBackend.plain(2)) {
      expected = Steps.run(steps, program, plain, 1, c);
    }
    Backend backend = new CpuProvider().open(new BackendOptions(0, 2));
    try (backend) {
      backend.warmUp();
      backend.warmUp();
      assertArrayEquals(expected[0], Steps.run(steps, program, backend, 1, c)[0], inputs::toString);
    }
    assertThrows(IllegalStateException.class, backend::warmUp);
  }

  @Test
  void aReasonForPlainLoopsNamesTheFlag() {
    Kernels plain = KernelChoice.plain("start java with --add-modules jdk.incubator.vector");
    assertEquals(
        "1 thread, plain loops (start java with --add-modules jdk.incubator.vector)",
        plain.describe(1));
  }

  @Test
  void aRowOrderThatLeavesTheDataIsNamed() {
    Tensor source = steps.floats("source", 5, 2, new float[10]);
    Tensor order = steps.ints("order", 0, 1, 2, 5, 4);
    Tensor out = steps.floats("out", 2, 2, new float[4]);
    steps.add(new GatherRows(source, order, steps.state(2, 0, 0), out, 1));
    assertFails("row 3 of the order is 5, but source[5 x 2] has 5 rows", steps);
  }

  @Test
  void aBatchThatLeavesTheOrderIsNamed() {
    Tensor source = steps.floats("source", 5, 2, new float[10]);
    Tensor order = steps.ints("order", 0, 1, 2, 3, 4);
    Tensor out = steps.floats("out", 2, 2, new float[4]);
    steps.add(new GatherRows(source, order, steps.state(4, 0, 0), out, 1));
    assertFails("the batch of 2 rows at 4 leaves the order's 5 rows", steps);
  }

  @Test
  void aLabelOutsideTheClassesIsNamed() {
    Tensor logits = steps.floats("logits", 3, 4, new float[12]);
    Tensor labels = steps.ints("labels", 0, 4, 1);
    Tensor losses = steps.floats("losses", 1, 1, new float[1]);
    steps.add(new SoftmaxCrossEntropy(logits, labels, steps.state(0, 0, 0), losses, null));
    assertFails("the label of row 1 is 4, not in 0 to 3", steps);
  }

  @Test
  void aSlotOutsideTheRatesIsNamed() {
    Tensor p = steps.floats("p", 1, 3, new float[3]);
    Tensor g = steps.floats("g", 1, 3, new float[3]);
    Tensor rates = steps.floats("rates", 2, 1, new float[2]);
    Tensor state = steps.state(0, 0, 0);
    steps.add(new SgdUpdate(p, g, rates, state), new Advance(state, 1, true));
    Program program = steps.program();
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2);
        Executable executable = backend.compile(program)) {
      steps.fill(executable);
      var e = assertThrows(DeviceException.class, () -> executable.run("step", 3));
      assertTrue(
          String.valueOf(e.getMessage()).contains("slot 2 is outside the 2 learning rates"),
          e.getMessage());
      try (Executable second = backend.compile(program)) {
        second.run("step", 2);
      }
    }
  }

  private static void assertFails(String message, Steps steps) {
    Program program = steps.program();
    for (int threads = 1; threads <= 3; threads++) {
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), threads)) {
        var e = assertThrows(DeviceException.class, () -> Steps.run(steps, program, backend, 1));
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
        assertFalse(String.valueOf(e.getMessage()).contains("\n"));
      }
    }
  }

  @Test
  void aBufferLongerThanAnArrayIsRefusedWithItsSize() {
    assertRefused(Integer.MAX_VALUE, "2147483647 elements");
    assertRefused(1L << 40, "1099511627776 elements");
  }

  @Test
  void aProgramLargerThanTheHeapIsRefusedWithTheSizes() {
    var builder = Program.builder();
    Tensor x = builder.buffer("x", Role.DATA, DType.F32, 16).asRow();
    long half = 1L << 30;
    long count = Runtime.getRuntime().maxMemory() / (4 * half) + 1;
    for (int i = 0; i < count; i++) {
      builder.buffer("huge" + i, Role.DATA, DType.F32, half);
    }
    builder.step("step", List.<Operation>of(new Activate(Activation.RELU, x, x)));
    Program program = builder.build();
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 1)) {
      var e = assertThrows(DeviceException.class, () -> backend.compile(program));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("needs " + program.bytes() + " bytes"), message);
      assertTrue(message.contains("-Xmx"), message);
    }
  }

  private static void assertRefused(long length, String message) {
    var builder = Program.builder();
    Tensor x = builder.buffer("x", Role.DATA, DType.F32, length).asRow();
    builder.step("step", List.<Operation>of(new Activate(Activation.RELU, x, x)));
    Program program = builder.build();
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 1)) {
      var e = assertThrows(DeviceException.class, () -> backend.compile(program));
      assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    }
  }

  @Test
  void momentsOfParametersWithoutGradientsBecomeZero() {
    int size = 40;
    float[] first = new float[size];
    Arrays.fill(first, 1e-37f);
    Tensor p = steps.floats("p", 1, size, new float[size]);
    Tensor g = steps.floats("g", 1, size, new float[size]);
    Tensor m = steps.floats("m", 1, size, first);
    Tensor v = steps.floats("v", 1, size, new float[size]);
    Tensor rates = steps.floats("rates", 300, 1, new float[300]);
    Tensor state = steps.state(0, 0, 0);
    steps.add(
        new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0),
        new Advance(state, 1, true));
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2)) {
      float[] after = Steps.run(steps, steps.program(), backend, 300, m)[0];
      for (float value : after) {
        assertEquals(0f, value);
      }
    }
  }

  @Test
  void tensorsAtDifferentOffsetsAreUpdatedAlike() {
    var random = Inputs.fresh();
    int size = 5000;
    float[] values = random.gaussians(2 * size);
    Tensor p = steps.floats("p", 2, size, values);
    Tensor g = steps.floats("g", 2, size, random.gaussians(2 * size));
    Tensor m = steps.floats("m", 2, size, random.gaussians(2 * size));
    Tensor v = steps.floats("v", 2, size, new float[2 * size]);
    Tensor rates = steps.floats("rates", 1, 1, new float[] {0.1f});
    Tensor state = steps.state(0, 0, 3);
    Operation apart =
        new AdamUpdate(
            p.slice(1, 1),
            g.slice(0, 1),
            m.slice(1, 1),
            v.slice(0, 1),
            rates,
            state,
            0.9f,
            0.999f,
            1e-8f,
            0.01f);
    Program program = steps.add(apart).program();
    float[][] expected;
    try (Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT)) {
      expected = Steps.run(steps, program, reference, 1, p, g, m, v);
    }
    for (int threads = 1; threads <= 3; threads++) {
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), threads)) {
        float[][] actual = Steps.run(steps, program, backend, 1, p, g, m, v);
        for (int i = 0; i < expected.length; i++) {
          for (int e = 0; e < expected[i].length; e++) {
            double bound = 1e-6 * (1 + Math.abs(expected[i][e]));
            assertEquals(expected[i][e], actual[i][e], bound, i + " " + e + " " + random);
          }
        }
      }
    }
  }
}
