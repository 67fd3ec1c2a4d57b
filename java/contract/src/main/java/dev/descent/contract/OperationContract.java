package dev.descent.contract;

import dev.descent.program.Activation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each operation agrees with the reference.
public abstract class OperationContract extends BackendContract {
  /// Other inputs each time.
  protected OperationContract() {
    super(Inputs.fresh());
  }

  /// The unit roundoff of what a product's operands are rounded to; 0 where they are not rounded.
  protected double operandRoundoff() {
    return 0;
  }

  private static final Bound LOSS = new Bound(1e-6, 2e-6, 0);
  private static final Bound GRADIENT = new Bound(2e-7, 4e-6, 0);

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 17, 33, 65, 129})
  void matMulOfOddSizes(int m) {
    for (int n : ODD_SIZES) {
      for (int k : ODD_SIZES) {
        matMulInAllTranspositions(m, n, k);
      }
    }
  }

  @Test
  void matMulOfTheSizesOfTraining() {
    matMulInAllTranspositions(128, 512, 784);
    matMulInAllTranspositions(32, 10, 512);
    matMulInAllTranspositions(784, 512, 96);
  }

  @Test
  void matMulOfRandomSizes() {
    for (int i = 0; i < 60; i++) {
      matMulInAllTranspositions(
          inputs.nextInt(1, 100), inputs.nextInt(1, 150), inputs.nextInt(1, 300));
    }
  }

  private void matMulInAllTranspositions(int m, int n, int k) {
    for (int t = 0; t < 4; t++) {
      boolean transposeA = (t & 1) != 0;
      boolean transposeB = (t & 2) != 0;
      matMul(m, n, k, transposeA, transposeB);
    }
  }

  private void matMul(int m, int n, int k, boolean transposeA, boolean transposeB) {
    var name = "MatMul %d x %d x %d, transposed %s %s".formatted(m, n, k, transposeA, transposeB);
    float[] a = inputs.floats((long) m * k);
    float[] b = inputs.floats((long) k * n);
    var c = new OperationCase(name);
    Tensor left = transposeA ? c.input("a", k, m, a) : c.input("a", m, k, a);
    Tensor right = transposeB ? c.input("b", n, k, b) : c.input("b", k, n, b);
    Tensor out = c.output("out", m, n, Bound.sum(k, operandRoundoff()));
    c.scale(out, magnitudes(a, b, m, n, k, transposeA, transposeB));
    check(c.add(new MatMul(left, transposeA, right, transposeB, out)));
  }

  /// What the product would be if no terms cancelled.
  private static float[] magnitudes(
      float[] a, float[] b, int m, int n, int k, boolean transposeA, boolean transposeB) {
    float[] magnitudes = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        float left = Math.abs(a[transposeA ? p * m + i : i * k + p]);
        for (int j = 0; j < n; j++) {
          magnitudes[i * n + j] += left * Math.abs(b[transposeB ? j * k + p : p * n + j]);
        }
      }
    }
    return magnitudes;
  }

  @Test
  void addBias() {
    forOddShapes((rows, columns) -> {
      var apart = new OperationCase("AddBias");
      Tensor x = apart.input("x", rows, columns, inputs.floats((long) rows * columns));
      Tensor bias = apart.input("bias", 1, columns, inputs.floats(columns));
      Tensor out = apart.output("out", rows, columns, Bound.ELEMENT);
      check(apart.add(new AddBias(x, bias, out)));

      var inPlace = new OperationCase("AddBias in place");
      x = inPlace.input("x", rows, columns, inputs.floats((long) rows * columns));
      bias = inPlace.input("bias", 1, columns, inputs.floats(columns));
      inPlace.compared(x, Bound.ELEMENT);
      check(inPlace.add(new AddBias(x, bias, x)));
    });
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activate(Activation activation) {
    Bound bound = bound(activation);
    forOddShapes((rows, columns) -> {
      var apart = new OperationCase(activation.toString());
      Tensor x = apart.input("x", rows, columns, inputs.floats((long) rows * columns));
      Tensor out = apart.output("out", rows, columns, bound);
      check(apart.add(new Activate(activation, x, out)));

      var inPlace = new OperationCase(activation + " in place");
      x = inPlace.input("x", rows, columns, inputs.floats((long) rows * columns));
      inPlace.compared(x, bound);
      check(inPlace.add(new Activate(activation, x, x)));
    });
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activateAtTheEnds(Activation activation) {
    float[] ends = {0, -0f, 1e-30f, -1e-30f, 5, -5, 20, -20, 88, -88, 1e4f, -1e4f, 3e38f, -3e38f};
    var c = new OperationCase(activation + " at the ends");
    Tensor x = c.input("x", ends.length, 1, ends);
    Tensor out = c.output("out", ends.length, 1, bound(activation));
    check(c.add(new Activate(activation, x, out)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"LINEAR", "RELU", "LEAKY_RELU", "SIGMOID", "TANH", "GELU"})
  void notANumberStaysOne(Activation activation) {
    var c = new OperationCase(activation + " of NaN");
    Tensor x = c.input("x", 1, 3, new float[] {1, Float.NaN, -1});
    Tensor out = c.output("out", 1, 3, bound(activation));
    check(c.add(new Activate(activation, x, out)));
  }

  private static Bound bound(Activation activation) {
    return switch (activation) {
      case LINEAR, RELU, LEAKY_RELU -> Bound.ELEMENT;
      // Far tails lose relative precision in float32, however computed.
      case SIGMOID, TANH, GELU, SOFTMAX -> new Bound(3e-7, 32 * Bound.ROUNDOFF, 0);
    };
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activateBackward(Activation activation) {
    Bound bound = new Bound(2e-6, 64 * Bound.ROUNDOFF, 0);
    forOddShapes((rows, columns) -> {
      for (boolean inPlace : new boolean[] {false, true}) {
        var c = new OperationCase(activation + " backward, in place: " + inPlace);
        long size = (long) rows * columns;
        float[] saved =
            activation.derivativeFromResult()
                ? inputs.uniform(size, -0.99f, 0.99f)
                : inputs.floats(size);
        Tensor s = c.input("saved", rows, columns, saved);
        Tensor dOut = c.input("dOut", rows, columns, inputs.uniform(size, -1, 1));
        Tensor dX = inPlace ? c.compared(dOut, bound) : c.output("dX", rows, columns, bound);
        check(c.add(new ActivateBackward(activation, s, dOut, dX)));
      }
    });
  }

  @Test
  void gatherRows() {
    forOddShapes((rows, columns) -> {
      int available = rows + inputs.nextInt(0, 20);
      int cursor = available - rows;
      long size = (long) available * columns;
      Object[] sources = {inputs.bytes(size), inputs.floats(size)};
      for (Object source : sources) {
        var c = new OperationCase("GatherRows of " + source.getClass().getSimpleName());
        Tensor from = c.input("source", available, columns, source);
        Tensor order = c.input("order", available, 1, inputs.permutation(available));
        Tensor out = c.output("out", rows, columns, Bound.ELEMENT);
        check(c.add(new GatherRows(from, order, c.state(cursor, 3, 5), out, 1 / 255f)));
      }
      var c = new OperationCase("GatherRows of labels");
      Tensor from = c.input("source", available, 1, inputs.ints(available, 1 << 30));
      Tensor order = c.input("order", available, 1, inputs.permutation(available));
      Tensor out = c.intOutput("out", rows, 1);
      check(c.add(new GatherRows(from, order, c.state(cursor, 3, 5), out, 1)));
    });
  }

  @Test
  void dropoutDrawsThePublishedRandomNumbers() {
    forOddShapes((rows, columns) -> {
      for (float rate : new float[] {0, 0.1f, 0.5f, 0.999f}) {
        var c = new OperationCase("Dropout " + rate);
        Tensor x = c.input("x", rows, columns, inputs.floats((long) rows * columns));
        Tensor out = c.output("out", rows, columns, Bound.ELEMENT);
        Tensor state = c.state(0, 0, inputs.nextInt(0, 1 << 30));
        int stream = inputs.nextInt(0, 100);
        long seed = ((long) inputs.nextInt(0, 1 << 30) << 32) | inputs.nextInt(0, 1 << 30);
        check(c.add(new Dropout(x, state, out, rate, stream, seed)));
      }
    });
  }

  @Test
  void softmaxCrossEntropy() {
    forOddShapes((rows, columns) -> {
      for (float magnitude : new float[] {1, 30, 1e4f}) {
        float[] logits = inputs.floats((long) rows * columns);
        for (int i = 0; i < logits.length; i++) {
          logits[i] = Math.clamp(logits[i], -1, 1) * magnitude;
        }
        softmaxCrossEntropy(rows, columns, logits, true);
      }
      softmaxCrossEntropy(rows, columns, inputs.floats((long) rows * columns), false);
    });
  }

  private void softmaxCrossEntropy(int rows, int columns, float[] logits, boolean withGradient) {
    int[] labels = inputs.ints(rows, columns);
    var c = new OperationCase("SoftmaxCrossEntropy, gradient: " + withGradient);
    Tensor z = c.input("logits", rows, columns, logits);
    Tensor t = c.input("labels", rows, 1, labels);
    Tensor losses = lossSlots(c);
    Tensor gradient = withGradient ? c.output("gradient", rows, columns, GRADIENT) : null;
    check(c.add(new SoftmaxCrossEntropy(z, t, c.state(0, 2, 9), losses, gradient)));

    var inPlace = new OperationCase("SoftmaxCrossEntropy in place");
    z = inPlace.input("logits", rows, columns, logits);
    t = inPlace.input("labels", rows, 1, labels);
    losses = lossSlots(inPlace);
    inPlace.compared(z, GRADIENT);
    check(inPlace.add(new SoftmaxCrossEntropy(z, t, inPlace.state(0, 2, 9), losses, z)));
  }

  /// Of four slots the third is written; the others keep what they have.
  private static Tensor lossSlots(OperationCase c) {
    return c.compared(c.input("losses", 4, 1, new float[] {-1, -2, -3, -4}), LOSS);
  }

  @Test
  void binaryCrossEntropyAndMeanSquaredError() {
    forOddShapes((rows, columns) -> {
      long size = (long) rows * columns;
      for (boolean withGradient : new boolean[] {true, false}) {
        var binary = new OperationCase("BinaryCrossEntropy, gradient: " + withGradient);
        Tensor z = binary.input("logits", rows, columns, inputs.floats(size));
        Tensor t = binary.input("targets", rows, columns, inputs.uniform(size, 0, 1));
        Tensor losses = lossSlots(binary);
        Tensor g = withGradient ? binary.output("gradient", rows, columns, GRADIENT) : null;
        check(binary.add(new BinaryCrossEntropy(z, t, binary.state(0, 2, 9), losses, g)));

        var squared = new OperationCase("MeanSquaredError, gradient: " + withGradient);
        Tensor p = squared.input("prediction", rows, columns, inputs.floats(size));
        t = squared.input("targets", rows, columns, inputs.floats(size));
        losses = lossSlots(squared);
        g = withGradient ? squared.output("gradient", rows, columns, GRADIENT) : null;
        check(squared.add(new MeanSquaredError(p, t, squared.state(0, 2, 9), losses, g)));
      }
    });
  }

  @Test
  void binaryCrossEntropyOfHugeLogitsIsFinite() {
    var c = new OperationCase("BinaryCrossEntropy of huge logits");
    Tensor z = c.input("logits", 4, 1, new float[] {1e4f, -1e4f, 1e4f, -1e4f});
    Tensor t = c.input("targets", 4, 1, new float[] {1, 1, 0, 0});
    Tensor losses = lossSlots(c);
    Tensor gradient = c.output("gradient", 4, 1, GRADIENT);
    check(c.add(new BinaryCrossEntropy(z, t, c.state(0, 2, 0), losses, gradient)));
  }

  @Test
  void accuracy() {
    forOddShapes((rows, columns) -> {
      // Few distinct scores, so that some are equal: the first of them counts.
      float[] scores = new float[rows * columns];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = inputs.nextInt(-2, 3);
      }
      var classes = new OperationCase("Accuracy of classes");
      Tensor s = classes.input("scores", rows, columns, scores);
      Tensor t = classes.input("targets", rows, 1, inputs.ints(rows, columns));
      Tensor correct = countSlots(classes);
      check(classes.add(new Accuracy(s, t, classes.state(0, 1, 0), correct)));

      var answers = new OperationCase("Accuracy of yes-or-no answers");
      s = answers.input("scores", rows, columns, scores);
      float[] targets = inputs.uniform((long) rows * columns, 0, 1);
      t = answers.input("targets", rows, columns, targets);
      correct = countSlots(answers);
      check(answers.add(new Accuracy(s, t, answers.state(0, 1, 0), correct)));
    });
  }

  @Test
  void accuracyOfNotANumber() {
    var c = new OperationCase("Accuracy of NaN");
    float nan = Float.NaN;
    Tensor s = c.input("scores", 3, 3, new float[] {nan, 1, 2, nan, nan, nan, 3, nan, 1});
    Tensor t = c.input("targets", 3, 1, new int[] {2, 1, 0});
    check(c.add(new Accuracy(s, t, c.state(0, 1, 0), countSlots(c))));
  }

  private static Tensor countSlots(OperationCase c) {
    return c.compared(c.input("correct", 3, 1, new int[] {-1, -2, -3}), Bound.EXACT);
  }

  @Test
  void sums() {
    forOddShapes((rows, columns) -> {
      float[] x = inputs.floats((long) rows * columns);
      float[] rowScale = new float[columns];
      for (int i = 0; i < x.length; i++) {
        rowScale[i % columns] += Math.abs(x[i]);
      }
      var c = new OperationCase("SumRows");
      Tensor out = c.output("out", 1, columns, Bound.sum(rows));
      c.scale(out, rowScale);
      check(c.add(new SumRows(c.input("x", rows, columns, x), out)));
    });
  }

  @Test
  void advance() {
    for (boolean training : new boolean[] {true, false}) {
      var c = new OperationCase("Advance, training: " + training);
      Tensor state = c.compared(c.state(17, 4, 99), Bound.EXACT);
      check(c.add(new Advance(state, 33, training)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 33, 129, 5003})
  void updates(int size) {
    for (int step : new int[] {0, 1, 1000, 1_000_000}) {
      for (int kind = 0; kind < 7; kind++) {
        update(size, step, kind);
      }
    }
  }

  private void update(int size, int step, int kind) {
    var c = new OperationCase("update " + kind + " of " + size + " at step " + step);
    // Parameters of about 1 change by about the learning rate: their rounding bounds the error.
    Bound bound = new Bound(2e-7, 16 * Bound.ROUNDOFF, 0);
    Tensor p = c.compared(c.input("p", 1, size, inputs.uniform(size, -1, 1)), bound);
    Tensor g = c.input("g", 1, size, inputs.uniform(size, -1, 1));
    Tensor m = c.input("m", 1, size, inputs.uniform(size, -1, 1));
    Tensor v = c.input("v", 1, size, inputs.uniform(size, 0.01f, 1));
    Tensor rates = c.input("rates", 5, 1, inputs.uniform(5, 0.001f, 0.1f));
    Tensor state = c.state(0, 3, step);
    c.compared(m, bound);
    c.compared(v, bound);
    check(
        c.add(
            switch (kind) {
              case 0 -> new SgdUpdate(p, g, rates, state);
              case 1 -> new MomentumUpdate(p, g, m, rates, state, 0.9f, false);
              case 2 -> new MomentumUpdate(p, g, m, rates, state, 0.9f, true);
              case 3 -> new AdagradUpdate(p, g, v, rates, state, 1e-10f);
              case 4 -> new RmsPropUpdate(p, g, v, rates, state, 0.99f, 1e-8f);
              case 5 -> new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0);
              default -> new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0.1f);
            }));
  }

  private void forOddShapes(Shape shape) {
    for (int rows : ODD_SIZES) {
      for (int columns : ODD_SIZES) {
        shape.check(rows, columns);
      }
    }
    shape.check(inputs.nextInt(1, 300), inputs.nextInt(1, 300));
  }

  private interface Shape {
    void check(int rows, int columns);
  }
}
