package dev.descent.internal.cpu.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.internal.cpu.CpuBackend;
import dev.descent.internal.cpu.CpuProvider;
import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Weights in panels and updates that are done where gradients are made: what comes out must be
/// what comes out in plain order.
class PanelLayoutTest {
  private final Inputs random = Inputs.fresh();
  private final Program.Builder builder = Program.builder();
  private final Map<Tensor, float[]> contents = new LinkedHashMap<>();
  private final List<Operation> operations = new ArrayList<>();

  /// Two layers without bias and the way back, with an update of all in one. A smooth activation:
  /// at a kink, rounding may decide for another side than in the reference.
  private final class Net {
    final Buffer p;
    final Buffer g;
    final Buffer m;
    final Buffer v;
    final Tensor x;
    final Tensor w1;
    final Tensor w2;
    final Tensor g1;
    final Tensor g2;
    final Tensor bias;
    final Tensor state;
    final Tensor rates;

    Net(int batch, int inputs, int hidden, int outputs) {
      int length = inputs * hidden + hidden * outputs + 3 + outputs;
      p = floats("p", Role.PARAMETERS, length);
      g = floats("g", Role.GRADIENTS, length);
      m = builder.buffer("m", Role.OPTIMIZER_STATE, DType.F32, length);
      contents.put(m.asRow(), new float[length]);
      v = builder.buffer("v", Role.OPTIMIZER_STATE, DType.F32, length);
      contents.put(v.asRow(), new float[length]);
      x = floats("x", Role.DATA, batch * inputs).asMatrix(batch, inputs);
      w1 = new Tensor("w1", p, 0, inputs, hidden);
      w2 = new Tensor("w2", p, (long) inputs * hidden, hidden, outputs);
      g1 = new Tensor("g1", g, w1.offset(), inputs, hidden);
      g2 = new Tensor("g2", g, w2.offset(), hidden, outputs);
      bias = new Tensor("bias.d", g, w2.offset() + w2.size() + 3, 1, outputs);
      state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asColumn();
      rates = builder.buffer("rates", Role.STATE, DType.F32, 4).asColumn();
      contents.put(rates, new float[] {1e-3f, 2e-3f, 1e-3f, 0});
      Tensor h = matrix("h", batch, hidden);
      Tensor y = matrix("y", batch, outputs);
      Tensor dH = matrix("dH", batch, hidden);
      add(
          new MatMul(x, false, w1, false, h),
          new Activate(Activation.TANH, h, h),
          new MatMul(h, false, w2, false, y),
          new MatMul(h, true, y, false, g2),
          new SumRows(y, bias),
          new MatMul(y, false, w2, true, dH),
          new ActivateBackward(Activation.TANH, h, dH, dH),
          new MatMul(x, true, dH, false, g1));
    }

    void finish(Operation update) {
      add(update, new Advance(state, 1, true));
    }

    AdamUpdate adam() {
      return new AdamUpdate(
          p.asRow(), g.asRow(), m.asRow(), v.asRow(), rates, state, 0.9f, 0.99f, 1e-3f, 0.01f);
    }
  }

  private Buffer floats(String name, Role role, int length) {
    Buffer buffer = builder.buffer(name, role, DType.F32, length);
    float[] values = random.gaussians(length);
    for (int i = 0; i < length; i++) {
      values[i] *= 0.1f;
    }
    contents.put(buffer.asRow(), values);
    return buffer;
  }

  private Tensor matrix(String name, int rows, int columns) {
    return floats(name, Role.ACTIVATIONS, rows * columns).asMatrix(rows, columns);
  }

  private void add(Operation... more) {
    operations.addAll(List.of(more));
  }

  private Map<String, float[]> run(Backend backend, Program program, int times) {
    try (Executable executable = backend.compile(program)) {
      contents.forEach((t, values) -> executable.write(t, MemorySegment.ofArray(values)));
      executable.run("step", times);
      Map<String, float[]> results = new LinkedHashMap<>();
      for (Buffer buffer : program.buffers()) {
        if (buffer.type() == DType.F32) {
          float[] values = new float[(int) buffer.length()];
          executable.read(buffer.asRow(), MemorySegment.ofArray(values));
          results.put(buffer.name(), values);
        }
      }
      return results;
    }
  }

  /// Every buffer, gradients included: after a step against the reference, and after three, in
  /// which rounding errors grow, against the plain loops, which must give the same bits.
  private void compare(String what) {
    Program program = builder.step("step", operations).build();
    Map<String, float[]> expected;
    try (Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT)) {
      expected = run(reference, program, 1);
    }
    Map<String, float[]> plain;
    try (var backend = CpuBackend.plain(2)) {
      plain = run(backend, program, 3);
    }
    for (int threads = 1; threads <= 3; threads++) {
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), threads)) {
        Map<String, float[]> one = run(backend, program, 1);
        Map<String, float[]> three = run(backend, program, 3);
        for (String name : expected.keySet()) {
          String message = what + ", " + name + ", " + threads + " threads " + random;
          assertArrayEquals(plain.get(name), three.get(name), message);
          float[] right = expected.get(name);
          assertArrayEquals(right, one.get(name), 1e-4f * (1 + largest(right)), message);
        }
      }
    }
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 65, 1",
    "7, 3, 100, 10",
    "17, 33, 64, 70",
    "32, 65, 129, 24",
    "33, 300, 130, 66",
    "129, 30, 200, 129",
    "64, 17, 128, 128",
    "300, 9, 70, 65"
  })
  void aNetworkOfAnyShapeTrainsAsInPlainOrder(int batch, int inputs, int hidden, int outputs) {
    var net = new Net(batch, inputs, hidden, outputs);
    net.finish(net.adam());
    compare("%d x %d x %d x %d".formatted(batch, inputs, hidden, outputs));
  }

  @Test
  void otherOptimizersToo() {
    var sgd = new PanelLayoutTest();
    Net net = sgd.new Net(20, 70, 130, 80);
    net.finish(new SgdUpdate(net.p.asRow(), net.g.asRow(), net.rates, net.state));
    sgd.compare("sgd");
    Net other = new Net(20, 70, 130, 80);
    other.finish(
        new MomentumUpdate(
            other.p.asRow(),
            other.g.asRow(),
            other.m.asRow(),
            other.rates,
            other.state,
            0.9f,
            true));
    compare("nesterov");
  }

  @Test
  void aGradientThatIsChangedBeforeTheUpdateIsNotUpdatedEarlier() {
    var net = new Net(20, 70, 130, 80);
    Tensor all = net.g.asRow();
    add(new Activate(Activation.TANH, all, all)); // as clipping would
    net.finish(net.adam());
    assertEquals(0, PanelLayout.of(builder.step("other", operations).build(), 64).size());
    compare("changed");
  }

  @Test
  void weightsThatAreUsedOtherwiseStayInPlainOrder() {
    var net = new Net(20, 70, 130, 80);
    add(new Activate(Activation.SIGMOID, net.w1, matrix("squashed", 70, 130)));
    net.finish(net.adam());
    // What is left is w2 with its gradient and both moments.
    assertEquals(4, PanelLayout.of(builder.step("other", operations).build(), 64).size());
    compare("used otherwise");
  }

  @Test
  void partsOfAMatrixInPanelsAreWrittenAndRead() {
    var net = new Net(5, 40, 150, 70);
    net.finish(net.adam());
    Program program = builder.step("step", operations).build();
    assertEquals(8, PanelLayout.of(program, 64).size());
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 1);
        Executable executable = backend.compile(program)) {
      float[] expected = random.gaussians((int) net.p.length());
      executable.write(net.p.asRow(), MemorySegment.ofArray(expected));
      for (int i = 0; i < 200; i++) {
        int length = expected.length;
        int offset = random.nextInt(length);
        int count = random.nextInt(1, Math.min(1000, length - offset) + 1);
        Tensor part = new Tensor("part", net.p, offset, 1, count);
        float[] values = random.gaussians(count);
        System.arraycopy(values, 0, expected, offset, count);
        executable.write(part, MemorySegment.ofArray(values));
        float[] back = new float[count];
        executable.read(part, MemorySegment.ofArray(back));
        assertArrayEquals(values, back, offset + ", " + count + " " + random);
      }
      float[] all = new float[expected.length];
      executable.read(net.p.asRow(), MemorySegment.ofArray(all));
      assertArrayEquals(expected, all, random.toString());
    }
  }
}
