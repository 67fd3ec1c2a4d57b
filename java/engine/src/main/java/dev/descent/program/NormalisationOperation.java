package dev.descent.program;

import java.util.List;

/// The parts of batch normalisation (Ioffe and Szegedy 2015), of each column of a matrix by itself.
///
/// `d[j] = 1 / sqrt(variance[j] + epsilon)`. All tensors but x, dOut and results of their shape are
/// `1 x N`.
public sealed interface NormalisationOperation extends Operation {
  /// `mean[j] = sum_i x[i, j] / B`, `variance[j] = sum_i (x[i, j] - mean[j])^2 / B`, and of each
  /// the running value: `running = momentum running + (1 - momentum) value`.
  ///
  /// @param x `B x N`
  /// @param mean `1 x N`; written
  /// @param variance `1 x N`; written
  /// @param runningMean read and written
  /// @param runningVariance read and written
  /// @param momentum the share of a running value that stays
  record BatchStatistics(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor runningMean,
      Tensor runningVariance,
      float momentum)
      implements NormalisationOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public BatchStatistics {
      Shapes.columns("BatchStatistics", x, mean, variance, runningMean, runningVariance);
      for (Tensor out : List.of(mean, variance, runningMean, runningVariance)) {
        Shapes.requireDisjoint("BatchStatistics", x, out);
      }
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, runningMean, runningVariance);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(mean, variance, runningMean, runningVariance);
    }
  }

  /// `out[i, j] = scale[j] (x[i, j] - mean[j]) d[j] + shift[j]`; may work in place.
  ///
  /// @param x `B x N`
  /// @param mean `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param variance `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param scale `1 x N`
  /// @param shift `1 x N`
  /// @param out `B x N`
  /// @param epsilon added to the variance
  record Normalise(
      Tensor x, Tensor mean, Tensor variance, Tensor scale, Tensor shift, Tensor out, float epsilon)
      implements NormalisationOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Normalise {
      Shapes.columns("Normalise", x, mean, variance, scale, shift);
      Shapes.floats("Normalise", out);
      Shapes.same("Normalise", x, out);
      Shapes.requireInPlaceOrDisjoint("Normalise", x, out);
      for (Tensor in : List.of(mean, variance, scale, shift)) {
        Shapes.requireDisjoint("Normalise", in, out);
      }
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, mean, variance, scale, shift);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// The derivatives of [Normalise] by scale and shift: `dScale[j] = sum_i dOut[i, j] (x[i, j] -
  /// mean[j]) d[j]`, `dShift[j] = sum_i dOut[i, j]`.
  ///
  /// @param x `B x N`
  /// @param mean `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param variance `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param dOut `B x N`
  /// @param dScale `1 x N`; written
  /// @param dShift `1 x N`; written
  /// @param epsilon added to the variance
  record NormaliseBackwardWeights(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor dOut,
      Tensor dScale,
      Tensor dShift,
      float epsilon)
      implements NormalisationOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public NormaliseBackwardWeights {
      Shapes.columns("NormaliseBackwardWeights", x, mean, variance, dScale, dShift);
      Shapes.floats("NormaliseBackwardWeights", dOut);
      Shapes.same("NormaliseBackwardWeights", x, dOut);
      for (Tensor in : List.of(x, mean, variance, dOut)) {
        Shapes.requireDisjoint("NormaliseBackwardWeights", in, dScale);
        Shapes.requireDisjoint("NormaliseBackwardWeights", in, dShift);
      }
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, mean, variance, dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dScale, dShift);
    }
  }

  /// The derivative of [Normalise] by x, of which mean and variance are the [BatchStatistics]:
  /// `dX[i, j] = scale[j] d[j] (dOut[i, j] - dShift[j] / B - (x[i, j] - mean[j]) d[j] dScale[j] /
  /// B)`; may work in place on dOut.
  ///
  /// @param x `B x N`
  /// @param mean `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param variance `1 x N`, as [BatchStatistics] wrote it, or the running one
  /// @param scale `1 x N`
  /// @param dScale as [NormaliseBackwardWeights] wrote it
  /// @param dShift as [NormaliseBackwardWeights] wrote it
  /// @param dOut `B x N`
  /// @param dX `B x N`
  /// @param epsilon added to the variance
  record NormaliseBackward(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor scale,
      Tensor dScale,
      Tensor dShift,
      Tensor dOut,
      Tensor dX,
      float epsilon)
      implements NormalisationOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public NormaliseBackward {
      Shapes.columns("NormaliseBackward", x, mean, variance, scale, dScale, dShift);
      Shapes.floats("NormaliseBackward", dOut, dX);
      Shapes.same("NormaliseBackward", x, dOut);
      Shapes.same("NormaliseBackward", dOut, dX);
      Shapes.requireInPlaceOrDisjoint("NormaliseBackward", dOut, dX);
      for (Tensor in : List.of(x, mean, variance, scale, dScale, dShift)) {
        Shapes.requireDisjoint("NormaliseBackward", in, dX);
      }
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, mean, variance, scale, dScale, dShift, dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dX);
    }
  }
}
