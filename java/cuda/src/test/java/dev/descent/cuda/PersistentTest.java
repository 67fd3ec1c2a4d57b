package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.Engine;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.contract.TrainingContract;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Many steps of a small classifier in one launch leave what as many steps of several kernels do,
/// and where that can't be the reason is said.
class PersistentTest {
  private static final int AVAILABLE = 200;
  private static final int SLOTS = 9;

  /// The same each time: a value that lies so near the kink of ReLU that rounding decides its side
  /// makes steps part by more than rounding.
  private final Inputs random = Inputs.of(1);

  /// The backend with or without steps in one launch.
  private static Backend open(BackendOptions options, boolean persistent) {
    Device device = TestDevice.get();
    return new CudaBackend(
        device, Tuning.of(device, options.precision()).withPersistent(persistent), null);
  }

  /// Whole runs, stopped and taken up again, with short batches; what is no such model runs as
  /// ever.
  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return PersistentTest.open(options, true);
    }
  }

  /// Dense layers on rows of a data set.
  ///
  /// @param type of the samples
  /// @param sizes of what goes in, of each hidden layer, and the classes
  /// @param inPlace whether the loss's gradient takes the place of the scores
  record Shape(DType type, int rows, boolean inPlace, Activation activation, int... sizes) {
    static Shape of(DType type, int rows, int... sizes) {
      return new Shape(type, rows, false, Activation.RELU, sizes);
    }

    @Override
    public String toString() {
      return "%d rows of %s, %s".formatted(rows, type, Arrays.toString(sizes));
    }
  }

  /// The step of such a model.
  private final class Step {
    final Program.Builder builder = Program.builder();
    final Map<Tensor, Object> contents = new LinkedHashMap<>();
    final List<Operation> operations = new ArrayList<>();
    final Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    final Tensor order;
    private final Tensor p;
    private final Tensor g;
    private final List<Tensor> activations = new ArrayList<>();
    private final int[] sizes;
    private final int rows;
    private long end;

    Step(Shape shape, boolean adam) {
      sizes = shape.sizes;
      rows = shape.rows;
      int[] counters = new int[StepState.SIZE];
      counters[StepState.SLOT] = 1;
      counters[StepState.STEP] = 3;
      contents.put(state, counters);
      for (int l = 1; l < sizes.length; l++) {
        end = bias(l) + sizes[l];
      }
      p = floats("p", 1, end, -0.4f, 0.4f);
      g = floats("g", 1, end, -0.4f, 0.4f);
      Tensor samples =
          shape.type == DType.U8
              ? bytes("samples", sizes[0])
              : floats("samples", AVAILABLE, sizes[0], -1, 1);
      Tensor classes = ints("classes", random.indices(AVAILABLE, sizes[sizes.length - 1]));
      order = ints("order", random.permutation(AVAILABLE));
      activations.add(floats("batch", rows, sizes[0], 0, 1));
      Tensor labels = ints("labels", new int[rows]);
      float scale = shape.type == DType.U8 ? 1f / 255 : 0.5f;
      operations.add(new GatherRows(samples, order, state, activations.getFirst(), scale));
      operations.add(new GatherRows(classes, order, state, labels, 1));
      int last = sizes.length - 1;
      for (int l = 1; l <= last; l++) {
        forward(l, l < last ? shape.activation : Activation.LINEAR);
      }
      Tensor scores = activations.getLast();
      Tensor d = shape.inPlace ? scores : floats("scores.d", rows, sizes[last], 0, 1);
      operations.add(new Accuracy(scores, labels, state, ints("correct", new int[SLOTS])));
      operations.add(
          new SoftmaxCrossEntropy(
              scores,
              labels,
              state,
              floats("losses", 1, SLOTS, 0, 1),
              d,
              floats("shares", rows, 1, 0, 1)));
      for (int l = last; l > 0; l--) {
        d = backward(l, d, shape.activation);
      }
      Tensor rates = floats("rates", 1, SLOTS, 0.001f, 0.01f);
      operations.add(
          adam
              ? new AdamUpdate(
                  p,
                  g,
                  floats("m", 1, end, -0.1f, 0.1f),
                  floats("v", 1, end, 0.01f, 0.1f),
                  rates,
                  state,
                  0.9f,
                  0.99f,
                  1e-3f,
                  0.1f)
              : new SgdUpdate(p, g, rates, state));
      operations.add(new Advance(state, rows, true));
    }

    private long weight(int l) {
      return l == 1 ? 0 : Buffer.align(bias(l - 1) + sizes[l - 1]);
    }

    private long bias(int l) {
      return Buffer.align(weight(l) + (long) sizes[l - 1] * sizes[l]);
    }

    private Tensor weightOf(int l, Tensor all) {
      return new Tensor(all.name() + l, all.buffer(), weight(l), sizes[l - 1], sizes[l]);
    }

    private Tensor biasOf(int l, Tensor all) {
      return new Tensor(all.name() + "b" + l, all.buffer(), bias(l), 1, sizes[l]);
    }

    private void forward(int l, Activation activation) {
      Tensor out = floats("out" + l, rows, sizes[l], 0, 1);
      operations.add(new MatMul(activations.getLast(), false, weightOf(l, p), false, out));
      operations.add(new AddBias(out, biasOf(l, p), out));
      if (activation != Activation.LINEAR) {
        operations.add(new Activate(activation, out, out));
      }
      activations.add(out);
    }

    /// @return the gradient of what goes into the layer
    private Tensor backward(int l, Tensor d, Activation activation) {
      Tensor in = activations.get(l - 1);
      operations.add(new MatMul(in, true, d, false, weightOf(l, g)));
      operations.add(new SumRows(d, biasOf(l, g)));
      if (l == 1) {
        return d;
      }
      Tensor dIn = floats("out" + (l - 1) + ".d", rows, sizes[l - 1], 0, 1);
      operations.add(new MatMul(d, false, weightOf(l, p), true, dIn));
      operations.add(new ActivateBackward(activation, in, dIn, dIn));
      return dIn;
    }

    Tensor floats(String name, long rows, long columns, float low, float high) {
      Tensor tensor =
          builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
      contents.put(tensor, random.uniform(rows * columns, low, high));
      return tensor;
    }

    private Tensor bytes(String name, long columns) {
      Tensor tensor =
          builder
              .buffer(name, Role.DATA, DType.U8, AVAILABLE * columns)
              .asMatrix(AVAILABLE, columns);
      contents.put(tensor, random.bytes(AVAILABLE * columns));
      return tensor;
    }

    private Tensor ints(String name, int[] numbers) {
      Tensor tensor = builder.buffer(name, Role.DATA, DType.I32, numbers.length).asColumn();
      contents.put(tensor, numbers);
      return tensor;
    }

    Program program() {
      return builder.step("step", operations).build();
    }

    void write(Executable executable) {
      contents.forEach((tensor, numbers) ->
          executable.write(
              tensor,
              switch (numbers) {
                case float[] floats -> MemorySegment.ofArray(floats.clone());
                case int[] ints -> MemorySegment.ofArray(ints.clone());
                default -> MemorySegment.ofArray(((byte[]) numbers).clone());
              }));
    }

    /// All numbers there are after some runs.
    Map<Tensor, double[]> run(Executable executable, int... times) {
      write(executable);
      Arrays.stream(times).forEach(t -> executable.run("step", t));
      Map<Tensor, double[]> result = new LinkedHashMap<>();
      contents.keySet().forEach(tensor -> result.put(tensor, read(executable, tensor)));
      return result;
    }

    private static double[] read(Executable executable, Tensor tensor) {
      int size = Math.toIntExact(tensor.size());
      double[] result = new double[size];
      switch (tensor.type()) {
        case F32 -> {
          float[] numbers = new float[size];
          executable.read(tensor, MemorySegment.ofArray(numbers));
          Arrays.setAll(result, i -> numbers[i]);
        }
        case I32 -> {
          int[] numbers = new int[size];
          executable.read(tensor, MemorySegment.ofArray(numbers));
          Arrays.setAll(result, i -> numbers[i]);
        }
        case U8 -> {
          byte[] numbers = new byte[size];
          executable.read(tensor, MemorySegment.ofArray(numbers));
          Arrays.setAll(result, i -> numbers[i]);
        }
      }
      return result;
    }
  }

  /// Two, three and five layers; one of everything; more rows than blocks, more blocks than weights; as
  /// many classes as there may be.
  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(DType.U8, 9, 28, 17, 12, 10),
        Shape.of(DType.F32, 33, 13, 21, 3),
        new Shape(DType.U8, 6, true, Activation.RELU, 32, 40, 9, 10),
        Shape.of(DType.F32, 1, 1, 1, 1),
        Shape.of(DType.F32, 2, 3, 2, 1, 2, 2, 3),
        Shape.of(DType.F32, 7, 36, 70, 128));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theNumbersAreThoseOfStepsByThemselves(Shape shape) {
    var step = new Step(shape, true);
    Program program = step.program();
    try (Engine engine = Engine.open("reference");
        Executable reference = engine.compile(program);
        Backend several = open(BackendOptions.DEFAULT, false);
        Executable ordinary = several.compile(program);
        Backend one = open(BackendOptions.DEFAULT, true);
        Executable persistent = one.compile(program)) {
      List<String> kernels = persistent.explain("step");
      assertEquals(1, kernels.size(), kernels.toString());
      int barriers = 4 * (shape.sizes.length - 2) - 2;
      assertTrue(
          kernels
              .getFirst()
              .endsWith(
                  "persistent_steps, 4 blocks of 256, many steps a launch, %d barriers of the grid a step"
                      .formatted(barriers)),
          kernels.toString());
      Map<Tensor, double[]> actual = step.run(persistent, 5);
      assertClose(step.run(reference, 5), actual, shape + ", the reference");
      assertClose(step.run(ordinary, 5), actual, shape + ", steps by themselves");
      Map<Tensor, double[]> inParts = step.run(persistent, 1, 3, 1);
      actual.forEach((tensor, numbers) ->
          assertArrayEquals(numbers, inParts.get(tensor), shape + " in parts: " + tensor));
    }
  }

  private void assertClose(
      Map<Tensor, double[]> expected, Map<Tensor, double[]> actual, String what) {
    expected.forEach((tensor, numbers) -> {
      for (int i = 0; i < numbers.length; i++) {
        double want = numbers[i];
        double got = actual.get(tensor)[i];
        assertTrue(
            Math.abs(want - got) <= 1e-5 * (1 + Math.abs(want)),
            "%s, %s: %s[%d] is %s, not %s".formatted(what, random, tensor, i, got, want));
      }
    });
  }

  /// In any step of a launch.
  @Test
  void faultsInDataAreReported() {
    for (int bad : new int[] {-1, AVAILABLE}) {
      var step = new Step(Shape.of(DType.F32, 9, 8, 7, 3), true);
      ((int[]) step.contents.get(step.order))[25] = bad;
      fails(step, "the row order or the cursor is outside the data");
    }
    fails(new Step(Shape.of(DType.F32, 1, 8, 7, 3), true), "the slot is outside the slots");
  }

  private static void fails(Step step, String fault) {
    try (Backend backend = open(BackendOptions.DEFAULT, true);
        Executable executable = backend.compile(step.program())) {
      step.write(executable);
      executable.run("step", 2);
      String message =
          String.valueOf(
              assertThrows(DeviceException.class, () -> executable.run("step", SLOTS))
                  .getMessage());
      assertTrue(message.contains("Training of 2 dense layers of batch["), message);
      assertTrue(message.endsWith(fault), message);
    }
  }

  @Test
  void whereItCantBeTheReasonIsSaid() {
    Shape usual = Shape.of(DType.F32, 9, 8, 7, 3);
    String other =
        "the step is not dense layers with bias and ReLU, softmax with cross-entropy and Adam";
    says(new Step(usual, false), Precision.FP32, other);
    says(
        new Step(new Shape(DType.F32, 9, false, Activation.TANH, 8, 7, 3), true),
        Precision.FP32,
        other);
    says(new Step(Shape.of(DType.F32, 9, 8, 7, 129), true), Precision.FP32, other);
    var changed = new Step(usual, true);
    changed.operations.add(
        2, new Activate(Activation.RELU, changed.activations.get(1), changed.activations.get(1)));
    says(changed, Precision.FP32, other);
    if (TestDevice.get().capability() >= Device.TENSOR_CORES_CAPABILITY) {
      says(new Step(usual, true), Precision.TF32, "its products are in float32 alone");
    }
    String large = says(new Step(Shape.of(DType.F32, 9, 300, 600, 10), true), Precision.FP32, "");
    assertTrue(
        large.matches(
            ".*, steps not in one launch: weights, moments and batch take [\\d,]+ bytes of a block's"
                + " shared memory, and there are [\\d,]+"),
        large);
  }

  /// @return what the first kernel says
  private static String says(Step step, Precision precision, String reason) {
    try (Backend backend = open(new BackendOptions(0, 0, precision), true);
        Executable executable = backend.compile(step.program())) {
      String said = executable.explain("step").getFirst();
      assertTrue(said.contains(", steps not in one launch: " + reason), said);
      executable.run("step", 1);
      return said;
    }
  }

  /// The weights of 784-512-512-10, their moments and a batch of 128 fit an H100 or H200, and not
  /// the simulator.
  @Test
  void theModelThatItIsForFits() {
    var step = new Step(Shape.of(DType.U8, 128, 784, 512, 512, 10), true);
    var tuning =
        new Tuning(
            132,
            Precision.FP32,
            List.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL),
            64,
            16,
            false,
            true);
    Device h200 = new Device(0, "H200", 90, 132, 141L << 30, 227 << 10, "13.0", "");
    PersistentPlan.Found found = StepCompiler.persistent(step.operations, tuning, h200);
    assertEquals("", found.obstacle());
    assertEquals(6, found.plan().barriers());
    for (PersistentPlan.Layer layer : found.plan().layers()) {
      assertTrue(layer.kTiles() * layer.nTiles() <= 132, layer.toString());
    }
  }

  /// No GPU has confirmed it, so it is for those who ask for it.
  @Test
  void nobodyGetsItUnasked() {
    assertFalse(Tuning.of(TestDevice.get(), Precision.FP32).persistent());
  }
}
