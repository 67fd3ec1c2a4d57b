package dev.descent.program;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checks that operations make of their tensors. Each message names both tensors with their
/// shapes.
final class Shapes {
  private Shapes() {}

  static void require(boolean fits, String what, Tensor a, Tensor b) {
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: %s of type %s does not fit %s of type %s".formatted(what, a, a.type(), b, b.type()));
    }
  }

  static void type(DType type, String what, Tensor tensor) {
    if (tensor.type() != type) {
      throw new IllegalArgumentException(
          what + ": " + tensor + " is of type " + tensor.type() + ", not " + type);
    }
  }

  static void floats(String what, Tensor... tensors) {
    for (Tensor tensor : tensors) {
      type(DType.F32, what, tensor);
    }
  }

  static void same(String what, Tensor a, Tensor b) {
    require(a.rows() == b.rows() && a.columns() == b.columns(), what, a, b);
  }

  static void requireDisjoint(String what, Tensor read, Tensor written) {
    require(!read.overlaps(written), what + " would overwrite what it reads", read, written);
  }

  static void requireInPlaceOrDisjoint(String what, Tensor read, Tensor written) {
    if (!read.sameElements(written)) {
      requireDisjoint(what, read, written);
    }
  }

  static void state(String what, Tensor state) {
    type(DType.I32, what, state);
    if (state.size() != StepState.SIZE) {
      throw new IllegalArgumentException(
          what + ": state " + state + " does not have " + StepState.SIZE + " elements");
    }
  }

  static void loss(
      String what,
      Tensor prediction,
      Tensor state,
      Tensor losses,
      @Nullable Tensor gradient,
      @Nullable Tensor weights) {
    floats(what, prediction, losses);
    state(what, state);
    if (gradient != null) {
      floats(what, gradient);
      same(what, prediction, gradient);
      requireInPlaceOrDisjoint(what, prediction, gradient);
    }
    if (weights != null) {
      floats(what, weights);
      require(
          weights.rows() == prediction.rows() && weights.columns() == 1, what, prediction, weights);
      if (gradient != null) {
        requireDisjoint(what, weights, gradient);
      }
    }
  }

  static void update(
      String what,
      Tensor parameters,
      Tensor gradients,
      Tensor rates,
      Tensor state,
      List<Tensor> moments) {
    floats(what, parameters, gradients, rates);
    state(what, state);
    require(parameters.size() == gradients.size(), what, parameters, gradients);
    requireDisjoint(what, gradients, parameters);
    for (Tensor moment : moments) {
      floats(what, moment);
      require(parameters.size() == moment.size(), what, parameters, moment);
      requireDisjoint(what, gradients, moment);
      requireDisjoint(what, moment, parameters);
    }
  }

  /// A matrix and rows of its width.
  static void columns(String what, Tensor matrix, Tensor... rows) {
    floats(what, matrix);
    floats(what, rows);
    for (Tensor row : rows) {
      require(row.rows() == 1 && row.columns() == matrix.columns(), what, matrix, row);
    }
  }

  /// Images before and after: `B P x C` and `B Q x F`, and weights: `T C x F`.
  static void convolution(String what, Tensor x, Tensor w, Tensor out, Window window) {
    floats(what, x, w, out);
    places(what, x, out, window);
    require(w.rows() == window.taps() * x.columns(), what + " over " + window, x, w);
    require(w.columns() == out.columns(), what + " over " + window, w, out);
  }

  /// `B P x C` and `B Q x T C`
  static void unfolding(String what, Tensor folded, Tensor unfolded, Window window) {
    floats(what, folded, unfolded);
    places(what, folded, unfolded, window);
    require(
        unfolded.columns() == window.taps() * folded.columns(),
        what + " over " + window,
        folded,
        unfolded);
  }

  /// `B P x C` and `B Q x C`
  static void pooling(String what, Tensor x, Tensor out, Window window) {
    places(what, x, out, window);
    require(x.columns() == out.columns(), what + " over " + window, x, out);
  }

  private static void places(String what, Tensor x, Tensor out, Window window) {
    long batch = x.rows() / window.positions();
    require(
        x.rows() == batch * window.positions() && out.rows() == batch * window.places(),
        what + " over " + window,
        x,
        out);
  }
}
