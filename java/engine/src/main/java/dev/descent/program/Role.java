package dev.descent.program;

/// What a [Buffer] is for. A backend may choose where and in what layout a buffer lies by its role;
/// reading and writing through an executable always speaks the plain row-major form.
public enum Role {
  /// What training changes and a file keeps.
  PARAMETERS,
  /// The loss's derivative by each parameter; same layout as the parameters.
  GRADIENTS,
  /// Optimizer state, kept between steps; starts at zero.
  OPTIMIZER_STATE,
  /// Values that live within one step. Their content between steps is undefined.
  ACTIVATIONS,
  /// Samples, labels and targets: written by the host, only read by a step.
  DATA,
  /// Row order, learning rates and the step state: small, written by the host each epoch.
  STATE,
  /// Losses and counts, one slot a step: written by a step, read by the host.
  METRICS
}
