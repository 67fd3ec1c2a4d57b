package dev.descent.contract;

import dev.descent.program.Activation;
import dev.descent.program.Add;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Operations that follow each other as in training, which a backend may do as one. Their inputs
/// are whole numbers, so that products are exact, in bfloat16 too, and many results are just 0.
interface ChainContract extends OperationTests {
  /// The inner size of products, small so that whole numbers stay exact.
  int K = 9;

  /// A dense layer: product, bias and activation.
  ///
  /// @param activation of the layer
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void dense(Activation activation) {
    dense(activation, 1, 17, true);
    dense(activation, 33, 130, true);
    dense(activation, 70, 65, false);
  }

  private void dense(Activation activation, int rows, int columns, boolean finite) {
    var c = new OperationCase("MatMul, AddBias, " + activation + ", finite: " + finite);
    float[] values = whole(rows * K);
    float[] shifts = whole(columns);
    if (!finite) {
      values[inputs().nextInt(values.length)] = Float.NaN;
      shifts[inputs().nextInt(columns)] = Float.NEGATIVE_INFINITY;
    }
    Tensor x = c.input("x", rows, K, values);
    Tensor w = c.input("w", K, columns, whole(K * columns));
    Tensor bias = c.input("bias", 1, columns, shifts);
    Tensor out = c.output("out", rows, columns, new Bound(3e-7, 32 * Bound.ROUNDOFF, 0));
    c.add(new MatMul(x, false, w, false, out));
    c.add(new AddBias(out, bias, out));
    check(c.add(new Activate(activation, out, out)));
  }

  /// The derivative by a layer's inputs, through the activation before it.
  ///
  /// @param activation of the layer
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void denseBackward(Activation activation) {
    for (int rows : new int[] {1, 70}) {
      for (int columns : new int[] {17, 130}) {
        var c = new OperationCase("MatMul, " + activation + " backward");
        float[] saved = whole(rows * columns);
        float[] slopes = whole(rows * K);
        if (inputs().nextBoolean()) {
          slopes[inputs().nextInt(slopes.length)] = Float.NaN;
        }
        Tensor dOut = c.input("dOut", rows, K, slopes);
        Tensor w = c.input("w", columns, K, whole(K * columns));
        Tensor s = c.input("saved", rows, columns, saved);
        Tensor dX = c.output("dX", rows, columns, new Bound(2e-5, 64 * Bound.ROUNDOFF, 0));
        c.add(new MatMul(dOut, false, w, true, dX));
        check(c.add(new ActivateBackward(activation, s, dX, dX)));
      }
    }
  }

  /// The derivative by a layer's inputs, to which that of a residual path is added.
  @Test
  default void denseBackwardAndAdd() {
    for (int rows : new int[] {1, 2, 70}) {
      for (int columns : new int[] {1, 17, 130}) {
        var c = new OperationCase("MatMul, Add");
        Tensor dOut = c.input("dOut", rows, K, whole(rows * K));
        Tensor w = c.input("w", columns, K, whole(K * columns));
        Tensor past = c.input("past", rows, columns, whole(rows * columns));
        Tensor dX = c.output("dX", rows, columns, Bound.ELEMENT);
        c.add(new MatMul(dOut, false, w, true, dX));
        check(c.add(new Add(dX, past, dX)));
      }
    }
  }

  /// The gradients of a layer and their updates; a gradient can be read after them.
  ///
  /// @param columns of the result
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 130})
  default void gradientsAndTheirUpdates(int columns) {
    for (int rows : new int[] {33, 2049}) {
      for (boolean adam : new boolean[] {false, true}) {
        var c = new OperationCase("gradients and their updates, Adam: " + adam);
        Tensor x = c.input("x", rows, K, whole(rows * K));
        Tensor dOut = c.input("dOut", rows, columns, whole(rows * columns));
        Tensor rates = c.input("rates", 4, 1, inputs().uniform(4, 0.001f, 0.1f));
        Tensor state = c.state(0, inputs().nextInt(4), 5);
        Tensor dW = c.output("dW", K, columns, Bound.ELEMENT);
        Tensor dBias = c.output("dBias", 1, columns, Bound.ELEMENT);
        c.add(new MatMul(x, true, dOut, false, dW));
        c.add(new SumRows(dOut, dBias));
        update(c, "w", dW, rates, state, adam);
        update(c, "bias", dBias, rates, state, adam);
        check(c);
      }
    }
  }

  private void update(
      OperationCase c, String name, Tensor gradients, Tensor rates, Tensor state, boolean adam) {
    Bound bound = new Bound(2e-6, 32 * Bound.ROUNDOFF, 0);
    long rows = gradients.rows();
    long columns = gradients.columns();
    Tensor p = c.input(name, rows, columns, inputs().uniform(rows * columns, -1, 1));
    c.compared(p, bound);
    if (adam) {
      Tensor m = c.input(name + ".m", rows, columns, inputs().uniform(rows * columns, -1, 1));
      Tensor v = c.input(name + ".v", rows, columns, inputs().uniform(rows * columns, 0.1f, 1));
      c.compared(m, bound);
      c.compared(v, bound);
      c.add(new AdamUpdate(p, gradients, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0.1f));
    } else {
      c.add(new SgdUpdate(p, gradients, rates, state));
    }
  }

  /// What is right is counted before the loss's derivative overwrites the scores.
  ///
  /// @param columns of the result
  @ParameterizedTest
  @ValueSource(ints = {1, 10, 33, 1100})
  default void accuracyAndLoss(int columns) {
    for (int rows : new int[] {1, 129}) {
      for (boolean inPlace : new boolean[] {false, true}) {
        var c = new OperationCase("Accuracy, SoftmaxCrossEntropy, in place: " + inPlace);
        float[] scores = whole(rows * columns);
        if (inputs().nextBoolean()) {
          scores[inputs().nextInt(scores.length)] = Float.NaN;
        }
        Tensor z = c.input("scores", rows, columns, scores);
        Tensor t = c.input("targets", rows, 1, inputs().indices(rows, columns));
        Tensor state = c.state(0, inputs().nextInt(4), 5);
        Tensor correct = OperationTests.countSlots(c);
        Tensor losses = OperationTests.lossSlots(c);
        Tensor gradient =
            inPlace
                ? c.compared(z, LossContract.GRADIENT)
                : c.output("gradient", rows, columns, LossContract.GRADIENT);
        c.add(new Accuracy(z, t, state, correct));
        check(c.add(new SoftmaxCrossEntropy(z, t, state, losses, gradient)));
      }
    }
  }
}
