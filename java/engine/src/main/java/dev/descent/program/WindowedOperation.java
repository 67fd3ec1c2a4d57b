package dev.descent.program;

import dev.descent.program.ProductOperation.MatMul;
import java.util.List;

/// Operations on the neighbourhoods of the positions of images: convolution and pooling.
///
/// `P` are a [Window]'s positions, `Q` its places and `T` its taps, `C` and `F` channels. A tap
/// outside the image has no element: it adds nothing, and is not among those of which a maximum or
/// a mean is taken.
public sealed interface WindowedOperation extends Operation {
  /// {@return how the kernel moves}
  Window window();

  /// {@return the images of the batch, B}
  default int images() {
    return (int)
        switch (this) {
          case Conv2d op -> op.x.rows() / op.window.positions();
          case Conv2dBackwardInput op -> op.dX.rows() / op.window.positions();
          case Conv2dBackwardWeights op -> op.x.rows() / op.window.positions();
          case Unfold op -> op.x.rows() / op.window.positions();
          case Fold op -> op.out.rows() / op.window.positions();
          case MaxPool op -> op.x.rows() / op.window.positions();
          case MaxPoolBackward op -> op.dX.rows() / op.window.positions();
          case AveragePool op -> op.x.rows() / op.window.positions();
          case AveragePoolBackward op -> op.dX.rows() / op.window.positions();
        };
  }

  /// Convolution: `out[b, q, f] = sum_t,c x[b, position(q, t), c] w[t, c, f]`.
  ///
  /// @param x `B P x C`
  /// @param w `T C x F`, the row of tap t and channel c being `t * C + c`
  /// @param out `B Q x F`
  /// @param window how the kernel moves
  record Conv2d(Tensor x, Tensor w, Tensor out, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Conv2d {
      Shapes.convolution("Conv2d", x, w, out, window);
      Shapes.requireDisjoint("Conv2d", x, out);
      Shapes.requireDisjoint("Conv2d", w, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, w);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      Tensor unfolded = scratch.allocate("unfolded", out.rows(), w.rows());
      return List.of(new Unfold(x, unfolded, window), new MatMul(unfolded, false, w, false, out));
    }
  }

  /// The derivative of [Conv2d] by its input: `dX[b, p, c] = sum_f, t, q: position(q, t) = p
  /// dOut[b, q, f] w[t, c, f]`.
  ///
  /// @param dOut `B Q x F`
  /// @param w `T C x F`
  /// @param dX `B P x C`
  /// @param window how the kernel moves
  record Conv2dBackwardInput(Tensor dOut, Tensor w, Tensor dX, Window window)
      implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Conv2dBackwardInput {
      Shapes.convolution("Conv2dBackwardInput", dX, w, dOut, window);
      Shapes.requireDisjoint("Conv2dBackwardInput", dOut, dX);
      Shapes.requireDisjoint("Conv2dBackwardInput", w, dX);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(dOut, w);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dX);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      Tensor unfolded = scratch.allocate("unfolded", dOut.rows(), w.rows());
      return List.of(new MatMul(dOut, false, w, true, unfolded), new Fold(unfolded, dX, window));
    }
  }

  /// The derivative of [Conv2d] by its weights: `dW[t, c, f] = sum_b, q x[b, position(q, t), c]
  /// dOut[b, q, f]`.
  ///
  /// @param x `B P x C`
  /// @param dOut `B Q x F`
  /// @param dW `T C x F`
  /// @param window how the kernel moves
  record Conv2dBackwardWeights(Tensor x, Tensor dOut, Tensor dW, Window window)
      implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Conv2dBackwardWeights {
      Shapes.convolution("Conv2dBackwardWeights", x, dW, dOut, window);
      Shapes.requireDisjoint("Conv2dBackwardWeights", x, dW);
      Shapes.requireDisjoint("Conv2dBackwardWeights", dOut, dW);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dW);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      Tensor unfolded = scratch.allocate("unfolded", dOut.rows(), dW.rows());
      return List.of(new Unfold(x, unfolded, window), new MatMul(unfolded, true, dOut, false, dW));
    }
  }

  /// A row for each place of the kernel, with the elements that it is over: `out[b, q, t * C + c] =
  /// x[b, position(q, t), c]`, and 0 outside the image.
  ///
  /// @param x `B P x C`
  /// @param out `B Q x T C`
  /// @param window how the kernel moves
  record Unfold(Tensor x, Tensor out, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Unfold {
      Shapes.unfolding("Unfold", x, out, window);
      Shapes.requireDisjoint("Unfold", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// The reverse of [Unfold], the sum of what belongs to an element: `out[b, p, c] = sum_t, q:
  /// position(q, t) = p x[b, q, t * C + c]`.
  ///
  /// @param x `B Q x T C`
  /// @param out `B P x C`
  /// @param window how the kernel moves
  record Fold(Tensor x, Tensor out, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Fold {
      Shapes.unfolding("Fold", out, x, window);
      Shapes.requireDisjoint("Fold", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `out[b, q, c] = max_t x[b, position(q, t), c]`, NaN if one is NaN.
  ///
  /// @param x `B P x C`
  /// @param out `B Q x C`
  /// @param taps I32, `B Q x C`: the tap t of the maximum, the first of equal ones, or of the first
  ///     NaN
  /// @param window how the kernel moves
  record MaxPool(Tensor x, Tensor out, Tensor taps, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public MaxPool {
      Shapes.floats("MaxPool", x, out);
      Shapes.type(DType.I32, "MaxPool", taps);
      Shapes.pooling("MaxPool", x, out, window);
      Shapes.same("MaxPool", out, taps);
      Shapes.requireDisjoint("MaxPool", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out, taps);
    }
  }

  /// `dX[b, p, c] = sum_q: position(q, taps[b, q, c]) = p dOut[b, q, c]`
  ///
  /// @param dOut `B Q x C`
  /// @param taps I32, `B Q x C`, as [MaxPool] wrote them
  /// @param dX `B P x C`
  /// @param window how the kernel moves
  record MaxPoolBackward(Tensor dOut, Tensor taps, Tensor dX, Window window)
      implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public MaxPoolBackward {
      Shapes.floats("MaxPoolBackward", dOut, dX);
      Shapes.type(DType.I32, "MaxPoolBackward", taps);
      Shapes.pooling("MaxPoolBackward", dX, dOut, window);
      Shapes.same("MaxPoolBackward", dOut, taps);
      Shapes.requireDisjoint("MaxPoolBackward", dOut, dX);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(dOut, taps);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dX);
    }
  }

  /// `out[b, q, c] = mean_t x[b, position(q, t), c]`, over the taps inside the image.
  ///
  /// @param x `B P x C`
  /// @param out `B Q x C`
  /// @param window how the kernel moves
  record AveragePool(Tensor x, Tensor out, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public AveragePool {
      Shapes.floats("AveragePool", x, out);
      Shapes.pooling("AveragePool", x, out, window);
      Shapes.requireDisjoint("AveragePool", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `dX[b, p, c] = sum_t, q: position(q, t) = p dOut[b, q, c] / n(q)`, n being the number of the
  /// place's taps inside the image.
  ///
  /// @param dOut `B Q x C`
  /// @param dX `B P x C`
  /// @param window how the kernel moves
  record AveragePoolBackward(Tensor dOut, Tensor dX, Window window) implements WindowedOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public AveragePoolBackward {
      Shapes.floats("AveragePoolBackward", dOut, dX);
      Shapes.pooling("AveragePoolBackward", dX, dOut, window);
      Shapes.requireDisjoint("AveragePoolBackward", dOut, dX);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dX);
    }
  }
}
