package dev.descent.program;

/// An activation function, applied to each element, but for [#SOFTMAX], which works on a row.
public enum Activation {
  /// y = x
  LINEAR,
  /// y = max(0, x)
  RELU,
  /// y = x for x > 0, else [#LEAK] x
  LEAKY_RELU,
  /// y = 1 / (1 + e^-x)
  SIGMOID,
  /// y = tanh x
  TANH,
  /// y = x Phi(x), Phi the standard normal distribution function (Hendrycks and Gimpel 2016), the
  /// exact form, not the tanh approximation
  GELU,
  /// y_j = e^x_j / sum_k e^x_k, over each row
  SOFTMAX;

  /// The slope of [#LEAKY_RELU] below zero.
  public static final float LEAK = 0.01f;

  /// {@return whether the derivative is computed from the result y (true) or from the argument x
  /// (false)} The saved tensor of an [ElementwiseOperation.ActivateBackward] is y or x accordingly,
  /// and an activation whose derivative comes from y can be applied in place.
  public boolean derivativeFromResult() {
    return this != GELU;
  }
}
