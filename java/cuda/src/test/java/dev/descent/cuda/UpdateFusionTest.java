package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.contract.OtherJvm;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Parameters that are updated as their gradient is made: the bits are those of an update of its
/// own, the numbers those of float64, and it is left where somebody else wants the gradient.
class UpdateFusionTest {
  /// Rows of the batch, inputs, outputs: one element, odd sizes, whole tiles, rows that start on 16
  /// bytes and rows that don't.
  private static final int[][] SHAPES = {
    {1, 1, 1}, {70, 5, 3}, {33, 20, 36}, {100, 65, 17}, {40, 129, 64}, {64, 32, 128}
  };

  private static final int OPTIMIZERS = 7;
  private static final int REPETITIONS = 3;

  private final Inputs random = Inputs.fresh();

  /// A weight and a bias with their gradients, in one buffer each, as a network has them. All
  /// buffers are full of numbers, the gaps between the tensors too.
  private static final class Layer {
    private final Program.Builder builder = Program.builder();
    private final Map<Tensor, Object> contents = new LinkedHashMap<>();
    private final List<Operation> operations = new ArrayList<>();
    private final List<Tensor> results = new ArrayList<>();
    private final RandomGenerator random;
    private final boolean rounded;
    private final Tensor x;
    private final Tensor d;
    private final Tensor other;
    private final Tensor p;
    private final Tensor g;
    private final Tensor first;
    private final Tensor second;
    private final Tensor rates;
    private final Tensor state;
    private final Tensor weight;
    private final Tensor weightGradient;
    private final Tensor biasGradient;
    private final MatMul product;
    private final SumRows sum;

    /// @param rounded whether samples have so few bits that products and their sums are exact in
    ///     any precision
    Layer(RandomGenerator random, int rows, int inputs, int outputs, boolean rounded) {
      this.random = random;
      this.rounded = rounded;
      x = floats("x", rows, inputs, -1, 1);
      d = floats("d", rows, outputs, -1, 1);
      other = floats("other", rows, outputs, -1, 1);
      long bias = Buffer.align((long) inputs * outputs);
      long length = Buffer.align(bias + outputs);
      p = floats("p", 1, length, -1, 1);
      g = floats("g", 1, length, -1, 1);
      first = floats("first", 1, length, 0, 1);
      second = floats("second", 1, length, 0.1, 1);
      rates = floats("rates", 1, 300, 0.01, 0.1);
      state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
      int[] counters = new int[StepState.SIZE];
      counters[StepState.SLOT] = 1;
      counters[StepState.STEP] = 5;
      contents.put(state, counters);
      weight = new Tensor("weight", p.buffer(), 0, inputs, outputs);
      weightGradient = new Tensor("weight.d", g.buffer(), 0, inputs, outputs);
      biasGradient = new Tensor("bias.d", g.buffer(), bias, 1, outputs);
      results.addAll(List.of(p, g, first, second));
      product = new MatMul(x, true, d, false, weightGradient);
      sum = new SumRows(d, biasGradient);
    }

    Tensor floats(String name, long rows, long columns, double low, double high) {
      Tensor tensor =
          builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
      float[] numbers = new float[Math.toIntExact(rows * columns)];
      for (int i = 0; i < numbers.length; i++) {
        double number = random.nextDouble(low, high);
        numbers[i] = (float) (rounded ? Math.rint(number * 64) / 64 : number);
      }
      contents.put(tensor, numbers);
      return tensor;
    }

    Layer add(Operation... more) {
      operations.addAll(List.of(more));
      return this;
    }

    /// Somebody who reads a gradient.
    Operation reader(Tensor gradient) {
      Tensor seen = floats("seen", 1, gradient.columns(), 0, 1);
      results.add(seen);
      return new SumRows(gradient, seen);
    }

    UpdateOperation update(int optimizer) {
      return switch (optimizer) {
        case 0 -> new SgdUpdate(p, g, rates, state);
        case 1 -> new MomentumUpdate(p, g, first, rates, state, 0.9f, false);
        case 2 -> new MomentumUpdate(p, g, first, rates, state, 0.9f, true);
        case 3 -> new AdagradUpdate(p, g, first, rates, state, 1e-10f);
        case 4 -> new RmsPropUpdate(p, g, first, rates, state, 0.99f, 1e-8f);
        case 5 -> new AdamUpdate(p, g, first, second, rates, state, 0.9f, 0.999f, 1e-8f, 0);
        default -> new AdamUpdate(p, g, first, second, rates, state, 0.9f, 0.999f, 1e-8f, 0.1f);
      };
    }

    /// To be called once.
    Program program() {
      return builder.step("step", add(new Advance(state, 1, true)).operations).build();
    }

    /// Runs the step, and reads parameters, gradients, moments, and what else has been noted.
    List<float[]> run(Executable executable, int times) {
      contents.forEach((tensor, numbers) ->
          executable.write(
              tensor,
              numbers instanceof float[] floats
                  ? MemorySegment.ofArray(floats)
                  : MemorySegment.ofArray((int[]) numbers)));
      executable.run("step", times);
      return results.stream()
          .map(tensor -> {
            float[] numbers = new float[Math.toIntExact(tensor.size())];
            executable.read(tensor, MemorySegment.ofArray(numbers));
            return numbers;
          })
          .toList();
    }
  }

  /// How many updates are done on the way.
  private static long fused(Executable executable) {
    return Pattern.compile(" \\+ \\w+Update")
        .matcher(String.join("\n", executable.explain("step")))
        .results()
        .count();
  }

  /// Compares with the reference.
  ///
  /// @param joined how many updates are done on the way
  private void check(Backend backend, Layer layer, int times, int joined, String what) {
    Program program = layer.program();
    try (Engine engine = Engine.open("reference");
        Executable reference = engine.compile(program);
        Executable executable = backend.compile(program)) {
      assertEquals(joined, fused(executable), what + ": " + executable.explain("step"));
      List<float[]> expected = layer.run(reference, times);
      List<float[]> actual = layer.run(executable, times);
      for (int b = 0; b < expected.size(); b++) {
        for (int i = 0; i < expected.get(b).length; i++) {
          float want = expected.get(b)[i];
          float got = actual.get(b)[i];
          assertTrue(
              Math.abs(want - got) <= 2e-6 * (1 + Math.abs(want)),
              "%s, %s: %s[%d] is %s, not %s"
                  .formatted(what, random, layer.results.get(b), i, got, want));
        }
      }
    }
  }

  static Stream<Tuning> tunings() {
    return MatMulTest.tunings();
  }

  @ParameterizedTest
  @MethodSource("tunings")
  void theBitsAreThoseOfAnUpdateOfItsOwn(Tuning tuning) {
    Precision precision = tuning.precision();
    TestDevice.requirePrecision(precision);
    try (Backend backend = TestDevice.open(tuning)) {
      for (int[] shape : SHAPES) {
        for (int optimizer = 0; optimizer < OPTIMIZERS; optimizer++) {
          long same = random.nextLong();
          List<float[]> fused = bits(backend, same, shape, optimizer, false);
          List<float[]> apart = bits(backend, same, shape, optimizer, true);
          for (int b = 0; b < fused.size(); b++) {
            String what =
                "buffer %d, optimizer %d, %d x %d x %d, %s, %s"
                    .formatted(b, optimizer, shape[0], shape[1], shape[2], precision, random);
            assertArrayEquals(rawBits(apart.get(b)), rawBits(fused.get(b)), what);
          }
        }
      }
    }
  }

  private static List<float[]> bits(
      Backend backend, long seed, int[] shape, int optimizer, boolean seen) {
    var layer = new Layer(new SplittableRandom(seed), shape[0], shape[1], shape[2], false);
    layer.add(layer.product, layer.sum);
    if (seen) {
      layer.add(layer.reader(layer.g));
    }
    layer.add(layer.update(optimizer));
    try (Executable executable = backend.compile(layer.program())) {
      assertEquals(seen ? 0 : 2, fused(executable), executable.explain("step").toString());
      // The product, the sum and the end of the step unless they go with it; the gaps between
      // tensors go along.
      List<String> kernels = executable.explain("step");
      int joined = kernels.getFirst().contains(" + SumRows") ? 1 : 0;
      assertEquals((seen ? 5 : 3) - 2 * joined, kernels.size(), kernels.toString());
      return layer.run(executable, REPETITIONS);
    }
  }

  /// Where k need not be split, the kernel of the weight's gradient sums up that of the bias; where
  /// another gradient lies between, or the sum is of something else, it does not.
  @Test
  void theBiasGoesAlong() {
    try (Backend backend = open()) {
      var layer = new Layer(random, 64, 40, 33, true);
      layer.add(layer.product, layer.sum, layer.update(5));
      check(backend, layer, 2, 2, "a layer");
      assertKernels(1, backend, new Layer(random, 64, 40, 33, true), l -> l.sum);
      assertKernels(
          3,
          backend,
          new Layer(random, 64, 40, 33, true),
          l -> new SumRows(l.other, l.biasGradient));
    }
  }

  private static void assertKernels(
      int expected, Backend backend, Layer layer, Function<Layer, SumRows> sum) {
    layer.add(layer.product, sum.apply(layer), layer.update(0));
    try (Executable executable = backend.compile(layer.program())) {
      List<String> kernels = executable.explain("step");
      assertEquals(expected, kernels.size(), kernels.toString());
    }
  }

  private static int[] rawBits(float[] numbers) {
    return IntStream.range(0, numbers.length)
        .map(i -> Float.floatToRawIntBits(numbers[i]))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("tunings")
  void theNumbersAreThoseOfFloat64(Tuning tuning) {
    Precision precision = tuning.precision();
    TestDevice.requirePrecision(precision);
    try (Backend backend = TestDevice.open(tuning)) {
      for (int optimizer = 0; optimizer < OPTIMIZERS; optimizer++) {
        int[] shape = {random.nextInt(1, 80), random.nextInt(1, 80), random.nextInt(1, 80)};
        var layer = new Layer(random, shape[0], shape[1], shape[2], true);
        layer.add(layer.product, layer.sum, layer.update(optimizer));
        check(
            backend,
            layer,
            REPETITIONS,
            2,
            "optimizer %d, %d x %d x %d, %s"
                .formatted(optimizer, shape[0], shape[1], shape[2], precision));
      }
    }
  }

  /// The gradient of `|x w|^2 / 2` is another one after each step, and the weight is read before it
  /// is updated.
  @Test
  void afterAnyNumberOfStepsTheLastGradientCanBeRead() {
    try (Backend backend = open()) {
      for (int times : new int[] {1, 2, 5, 260}) {
        var layer = new Layer(random, 3, 4, 2, false);
        layer.add(
            new MatMul(layer.x, false, layer.weight, false, layer.d),
            layer.product,
            layer.update(0));
        check(backend, layer, times, 1, times + " steps");
      }
    }
  }

  /// What runs in the other JVM: prints the last gradient.
  static final class Descending {
    public static void main(String[] args) {
      var layer = new Layer(new SplittableRandom(1), 3, 4, 2, false);
      layer.add(
          new MatMul(layer.x, false, layer.weight, false, layer.d), layer.product, layer.update(0));
      try (Backend backend = open();
          Executable executable = backend.compile(layer.program())) {
        System.out.println(Arrays.toString(layer.run(executable, 4).get(1)));
      }
    }
  }

  @Test
  void kernelsOneByOneLeaveTheSameGradient() throws IOException, InterruptedException {
    TestDevice.get();
    assertEquals(
        OtherJvm.run(Descending.class, Map.of()),
        OtherJvm.run(Descending.class, Map.of(CudaExecutable.BLOCKING_VARIABLE, "1")));
  }

  private static Backend open() {
    return TestDevice.open(Tuning.of(TestDevice.get(), Precision.FP32));
  }

  /// The weight from which the gradient of the inputs is computed is that before the update.
  @Test
  void whoReadsTheParametersComesFirst() {
    var layer = new Layer(random, 9, 20, 7, true);
    Tensor dX = layer.floats("dX", 9, 20, 0, 1);
    layer.results.add(dX);
    layer.add(
        layer.product,
        layer.sum,
        new MatMul(layer.d, false, layer.weight, true, dX),
        layer.update(1));
    try (Backend backend = open()) {
      check(backend, layer, 2, 2, "a reader of parameters");
    }
  }

  /// What a network could do with a gradient besides; the other gradient is not concerned.
  @Test
  void aGradientThatIsWantedElsewhereIsUpdatedWithLater() {
    Map<String, Consumer<Layer>> programs = new LinkedHashMap<>();
    programs.put(
        "read before the update",
        l -> l.add(l.product, l.sum, l.reader(l.weightGradient), l.update(5)));
    programs.put(
        "read after the update",
        l -> l.add(l.product, l.sum, l.update(5), l.reader(l.weightGradient)));
    programs.put(
        "the last step's is read first",
        l -> l.add(l.reader(l.weightGradient), l.product, l.sum, l.update(5)));
    programs.put(
        "clipped",
        l ->
            l.add(
                l.product,
                l.sum,
                new Activate(Activation.TANH, l.weightGradient, l.weightGradient),
                l.update(5)));
    programs.put(
        "computed twice",
        l ->
            l.add(
                l.product,
                l.sum,
                new MatMul(l.x, true, l.d, false, l.weightGradient),
                l.update(5)));
    programs.put(
        "made of what changes later",
        l -> l.add(l.product, new Activate(Activation.TANH, l.x, l.x), l.sum, l.update(5)));
    programs.put(
        "taken by two optimizers",
        l -> {
          Tensor half = new Tensor("half", l.g.buffer(), 0, 1, l.weight.size());
          Tensor twin = l.floats("twin", 1, l.weight.size(), -1, 1);
          l.results.add(twin);
          l.add(l.product, l.sum, l.update(5), new SgdUpdate(twin, half, l.rates, l.state));
        });
    try (Backend backend = open()) {
      programs.forEach((what, program) -> {
        var layer = new Layer(random, 11, 9, 6, true);
        program.accept(layer);
        check(backend, layer, 2, 1, what);
      });
    }
  }

  /// Neighbours that look like a gradient and its update.
  @Test
  void parametersThatTheGradientIsMadeOfAreUpdatedAfterIt() {
    var layer = new Layer(random, 8, 8, 8, true);
    Tensor operand = new Tensor("x", layer.x.buffer(), 0, 1, 64);
    Tensor gradient = new Tensor("g", layer.g.buffer(), 0, 1, 64);
    layer.results.add(layer.x);
    layer.add(layer.product, new SgdUpdate(operand, gradient, layer.rates, layer.state));
    try (Backend backend = open()) {
      check(backend, layer, 1, 0, "an operand");
    }
  }
}
