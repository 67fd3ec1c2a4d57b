package dev.descent.contract;

import static dev.descent.contract.Mutant.after;
import static dev.descent.contract.Mutant.formula;
import static dev.descent.contract.Mutant.leavesOut;
import static dev.descent.contract.Mutant.on;
import static dev.descent.contract.Mutant.other;
import static dev.descent.contract.Mutant.otherBy;
import static dev.descent.contract.Mutant.running;

import dev.descent.internal.HostMemory;
import dev.descent.internal.NormalDistribution;
import dev.descent.internal.reference.MutantBackend;
import dev.descent.internal.reference.MutantBackend.Bug;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The bugs that the contract must catch.
final class Mutants {
  private Mutants() {}

  static List<Mutant> all() {
    return Stream.of(
            products(),
            elementwise(),
            dropout(),
            reductions(),
            losses(),
            updates(),
            data(),
            images(),
            augmentation(),
            normalisation(),
            runs())
        .flatMap(List::stream)
        .toList();
  }

  // --- images ---

  /// The same kernel with its image turned: sizes that are not square tell.
  private static Window turned(Window w) {
    return new Window(
        w.width(), w.height(), w.kernelWidth(), w.kernelHeight(), w.stride(), w.padding());
  }

  private static List<Mutant> images() {
    return List.of(
        other(
            "convolution takes height for width",
            Conv2d.class,
            op -> new Conv2d(op.x(), op.w(), op.out(), turned(op.window()))),
        other(
            "convolution by input takes height for width",
            Conv2dBackwardInput.class,
            op -> new Conv2dBackwardInput(op.dOut(), op.w(), op.dX(), turned(op.window()))),
        leavesOut(
            "convolution by weights leaves out the last tap",
            Conv2dBackwardWeights.class,
            (i, _, t) -> i == t.rows() - 1),
        leavesOut("unfold leaves out the last place", Unfold.class, (i, _, t) -> i == t.rows() - 1),
        leavesOut("fold stops after 64 channels", Fold.class, (_, j, _) -> j >= 64),
        other(
            "average pooling takes height for width",
            AveragePool.class,
            op -> new AveragePool(op.x(), op.out(), turned(op.window()))),
        after(
            "average pooling backward is off in one element",
            AveragePoolBackward.class,
            (op, cells) -> alter(op.dX(), cells, (y, i) -> y * (1 + (i == 0 ? 1e-3 : 0)))),
        after(
            "max pooling takes NaN for 0",
            MaxPool.class,
            (op, cells) -> alter(op.out(), cells, (y, _) -> Double.isNaN(y) ? 0 : y)),
        leavesOut(
            "max pooling backward leaves out the first position",
            MaxPoolBackward.class,
            (i, _, _) -> i == 0));
  }

  // --- augmentation ---

  private static final long MASK = 0xFFFF_FFFFL;

  private static List<Mutant> augmentation() {
    return List.of(
        other(
            "augmentation takes height for width",
            Augment.class,
            op -> pictures(op, op.width(), op.height(), op.augmentation(), op.seed())),
        ranges("augmentation turns by half", a -> a.withRotation(a.rotation() / 2)),
        ranges("augmentation does not move", a -> a.withShift(0)),
        ranges("augmentation moves 1 % less", a -> a.withShift(a.shift() * 0.99f)),
        ranges("augmentation does not scale", a -> a.withZoom(0)),
        ranges("augmentation never cuts out", a -> a.withCrop(1)),
        ranges("augmentation never flips", a -> a.withFlip(false)),
        ranges("augmentation leaves out brightness", a -> a.withBrightness(0)),
        ranges("augmentation leaves out contrast", a -> a.withContrast(0)),
        other(
            "augmentation draws by 32 bits of the seed",
            Augment.class,
            op -> pictures(op, op.height(), op.width(), op.augmentation(), op.seed() & MASK)),
        otherBy(
            "augmentation draws the same in each step",
            Augment.class,
            (op, cells) -> {
              double[] state = cells.get(op.state());
              state[StepState.STEP] = 0;
              cells.set(op.state(), state);
              return op;
            }),
        leavesOut("augmentation stops after 2,048 samples", Augment.class, (i, _, _) -> i >= 2048),
        leavesOut(
            "augmentation stops after 65,536 values", Augment.class, (_, j, _) -> j >= 65_536));
  }

  private static Mutant ranges(String name, UnaryOperator<Augmentation> other) {
    return other(
        name,
        Augment.class,
        op -> pictures(op, op.height(), op.width(), other.apply(op.augmentation()), op.seed()));
  }

  private static Augment pictures(
      Augment op, int height, int width, Augmentation augmentation, long seed) {
    return new Augment(
        op.x(),
        op.state(),
        op.out(),
        height,
        width,
        augmentation,
        op.low(),
        op.high(),
        op.stream(),
        seed);
  }

  // --- normalisation ---

  private static List<Mutant> normalisation() {
    return List.of(
        after(
            "statistics divide by one less",
            BatchStatistics.class,
            (op, cells) ->
                alter(op.variance(), cells, (y, _) -> y * op.x().rows() / (op.x().rows() - 1.0))),
        other(
            "statistics take the momentum for its rest",
            BatchStatistics.class,
            op ->
                new BatchStatistics(
                    op.x(),
                    op.mean(),
                    op.variance(),
                    op.runningMean(),
                    op.runningVariance(),
                    1 - op.momentum())),
        other(
            "normalisation without epsilon",
            Normalise.class,
            op ->
                new Normalise(
                    op.x(), op.mean(), op.variance(), op.scale(), op.shift(), op.out(), 0)),
        other(
            "normalisation by weights without epsilon",
            NormaliseBackwardWeights.class,
            op ->
                new NormaliseBackwardWeights(
                    op.x(), op.mean(), op.variance(), op.dOut(), op.dScale(), op.dShift(), 0)),
        other(
            "normalisation backward takes scale for shift",
            NormaliseBackward.class,
            op ->
                new NormaliseBackward(
                    op.x(),
                    op.mean(),
                    op.variance(),
                    op.scale(),
                    op.dShift(),
                    op.dScale(),
                    op.dOut(),
                    op.dX(),
                    op.epsilon())));
  }

  // --- products ---

  private static List<Mutant> products() {
    return List.of(
        product("product skips zeros", (a, b) -> a == 0 ? 0 : a * b, Integer.MAX_VALUE),
        product("product skips zeros of b", (a, b) -> b == 0 ? 0 : a * b, Integer.MAX_VALUE),
        product("product stops after 1,024 terms", (a, b) -> a * b, 1024),
        product("product stops after 65,536 terms", (a, b) -> a * b, 65_536),
        product("product rounds a to 16 bits", (a, b) -> rounded(a) * b, Integer.MAX_VALUE),
        product(
            "product takes NaN for 0",
            (a, b) -> Double.isNaN(a * b) ? 0 : a * b,
            Integer.MAX_VALUE),
        leavesOut("product stops after 1,024 rows", MatMul.class, (i, _, _) -> i >= 1024),
        leavesOut("product stops after 1,024 columns", MatMul.class, (_, j, _) -> j >= 1024),
        leavesOut("product stops after 65,535 rows", MatMul.class, (i, _, _) -> i >= 65_535),
        leavesOut(
            "product leaves out the last of odd rows",
            MatMul.class,
            (i, _, t) -> i > 128 && i == t.rows() - 1 && i % 2 == 0),
        otherBy(
            "product of square matrices is not transposed",
            MatMul.class,
            (op, _) ->
                op.a().rows() == op.a().columns()
                    ? new MatMul(op.a(), false, op.b(), op.transposeB(), op.out())
                    : op),
        after(
            "product reads what it overwrites",
            MatMul.class,
            (op, cells) -> alter(op.out(), cells, (y, i) -> y + 0 * cells.old(op.out())[i])));
  }

  private static double rounded(double value) {
    return Float.intBitsToFloat(Float.floatToIntBits((float) value) & 0xFFFF_0000);
  }

  private static Mutant product(String name, DoubleBinaryOperator term, int most) {
    return on(
        name,
        MatMul.class,
        (op, memory) -> {
          var cells = new Cells(memory);
          double[] a = cells.get(op.a());
          double[] b = cells.get(op.b());
          double[] out = cells.get(op.out());
          int m = (int) op.m();
          int n = (int) op.n();
          int k = (int) op.k();
          for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
              double sum = 0;
              for (int p = 0; p < Math.min(k, most); p++) {
                sum +=
                    term.applyAsDouble(
                        a[op.transposeA() ? p * m + i : i * k + p],
                        b[op.transposeB() ? j * k + p : p * n + j]);
              }
              out[i * n + j] = sum;
            }
          }
          cells.set(op.out(), out);
        });
  }

  private static void change(Tensor tensor, Cells cells, IntToDoubleFunction value) {
    alter(tensor, cells, (_, i) -> value.applyAsDouble(i));
  }

  /// What becomes of a value, the i-th one.
  private interface Change {
    double of(double value, int i);
  }

  private static void alter(Tensor tensor, Cells cells, Change change) {
    double[] values = cells.get(tensor);
    for (int i = 0; i < values.length; i++) {
      values[i] = change.of(values[i], i);
    }
    cells.set(tensor, values);
  }

  // --- element by element ---

  private static List<Mutant> elementwise() {
    return List.of(
        leavesOut("bias stops after 4,096 columns", AddBias.class, (_, j, _) -> j >= 4096),
        leavesOut(
            "bias stops after 65,536 elements",
            AddBias.class,
            (i, j, t) -> flat(i, j, t) >= 65_536),
        after(
            "bias of square matrices is a column",
            AddBias.class,
            (op, cells) -> {
              int n = (int) op.x().columns();
              if (n == op.x().rows()) {
                change(op.out(), cells, i -> cells.old(op.x())[i] + cells.old(op.bias())[i / n]);
              }
            }),
        activation("ReLU of NaN is 0", Activation.RELU, x -> Double.isNaN(x) ? 0 : Math.max(0, x)),
        activation(
            "leaky ReLU of NaN is 0",
            Activation.LEAKY_RELU,
            x -> x > 0 ? x : x <= 0 ? 0.01f * x : 0),
        activation("leaky ReLU leaks 0.0101", Activation.LEAKY_RELU, x -> x > 0 ? x : 0.0101 * x),
        activation(
            "sigmoid overflows",
            Activation.SIGMOID,
            x -> (float) Math.exp(x) / (1 + (float) Math.exp(x))),
        activation(
            "sigmoid is a table from -8 to 8",
            Activation.SIGMOID,
            x -> sigmoid(Math.clamp(x, -8, 8))),
        activation("tanh is 1 from 5 on", Activation.TANH, x -> x >= 5 ? 1 : Math.tanh(x)),
        activation(
            "tanh overflows",
            Activation.TANH,
            x -> ((float) Math.exp(2 * x) - 1) / ((float) Math.exp(2 * x) + 1)),
        activation(
            "GELU by tanh",
            Activation.GELU,
            x -> 0.5 * x * (1 + Math.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))),
        activation(
            "GELU of minus infinity is NaN",
            Activation.GELU,
            x -> x == Double.NEGATIVE_INFINITY ? Double.NaN : gelu(x)),
        leavesOut("activation stops after 65,535 rows", Activate.class, (i, _, _) -> i >= 65_535),
        leavesOut(
            "activation stops after 262,144 elements",
            Activate.class,
            (i, j, t) -> flat(i, j, t) >= 262_144),
        softmax("softmax of 1,024 columns", 1024, false, 0),
        softmax("softmax of 65,536 columns", 65_536, false, 0),
        softmax("softmax without its maximum", Integer.MAX_VALUE, true, 0),
        softmax("softmax divides by at least 1e-30", Integer.MAX_VALUE, false, 1e-30),
        after(
            "softmax of minus infinities is 0",
            Activate.class,
            (op, cells) -> {
              if (op.activation() == Activation.SOFTMAX) {
                int n = (int) op.x().columns();
                double[] x = cells.old(op.x());
                double[] y = cells.get(op.out());
                change(op.out(), cells, i -> isMinusInfinity(x, i / n * n, n) ? 0 : y[i]);
              }
            }),
        slope("ReLU's derivative at 0 is 1", Activation.RELU, (s, d) -> s >= 0 ? d : 0 * d),
        slope("ReLU's derivative selects", Activation.RELU, (s, d) -> s > 0 ? d : 0),
        slope(
            "leaky ReLU's derivative at 0 is 1",
            Activation.LEAKY_RELU,
            (s, d) -> s >= 0 ? d : 0.01f * d),
        slope(
            "leaky ReLU's derivative at 0 is 0",
            Activation.LEAKY_RELU,
            (s, d) -> s > 0 ? d : s < 0 ? 0.01f * d : 0),
        slope(
            "tanh's derivative is off by 1e-5",
            Activation.TANH,
            (s, d) -> (1 - s * s) * d * 0.99999),
        slope(
            "sigmoid's derivative of the argument",
            Activation.SIGMOID,
            (s, d) -> sigmoid(s) * (1 - sigmoid(s)) * d),
        slope(
            "GELU's derivative without the density",
            Activation.GELU,
            (s, d) -> d * gelu(s) / (s == 0 ? 1 : s)),
        leavesOut(
            "derivative stops after 65,536 elements",
            ActivateBackward.class,
            (i, j, t) -> flat(i, j, t) >= 65_536),
        after(
            "softmax's derivative is that of one element",
            ActivateBackward.class,
            (op, cells) -> {
              if (op.activation() == Activation.SOFTMAX) {
                double[] y = cells.old(op.saved());
                double[] d = cells.old(op.dOut());
                change(op.dX(), cells, i -> y[i] * (1 - y[i]) * d[i]);
              }
            }));
  }

  private static long flat(int row, int column, Tensor tensor) {
    return row * tensor.columns() + column;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double gelu(double x) {
    return x * NormalDistribution.cumulative(x);
  }

  private static boolean isMinusInfinity(double[] x, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (x[i] != Double.NEGATIVE_INFINITY) {
        return false;
      }
    }
    return true;
  }

  private static Mutant activation(String name, Activation activation, DoubleUnaryOperator f) {
    return after(
        name,
        Activate.class,
        (op, cells) -> {
          if (op.activation() == activation) {
            change(op.out(), cells, i -> f.applyAsDouble(cells.old(op.x())[i]));
          }
        });
  }

  private static Mutant slope(String name, Activation activation, DoubleBinaryOperator f) {
    return after(
        name,
        ActivateBackward.class,
        (op, cells) -> {
          if (op.activation() == activation) {
            double[] s = cells.old(op.saved());
            double[] d = cells.old(op.dOut());
            change(op.dX(), cells, i -> f.applyAsDouble(s[i], d[i]));
          }
        });
  }

  private static Mutant softmax(String name, int most, boolean raw, double least) {
    return after(
        name,
        Activate.class,
        (op, cells) -> {
          if (op.activation() != Activation.SOFTMAX) {
            return;
          }
          int n = (int) op.x().columns();
          double[] x = cells.old(op.x());
          double[] y = new double[x.length];
          for (int i = 0; i < x.length; i += n) {
            double max = raw ? 0 : Double.NEGATIVE_INFINITY;
            for (int j = i; j < i + n && !raw; j++) {
              max = Math.max(max, x[j]);
            }
            double sum = 0;
            for (int j = i; j < i + n; j++) {
              y[j] = (float) Math.exp(x[j] - max);
              sum += j - i < most ? y[j] : 0;
            }
            for (int j = i; j < i + n; j++) {
              y[j] /= least > 0 && !(sum > least) ? 1 : sum;
            }
          }
          cells.set(op.out(), y);
        });
  }

  // --- dropout ---

  private static List<Mutant> dropout() {
    return List.of(
        other(
            "dropout's seed is sign-extended",
            Dropout.class,
            op -> drop(op, op.stream(), (op.seed() << 32) >> 32)),
        other(
            "dropout's seed is taken without its sign",
            Dropout.class,
            op -> drop(op, op.stream(), op.seed() & Long.MAX_VALUE)),
        other(
            "dropout's seed is its low word",
            Dropout.class,
            op -> drop(op, op.stream(), op.seed() & 0xFFFF_FFFFL)),
        other(
            "dropout's stream has 16 bits",
            Dropout.class,
            op -> drop(op, op.stream() & 0xFFFF, op.seed())),
        other(
            "dropout's stream is taken without its sign",
            Dropout.class,
            op -> drop(op, op.stream() & Integer.MAX_VALUE, op.seed())),
        on(
            "dropout's step has 24 bits",
            Dropout.class,
            (op, memory) -> withStep(op, memory, new Cells(memory).step(op.state()) & 0xFF_FFFF)),
        on("dropout's step is not seen", Dropout.class, (op, memory) -> withStep(op, memory, 0)),
        after(
            "dropout multiplies by 0",
            Dropout.class,
            (op, cells) -> {
              double[] x = cells.old(op.x());
              double[] y = cells.get(op.out());
              change(op.out(), cells, i -> y[i] == 0 ? 0 * x[i] : y[i]);
            }),
        after(
            "dropout does not scale",
            Dropout.class,
            (op, cells) -> {
              double[] y = cells.get(op.out());
              change(op.out(), cells, i -> y[i] == 0 ? 0 : y[i] / op.keepScale());
            }),
        after(
            "dropout of NaN is 0",
            Dropout.class,
            (op, cells) -> {
              double[] y = cells.get(op.out());
              change(op.out(), cells, i -> Double.isNaN(y[i]) ? 0 : y[i]);
            }),
        leavesOut(
            "dropout stops after 65,536 elements",
            Dropout.class,
            (i, j, t) -> flat(i, j, t) >= 65_536));
  }

  private static Dropout drop(Dropout op, int stream, long seed) {
    return new Dropout(op.x(), op.state(), op.out(), op.rate(), stream, seed);
  }

  private static void withStep(Dropout op, HostMemory memory, int step) {
    var cells = new Cells(memory);
    double[] state = cells.get(op.state());
    double[] changed = state.clone();
    changed[StepState.STEP] = step;
    cells.set(op.state(), changed);
    MutantBackend.original(op, memory);
    cells.set(op.state(), state);
  }

  // --- sums and counts ---

  private static List<Mutant> reductions() {
    return List.of(
        sumOfRows("sum of rows stops after 1,024", x -> x, 1024),
        sumOfRows("sum of rows stops after 65,536", x -> x, 65_536),
        sumOfRows("sum of rows skips NaN", x -> Double.isNaN(x) ? 0 : x, Integer.MAX_VALUE),
        sumOfRows(
            "sum of rows skips infinity", x -> Double.isInfinite(x) ? 0 : x, Integer.MAX_VALUE),
        leavesOut("sum of rows stops after 4,096 columns", SumRows.class, (_, j, _) -> j >= 4096),
        answers("0.5 is yes", (score, target) -> (score > 0) == (target >= 0.5)),
        answers("a score of 0 is yes", (score, target) -> (score >= 0) == (target > 0.5)),
        answers("a score of NaN is yes", (score, target) -> !(score <= 0) == (target > 0.5)),
        answers("a target of NaN is yes", (score, target) -> (score > 0) == !(target <= 0.5)),
        classes("the last of equal scores", Integer.MAX_VALUE, false, true),
        classes("NaN is the largest score", Integer.MAX_VALUE, true, false),
        classes("the largest of 1,024 scores", 1024, false, false),
        classes("the largest of 65,536 scores", 65_536, false, false),
        after(
            "accuracy counts in 16 bits",
            Accuracy.class,
            (op, cells) -> alter(op.correct(), cells, (y, _) -> y < 0 ? y : (int) y & 0xFFFF)),
        after(
            "accuracy is the first slot's",
            Accuracy.class,
            (op, cells) -> {
              double[] y = cells.get(op.correct());
              double count = y[cells.slot(op.state())];
              double[] old = cells.old(op.correct());
              old[0] = count;
              cells.set(op.correct(), old);
            }),
        after(
            "accuracy adds to its slot",
            Accuracy.class,
            (op, cells) -> {
              double[] y = cells.get(op.correct());
              int slot = cells.slot(op.state());
              y[slot] += cells.old(op.correct())[slot];
              cells.set(op.correct(), y);
            }));
  }

  private static Mutant sumOfRows(String name, DoubleUnaryOperator term, int most) {
    return after(
        name,
        SumRows.class,
        (op, cells) -> {
          int n = (int) op.x().columns();
          double[] x = cells.old(op.x());
          double[] sums = new double[n];
          for (int i = 0; i < Math.min(x.length, (long) most * n); i++) {
            sums[i % n] += term.applyAsDouble(x[i]);
          }
          cells.set(op.out(), sums);
        });
  }

  /// Whether an answer is right.
  private interface Answer {
    boolean isRight(double score, double target);
  }

  private static Mutant answers(String name, Answer answer) {
    return after(
        name,
        Accuracy.class,
        (op, cells) -> {
          if (op.targets().type() == DType.F32) {
            double[] scores = cells.get(op.scores());
            double[] targets = cells.get(op.targets());
            int count = 0;
            for (int i = 0; i < scores.length; i++) {
              count += answer.isRight(scores[i], targets[i]) ? 1 : 0;
            }
            setSlot(op, cells, count);
          }
        });
  }

  private static void setSlot(Accuracy op, Cells cells, int count) {
    double[] correct = cells.get(op.correct());
    correct[cells.slot(op.state())] = count;
    cells.set(op.correct(), correct);
  }

  private static Mutant classes(String name, int most, boolean nanIsLargest, boolean last) {
    return after(
        name,
        Accuracy.class,
        (op, cells) -> {
          if (op.targets().type() == DType.F32) {
            return;
          }
          double[] scores = cells.get(op.scores());
          double[] targets = cells.get(op.targets());
          int n = (int) op.scores().columns();
          int count = 0;
          for (int i = 0; i < targets.length; i++) {
            int best = 0;
            double largest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < Math.min(n, most); j++) {
              double score = scores[i * n + j];
              if (nanIsLargest && Double.isNaN(score)) {
                score = Double.POSITIVE_INFINITY;
              }
              if (score > largest || (last && score == largest)) {
                largest = score;
                best = j;
              }
            }
            count += best == (int) targets[i] ? 1 : 0;
          }
          setSlot(op, cells, count);
        });
  }

  // --- losses ---

  private static List<Mutant> losses() {
    return List.of(
        loss("loss is a mean", LossOperation.class, (op, loss) -> loss / op.prediction().rows()),
        loss("loss of NaN is 0", LossOperation.class, (_, loss) -> Double.isNaN(loss) ? 0 : loss),
        loss("loss is below 1e30", LossOperation.class, (_, loss) -> Math.min(loss, 1e30)),
        after(
            "loss is the next slot's",
            LossOperation.class,
            (op, cells) -> {
              double[] y = cells.get(op.losses());
              int slot = cells.slot(op.state());
              double loss = y[slot];
              y = cells.old(op.losses());
              y[(slot + 1) % y.length] = loss;
              cells.set(op.losses(), y);
            }),
        after(
            "loss adds to its slot",
            LossOperation.class,
            (op, cells) -> {
              double[] y = cells.get(op.losses());
              int slot = cells.slot(op.state());
              y[slot] += cells.old(op.losses())[slot];
              cells.set(op.losses(), y);
            }),
        other(
            "cross-entropy without its weights",
            SoftmaxCrossEntropy.class,
            op ->
                new SoftmaxCrossEntropy(
                    op.prediction(), op.targets(), op.state(), op.losses(), op.gradient())),
        after(
            "gradient without its weights",
            LossOperation.class,
            (op, cells) -> {
              if (op.gradient() != null && op.weights() != null) {
                double[] g = cells.get(op.gradient());
                double[] weights = cells.old(op.weights());
                int columns = (int) op.prediction().columns();
                change(op.gradient(), cells, i -> g[i] / weights[i / columns]);
              }
            }),
        gradient("gradient is a sum's", LossOperation.class, (op, g) -> g * op.prediction().rows()),
        gradient("gradient of squares without the 2", MeanSquaredError.class, (_, g) -> g / 2),
        gradient(
            "gradient of binary answers over rows alone",
            BinaryCrossEntropy.class,
            (op, g) -> g * op.prediction().columns()),
        gradient(
            "gradient is at most 1 in all",
            LossOperation.class,
            (op, g) -> Math.clamp(g * op.prediction().rows(), -1, 1) / op.prediction().rows()),
        leavesOutGradient("gradient stops after 1,024 rows", 1024, Integer.MAX_VALUE),
        leavesOutGradient("gradient stops after 1,024 columns", Integer.MAX_VALUE, 1024),
        crossEntropy("cross-entropy stops after 1,024 rows", 1024, 0, false),
        crossEntropy("cross-entropy of probabilities above 1e-7", Integer.MAX_VALUE, 1e-7, false),
        crossEntropy("cross-entropy without the maximum", Integer.MAX_VALUE, 0, true),
        other(
            "cross-entropy in place has no gradient",
            SoftmaxCrossEntropy.class,
            op ->
                op.prediction().equals(op.gradient())
                    ? new SoftmaxCrossEntropy(
                        op.prediction(), op.targets(), op.state(), op.losses(), null)
                    : op),
        after(
            "cross-entropy of minus infinities is 0",
            SoftmaxCrossEntropy.class,
            (op, cells) -> {
              int n = (int) op.prediction().columns();
              double[] z = cells.old(op.prediction());
              for (int i = 0; i < z.length; i += n) {
                if (isMinusInfinity(z, i, n)) {
                  double[] y = cells.get(op.losses());
                  y[cells.slot(op.state())] = 0;
                  cells.set(op.losses(), y);
                }
              }
            }),
        binary(
            "binary cross-entropy overflows", (z, t) -> Math.log(1 + (float) Math.exp(z)) - z * t),
        binary(
            "binary cross-entropy of rounded targets", (z, t) -> stable(z, (double) Math.round(t))),
        binary(
            "binary cross-entropy of probabilities above 1e-7",
            (z, t) -> Math.min(16, stable(z, t))));
  }

  private static double stable(double z, double t) {
    return Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));
  }

  private interface OfLoss<T> {
    double value(T op, double value);
  }

  private static <T extends LossOperation> Mutant loss(String name, Class<T> type, OfLoss<T> f) {
    return after(
        name,
        type,
        (op, cells) -> {
          double[] y = cells.get(op.losses());
          int slot = cells.slot(op.state());
          y[slot] = f.value(op, y[slot]);
          cells.set(op.losses(), y);
        });
  }

  private static <T extends LossOperation> Mutant gradient(
      String name, Class<T> type, OfLoss<T> f) {
    return after(
        name,
        type,
        (op, cells) -> {
          Tensor gradient = op.gradient();
          if (gradient != null) {
            double[] g = cells.get(gradient);
            change(gradient, cells, i -> f.value(op, g[i]));
          }
        });
  }

  private static Mutant leavesOutGradient(String name, int rows, int columns) {
    return leavesOut(
        name,
        LossOperation.class,
        (i, j, t) -> !t.name().equals("losses") && (i >= rows || j >= columns));
  }

  private static Mutant crossEntropy(String name, int most, double least, boolean raw) {
    return after(
        name,
        SoftmaxCrossEntropy.class,
        (op, cells) -> {
          int n = (int) op.prediction().columns();
          double[] z = cells.old(op.prediction());
          double[] labels = cells.old(op.targets());
          double total = 0;
          for (int i = 0; i < Math.min(labels.length, most); i++) {
            double max = raw ? 0 : Double.NEGATIVE_INFINITY;
            for (int j = 0; j < n && !raw; j++) {
              max = Math.max(max, z[i * n + j]);
            }
            double sum = 0;
            for (int j = 0; j < n; j++) {
              sum += (float) Math.exp(z[i * n + j] - max);
            }
            double loss = Math.log(sum) + max - z[i * n + (int) labels[i]];
            total += least > 0 ? Math.min(loss, -Math.log(least)) : loss;
          }
          double[] y = cells.get(op.losses());
          y[cells.slot(op.state())] = total;
          cells.set(op.losses(), y);
        });
  }

  private static Mutant binary(String name, DoubleBinaryOperator loss) {
    return after(
        name,
        BinaryCrossEntropy.class,
        (op, cells) -> {
          double[] z = cells.old(op.prediction());
          double[] t = cells.old(op.targets());
          double total = 0;
          for (int i = 0; i < z.length; i++) {
            total += loss.applyAsDouble(z[i], t[i]);
          }
          double[] y = cells.get(op.losses());
          y[cells.slot(op.state())] = total / op.prediction().columns();
          cells.set(op.losses(), y);
        });
  }

  // --- updates ---

  private static List<Mutant> updates() {
    List<Mutant> mutants = new ArrayList<>();
    for (int most : new int[] {65_536, 262_144}) {
      mutants.add(
          leavesOut(
              "update stops after %,d elements".formatted(most),
              UpdateOperation.class,
              (i, j, t) -> flat(i, j, t) >= most));
    }
    mutants.addAll(
        List.of(
            leavesOut(
                "update leaves out a last odd element",
                UpdateOperation.class,
                (_, j, t) -> j == t.columns() - 1 && j % 2 == 0),
            formula(
                "momentum is dampened",
                MomentumUpdate.class,
                (op, p, g, m, rate, _) -> {
                  m[0] = op.momentum() * m[0] + (1 - op.momentum()) * g;
                  return p - rate * (op.nesterov() ? g + op.momentum() * m[0] : m[0]);
                }),
            formula(
                "momentum has the rate within",
                MomentumUpdate.class,
                (op, p, g, m, rate, _) -> {
                  m[0] = op.momentum() * m[0] - rate * g;
                  return p + (op.nesterov() ? op.momentum() * m[0] - rate * g : m[0]);
                }),
            other(
                "Nesterov is plain",
                MomentumUpdate.class,
                op ->
                    new MomentumUpdate(
                        op.parameters(),
                        op.gradients(),
                        op.velocity(),
                        op.rates(),
                        op.state(),
                        op.momentum(),
                        false)),
            formula(
                "Adagrad's epsilon is in the root",
                AdagradUpdate.class,
                (op, p, g, m, rate, _) -> {
                  m[0] += g * g;
                  return p - rate * g / Math.sqrt(m[0] + op.epsilon());
                }),
            formula(
                "Adagrad has no epsilon but for 0",
                AdagradUpdate.class,
                (_, p, g, m, rate, _) -> {
                  m[0] += g * g;
                  return g == 0 ? p : p - rate * g / Math.sqrt(m[0]);
                }),
            formula(
                "Adagrad divides by what was",
                AdagradUpdate.class,
                (op, p, g, m, rate, _) -> {
                  double old = m[0];
                  m[0] += g * g;
                  return p - rate * g / (Math.sqrt(old) + op.epsilon());
                }),
            formula(
                "RMSprop's epsilon is in the root",
                RmsPropUpdate.class,
                (op, p, g, m, rate, _) -> {
                  m[0] = op.rho() * m[0] + (1 - (double) op.rho()) * g * g;
                  return p - rate * g / Math.sqrt(m[0] + op.epsilon());
                }),
            formula(
                "RMSprop's 1 - rho is 0.01",
                RmsPropUpdate.class,
                (op, p, g, m, rate, _) -> {
                  m[0] = op.rho() * m[0] + 0.01 * g * g;
                  return p - rate * g / (Math.sqrt(m[0]) + op.epsilon());
                }),
            otherBy(
                "Adam's epsilon before the correction",
                AdamUpdate.class,
                (op, cells) ->
                    adam(
                        op,
                        (float)
                            (op.epsilon()
                                / Math.sqrt(
                                    1 - Math.pow(op.beta2(), cells.step(op.state()) + 1.0))))),
            other(
                "Adam's epsilon is 1e-7",
                AdamUpdate.class,
                op -> adam(op, op.epsilon() == 1e-8f ? 1e-7f : op.epsilon())),
            other("Adam has no epsilon", AdamUpdate.class, op -> adam(op, 1e-30f)),
            adam(
                "Adam's epsilon is in the root",
                (op, _, m, v) -> m / Math.sqrt(v + op.epsilon()),
                1,
                1),
            adam(
                "Adam corrects no bias",
                (op, t, m, v) ->
                    m
                        * (1 - Math.pow(op.beta1(), t))
                        / (Math.sqrt(v * (1 - Math.pow(op.beta2(), t))) + op.epsilon()),
                1,
                1),
            adam(
                "Adam counts steps from 2",
                (op, t, m, v) ->
                    m
                        * (1 - Math.pow(op.beta1(), t))
                        / (1 - Math.pow(op.beta1(), t + 1))
                        / (Math.sqrt(v) + op.epsilon()),
                1,
                1),
            adam(
                "Adam decays without the rate",
                (op, _, m, v) -> m / (Math.sqrt(v) + op.epsilon()),
                10,
                1),
            adam(
                "Adam decays by its gradient",
                (op, _, m, v) -> m / (Math.sqrt(v) + op.epsilon()),
                0,
                1),
            adam(
                "Adam's second moment is of absolute values",
                (op, _, m, v) -> m / (Math.sqrt(v) + op.epsilon()),
                1,
                0.5),
            formula(
                "SGD takes tiny gradients for 0",
                SgdUpdate.class,
                (_, p, g, _, rate, _) -> Math.abs(g) < 1e-6 ? p : p - rate * g),
            formula(
                "SGD cuts gradients at 10",
                SgdUpdate.class,
                (_, p, g, _, rate, _) -> p - rate * Math.clamp(g, -10, 10)),
            formula(
                "SGD of NaN leaves the parameter",
                SgdUpdate.class,
                (_, p, g, _, rate, _) -> Double.isNaN(g) ? p : p - rate * g),
            after(
                "update by a gradient of 0 leaves all",
                UpdateOperation.class,
                (op, cells) -> {
                  double[] g = cells.old(op.gradients());
                  for (Tensor out : op.outputs()) {
                    double[] now = cells.get(out);
                    double[] old = cells.old(out);
                    change(out, cells, i -> g[i] == 0 ? old[i] : now[i]);
                  }
                }),
            on(
                "update takes the first slot's rate",
                UpdateOperation.class,
                (op, memory) -> {
                  var cells = new Cells(memory);
                  double[] rates = cells.get(op.rates());
                  double[] changed = rates.clone();
                  changed[cells.slot(op.state())] = rates[0];
                  cells.set(op.rates(), changed);
                  MutantBackend.original(op, memory);
                  cells.set(op.rates(), rates);
                })));
    return mutants;
  }

  private static AdamUpdate adam(AdamUpdate op, float epsilon) {
    return new AdamUpdate(
        op.parameters(),
        op.gradients(),
        op.m(),
        op.v(),
        op.rates(),
        op.state(),
        op.beta1(),
        op.beta2(),
        epsilon,
        op.weightDecay());
  }

  private interface Direction {
    double of(AdamUpdate op, int t, double m, double v);
  }

  private static Mutant adam(String name, Direction direction, double decay, double power) {
    return formula(
        name,
        AdamUpdate.class,
        (op, p, g, m, rate, t) -> {
          double used = decay == 0 ? g + op.weightDecay() * p : g;
          m[0] = op.beta1() * m[0] + (1 - (double) op.beta1()) * used;
          m[1] = op.beta2() * m[1] + (1 - (double) op.beta2()) * Math.pow(used * used, power);
          double first = m[0] / (1 - Math.pow(op.beta1(), t));
          double second = m[1] / (1 - Math.pow(op.beta2(), t));
          double shrunk = p - (decay == 10 ? 1 : decay * rate) * op.weightDecay() * p;
          return shrunk - rate * direction.of(op, t, first, second);
        });
  }

  // --- data ---

  private static List<Mutant> data() {
    return List.of(
        rows(
            "bytes have signs",
            (op, _, value) ->
                op.source().type() == DType.U8 && value > 127 * op.scale()
                    ? value - 256 * op.scale()
                    : value),
        rows(
            "labels are floats",
            (op, _, value) -> op.source().type() == DType.I32 ? (float) value : value),
        rows("rows are scaled twice", (op, _, value) -> value * op.scale()),
        rows("infinity is cut", (_, _, value) -> Math.clamp(value, -3e38, 3e38)),
        leavesOut("rows stop after 65,535", GatherRows.class, (i, _, _) -> i >= 65_535),
        leavesOut("rows stop after 4,096 columns", GatherRows.class, (_, j, _) -> j >= 4096),
        on(
            "rows have 16-bit numbers",
            GatherRows.class,
            (op, memory) -> {
              var cells = new Cells(memory);
              double[] order = cells.get(op.order());
              change(op.order(), cells, i -> (int) order[i] & 0xFFFF);
              MutantBackend.original(op, memory);
              cells.set(op.order(), order);
            }),
        on(
            "rows begin at 0",
            GatherRows.class,
            (op, memory) -> {
              var cells = new Cells(memory);
              double[] state = cells.get(op.state());
              double[] changed = state.clone();
              changed[StepState.CURSOR] = 0;
              cells.set(op.state(), changed);
              MutantBackend.original(op, memory);
              cells.set(op.state(), state);
            }),
        on(
            "rows come in their own order",
            GatherRows.class,
            (op, memory) -> {
              var cells = new Cells(memory);
              double[] order = cells.get(op.order());
              change(op.order(), cells, i -> i);
              MutantBackend.original(op, memory);
              cells.set(op.order(), order);
            }),
        other(
            "validation counts a step",
            Advance.class,
            op -> new Advance(op.state(), op.rows(), true)),
        other(
            "training counts no step",
            Advance.class,
            op -> new Advance(op.state(), op.rows(), false)),
        other(
            "the cursor goes on by 16 bits",
            Advance.class,
            op -> new Advance(op.state(), op.rows() & 0xFFFF, op.training())));
  }

  private interface OfElement {
    double value(GatherRows op, int index, double value);
  }

  private static Mutant rows(String name, OfElement f) {
    return after(
        name,
        GatherRows.class,
        (op, cells) -> {
          double[] y = cells.get(op.out());
          change(op.out(), cells, i -> f.value(op, i, y[i]));
        });
  }

  // --- how programs are run ---

  private static List<Mutant> runs() {
    return List.of(
        running("write keeps its source until the next call", () -> new LateWrites(DType.F32)),
        running(
            "write of bytes keeps its source until the next call", () -> new LateWrites(DType.U8)),
        running(
            "write of labels keeps its source until the next call",
            () -> new LateWrites(DType.I32)),
        running("read fills its target again at the next call", LateReads::new),
        running(
            "write begins at the buffer's start",
            () ->
                new Bug() {
                  @Override
                  public void write(HostMemory memory, Tensor tensor, MemorySegment source) {
                    memory.write(
                        new Tensor(
                            tensor.name(), tensor.buffer(), 0, tensor.rows(), tensor.columns()),
                        source);
                  }
                }),
        running(
            "write of a part clears the rest",
            () ->
                new Bug() {
                  @Override
                  public void write(HostMemory memory, Tensor tensor, MemorySegment source) {
                    Tensor whole = tensor.buffer().asRow();
                    memory.write(whole, MemorySegment.ofArray(new byte[(int) whole.bytes()]));
                    memory.write(tensor, source);
                  }
                }),
        running(
            "memory starts at 1",
            () ->
                new Bug() {
                  @Override
                  public HostMemory memory(Program program) {
                    HostMemory memory = new HostMemory("mutant", program);
                    for (Buffer buffer : program.buffers()) {
                      change(buffer.asRow(), new Cells(memory), _ -> 1);
                    }
                    return memory;
                  }
                }),
        running(
            "a step runs once too often",
            () ->
                new Bug() {
                  @Override
                  public int times(int times) {
                    return times + 1;
                  }
                }),
        running(
            "a step runs at most four times",
            () ->
                new Bug() {
                  @Override
                  public int times(int times) {
                    return Math.min(4, times);
                  }
                }),
        running(
            "read gives what it gave before",
            () ->
                new Bug() {
                  private final Map<Tensor, byte[]> copies = new HashMap<>();

                  @Override
                  public void read(HostMemory memory, Tensor tensor, MemorySegment target) {
                    byte[] copy = copies.computeIfAbsent(tensor, t -> bytes(memory, t));
                    target.copyFrom(MemorySegment.ofArray(copy));
                  }
                }));
  }

  private static byte[] bytes(HostMemory memory, Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.bytes()];
    memory.read(tensor, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /// Does what is left of a call when the next one comes.
  private abstract static class Late implements Bug {
    final List<Runnable> late = new ArrayList<>();

    @Override
    public void beforeRun(HostMemory memory) {
      catchUp();
    }

    @Override
    public void write(HostMemory memory, Tensor tensor, MemorySegment source) {
      catchUp();
      memory.write(tensor, source);
    }

    @Override
    public void read(HostMemory memory, Tensor tensor, MemorySegment target) {
      catchUp();
      memory.read(tensor, target);
    }

    private void catchUp() {
      late.forEach(Runnable::run);
      late.clear();
    }
  }

  private static final class LateWrites extends Late {
    private final DType type;

    LateWrites(DType type) {
      this.type = type;
    }

    @Override
    public void write(HostMemory memory, Tensor tensor, MemorySegment source) {
      super.write(memory, tensor, source);
      if (tensor.type() == type) {
        late.add(() -> memory.write(tensor, source));
      }
    }
  }

  private static final class LateReads extends Late {
    @Override
    public void read(HostMemory memory, Tensor tensor, MemorySegment target) {
      super.read(memory, tensor, target);
      late.add(() -> memory.read(tensor, target));
    }
  }
}
