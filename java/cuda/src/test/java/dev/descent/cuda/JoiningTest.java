package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
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
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A classifier's step takes few launches, whose numbers are those of the reference, and what is
/// not joined is said with its reason.
class JoiningTest {
  private static final int AVAILABLE = 70;
  private static final int REPETITIONS = 2;

  private final Inputs random = Inputs.fresh();

  /// Two dense layers on rows of a data set.
  ///
  /// @param type of the samples
  /// @param activation elementwise, its derivative found from its result
  /// @param trains whether there are gradients and an update, or loss and accuracy alone
  /// @param inPlace whether the loss's gradient takes the place of the scores
  record Shape(
      DType type,
      int rows,
      int inputs,
      int hidden,
      int classes,
      Activation activation,
      boolean trains,
      boolean inPlace) {
    static Shape of(DType type, int rows, int inputs, int hidden, int classes) {
      return new Shape(type, rows, inputs, hidden, classes, Activation.TANH, true, false);
    }
  }

  /// The step, whose operations a test may change before it is built.
  private final class Step {
    final Program.Builder builder = Program.builder();
    final Map<Tensor, Object> contents = new LinkedHashMap<>();
    final List<Operation> operations = new ArrayList<>();
    final Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    final Tensor batch;
    final Tensor labels;
    final Tensor hidden;
    final Tensor scores;
    final Tensor correct = ints("correct", new int[9]);

    Step(Shape shape) {
      int rows = shape.rows;
      int[] counters = new int[StepState.SIZE];
      counters[StepState.SLOT] = 1;
      contents.put(state, counters);
      Tensor samples =
          shape.type == DType.U8
              ? bytes("samples", shape.inputs)
              : floats("samples", AVAILABLE, shape.inputs);
      Tensor classes = ints("classes", random.indices(AVAILABLE, shape.classes));
      Tensor order = ints("order", random.permutation(AVAILABLE));
      batch = floats("batch", rows, shape.inputs);
      labels = ints("labels", new int[rows]);
      hidden = floats("hidden", rows, shape.hidden);
      scores = floats("scores", rows, shape.classes);
      long bias1 = Buffer.align((long) shape.inputs * shape.hidden);
      long weight2 = bias1 + Buffer.align(shape.hidden);
      long bias2 = weight2 + Buffer.align((long) shape.hidden * shape.classes);
      long size = bias2 + shape.classes;
      Tensor p = floats("p", 1, size);
      Tensor g = floats("g", 1, size);
      Tensor velocity = floats("velocity", 1, size);
      var w1 = new Tensor("w1", p.buffer(), 0, shape.inputs, shape.hidden);
      var w2 = new Tensor("w2", p.buffer(), weight2, shape.hidden, shape.classes);
      add(
          new GatherRows(samples, order, state, batch, shape.type == DType.U8 ? 1f / 255 : 0.5f),
          new GatherRows(classes, order, state, labels, 1),
          new MatMul(batch, false, w1, false, hidden),
          new AddBias(hidden, new Tensor("b1", p.buffer(), bias1, 1, shape.hidden), hidden));
      if (shape.activation != Activation.LINEAR) {
        add(new Activate(shape.activation, hidden, hidden));
      }
      Tensor losses = floats("losses", 1, 9);
      Tensor d =
          !shape.trains ? null : shape.inPlace ? scores : floats("scores.d", rows, shape.classes);
      add(
          new MatMul(hidden, false, w2, false, scores),
          new AddBias(scores, new Tensor("b2", p.buffer(), bias2, 1, shape.classes), scores),
          new Accuracy(scores, labels, state, correct),
          new SoftmaxCrossEntropy(scores, labels, state, losses, d, floats("shares", rows, 1)));
      if (d != null) {
        Tensor dHidden = floats("hidden.d", rows, shape.hidden);
        add(
            new MatMul(
                hidden,
                true,
                d,
                false,
                new Tensor("w2.d", g.buffer(), weight2, shape.hidden, shape.classes)),
            new SumRows(d, new Tensor("b2.d", g.buffer(), bias2, 1, shape.classes)),
            new MatMul(d, false, w2, true, dHidden));
        if (shape.activation != Activation.LINEAR) {
          add(new ActivateBackward(shape.activation, hidden, dHidden, dHidden));
        }
        add(
            new MatMul(
                batch,
                true,
                dHidden,
                false,
                new Tensor("w1.d", g.buffer(), 0, shape.inputs, shape.hidden)),
            new SumRows(dHidden, new Tensor("b1.d", g.buffer(), bias1, 1, shape.hidden)),
            new MomentumUpdate(p, g, velocity, floats("rates", 1, 9), state, 0.5f, false));
      }
      add(new Advance(state, rows, shape.trains));
    }

    void add(Operation... more) {
      operations.addAll(List.of(more));
    }

    Tensor floats(String name, long rows, long columns) {
      Tensor tensor =
          builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
      contents.put(tensor, random.uniform(rows * columns, -0.3f, 0.3f));
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

    /// To be called once.
    Program program() {
      return builder.step("step", operations).build();
    }

    /// In how many rows rounding decides which score is the best: two are within the bound.
    int ties(Executable reference, Executable executable, double bound) {
      begin(reference);
      begin(executable);
      int ties = 0;
      for (int i = 0; i < REPETITIONS; i++) {
        float[] expected = scores(reference);
        float[] actual = scores(executable);
        int classes = (int) scores.columns();
        for (int row = 0; row < expected.length; row += classes) {
          int best = best(expected, row, classes);
          int other = best(actual, row, classes);
          if (best != other) {
            double gap = expected[best] - expected[other];
            assertTrue(gap <= 2 * bound * (1 + Math.abs(expected[best])), () -> "gap " + gap);
            ties++;
          }
        }
      }
      return ties;
    }

    private float[] scores(Executable executable) {
      executable.run("step", 1);
      float[] all = new float[(int) scores.size()];
      executable.read(scores, segment(all));
      return all;
    }

    private static int best(float[] all, int from, int count) {
      int best = from;
      for (int i = from; i < from + count; i++) {
        best = all[i] > all[best] ? i : best;
      }
      return best;
    }

    private void begin(Executable executable) {
      contents.forEach((tensor, numbers) -> executable.write(tensor, segment(copy(numbers))));
    }

    /// All there is after some repetitions.
    List<double[]> run(Executable executable) {
      begin(executable);
      executable.run("step", REPETITIONS);
      return contents.entrySet().stream()
          .map(entry -> {
            Object numbers = copy(entry.getValue());
            executable.read(entry.getKey(), segment(numbers));
            return numbers(numbers);
          })
          .toList();
    }

    private static Object copy(Object numbers) {
      return switch (numbers) {
        case float[] floats -> floats.clone();
        case int[] ints -> ints.clone();
        case byte[] bytes -> bytes.clone();
        default -> throw new AssertionError(numbers);
      };
    }

    private static MemorySegment segment(Object numbers) {
      return switch (numbers) {
        case float[] floats -> MemorySegment.ofArray(floats);
        case int[] ints -> MemorySegment.ofArray(ints);
        case byte[] bytes -> MemorySegment.ofArray(bytes);
        default -> throw new AssertionError(numbers);
      };
    }

    private static double[] numbers(Object numbers) {
      double[] result =
          new double
              [switch (numbers) {
                case float[] floats -> floats.length;
                case int[] ints -> ints.length;
                default -> ((byte[]) numbers).length;
              }];
      for (int i = 0; i < result.length; i++) {
        result[i] =
            switch (numbers) {
              case float[] floats -> floats[i];
              case int[] ints -> ints[i];
              default -> ((byte[]) numbers)[i];
            };
      }
      return result;
    }
  }

  /// Compares all buffers with the reference's.
  ///
  /// @return what the backend says of the step
  private List<String> check(Step step, Object what) {
    return check(step, what, Precision.FP32, 2e-6);
  }

  private List<String> check(Step step, Object what, Precision precision, double bound) {
    Program program = step.program();
    try (Engine engine = Engine.open("reference");
        Executable reference = engine.compile(program);
        Backend backend = TestDevice.open(new BackendOptions(0, 0, precision));
        Executable executable = backend.compile(program)) {
      int ties = step.ties(reference, executable, bound);
      List<double[]> expected = step.run(reference);
      List<double[]> actual = step.run(executable);
      List<Tensor> tensors = List.copyOf(step.contents.keySet());
      for (int b = 0; b < expected.size(); b++) {
        for (int i = 0; i < expected.get(b).length; i++) {
          double want = expected.get(b)[i];
          double got = actual.get(b)[i];
          double off = bound * (1 + Math.abs(want));
          assertTrue(
              Math.abs(want - got) <= (tensors.get(b).equals(step.correct) ? ties : off),
              "%s, %s: %s[%d] is %s, not %s".formatted(what, random, tensors.get(b), i, got, want));
        }
      }
      return executable.explain("step");
    }
  }

  /// Bytes whose rows start on four and floats whose rows do not; one row and class, more rows than
  /// a block takes, the most classes; a layer wider than a part of the head's.
  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(DType.U8, 9, 28, 17, 10),
        Shape.of(DType.U8, 33, 68, 130, 3),
        Shape.of(DType.F32, 5, 13, 12, 10),
        Shape.of(DType.F32, 1, 1, 1, 1),
        Shape.of(DType.F32, 6, 36, 70, 128),
        Shape.of(DType.F32, 3, 2, 1030, 2),
        new Shape(DType.U8, 7, 32, 20, 10, Activation.SIGMOID, true, true),
        new Shape(DType.F32, 7, 32, 20, 33, Activation.LINEAR, true, false),
        new Shape(DType.U8, 35, 32, 20, 10, Activation.TANH, false, false));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aClassifiersStepIsThreeKernels(Shape shape) {
    List<String> kernels = check(new Step(shape), shape);
    List<String> names =
        shape.trains
            ? List.of("_nn_gather", "softmax_head", "_tn_update")
            : List.of("_nn_gather", "softmax_head");
    assertEquals(names.size(), kernels.size(), kernels.toString());
    for (int i = 0; i < names.size(); i++) {
      assertTrue(kernels.get(i).contains(names.get(i)), kernels.toString());
    }
    assertTrue(kernels.getLast().contains("Advance"), kernels.toString());
  }

  /// Products of numbers of TF32's 11 or bf16's 8 bits are off by that share of each term, and sums
  /// of some 30 terms below 0.3 lead on to the gradients.
  @Test
  void theSameInOtherPrecisions() {
    for (Precision precision : List.of(Precision.BF16, Precision.TF32)) {
      TestDevice.requirePrecision(precision);
      double bound = precision == Precision.TF32 ? 0x1p-9 : 0x1p-6;
      Shape shape = Shape.of(DType.U8, 33, 36, 20, 10);
      List<String> kernels = check(new Step(shape), precision, precision, bound);
      assertEquals(3, kernels.size(), kernels.toString());
    }
  }

  /// Something is changed or gathered anew between any two operations.
  @Test
  void whateverComesBetweenTheNumbersAreTheReferences() {
    for (int round = 0; round < 25; round++) {
      var step = new Step(Shape.of(DType.F32, 6, 12, 8, 4));
      List<Tensor> floats =
          step.contents.keySet().stream().filter(t -> t.type() == DType.F32).toList();
      for (int change = 0; change < 2; change++) {
        Tensor changed = floats.get(random.nextInt(floats.size()));
        Operation operation =
            random.nextInt(5) == 0
                ? step.operations.get(random.nextInt(2))
                : new Activate(Activation.TANH, changed, changed);
        step.operations.add(random.nextInt(step.operations.size() + 1), operation);
      }
      check(step, step.operations);
    }
  }

  @Test
  void whatIsNotJoinedIsSaidWithItsReason() {
    Shape usual = Shape.of(DType.F32, 6, 12, 8, 4);
    says(usual, _ -> {}, "");
    says(
        Shape.of(DType.F32, 12, 12, 8, 4),
        step ->
            step.operations.add(
                2, new MatMul(step.batch, false, step.batch, false, step.floats("square", 12, 12))),
        "by itself: MatMul does not gather what it reads");
    says(
        Shape.of(DType.U8, 6, 30, 8, 4),
        _ -> {},
        "by itself: rows of 30 bytes do not start on multiples of four");
    says(
        Shape.of(DType.F32, 6, 12, 8, 129),
        _ -> {},
        "not with the loss: 129 classes are more than 128");
    says(
        Shape.of(DType.F32, 2, 3, 129, 128),
        _ -> {},
        "not with the loss: 16,512 weights are more than 16,384");
    says(
        usual,
        step -> step.operations.add(2, new Activate(Activation.TANH, step.batch, step.batch)),
        "by itself: Activate does not gather what it reads");
    says(
        usual,
        step ->
            step.operations.add(
                2, new Activate(Activation.LINEAR, step.batch, step.floats("seen", 6, 12))),
        "by itself: Activate does not gather what it reads");
    says(
        usual,
        step -> step.operations.add(7, new Activate(Activation.TANH, step.scores, step.scores)),
        "not with the loss: an activation lies between");
    says(usual, step -> step.add(new Activate(Activation.TANH, step.hidden, step.hidden)), "");
    says(
        usual,
        step ->
            step.operations.add(
                1,
                new GatherRows(
                    step.ints("others", random.indices(AVAILABLE, 4)),
                    step.ints("their order", random.permutation(AVAILABLE)),
                    step.state,
                    step.labels,
                    1)),
        "by itself: Accuracy gathers other rows already");
    says(
        usual,
        step -> {
          Operation end = step.operations.removeLast();
          step.add(new Activate(Activation.TANH, step.hidden, step.hidden), end);
        },
        "by itself: the kernel before it ends no step");
  }

  /// @param reason what one of the kernels says, or an empty text where none gives a reason
  private void says(Shape shape, Consumer<Step> change, String reason) {
    var step = new Step(shape);
    change.accept(step);
    List<String> kernels = check(step, reason);
    List<String> reasons =
        kernels.stream()
            .filter(said -> said.contains(", by itself: ") || said.contains(", not with "))
            .toList();
    assertEquals(reason.isEmpty() ? 0 : 1, reasons.size(), kernels.toString());
    reasons.forEach(said -> assertTrue(said.contains(reason), said));
  }
}
