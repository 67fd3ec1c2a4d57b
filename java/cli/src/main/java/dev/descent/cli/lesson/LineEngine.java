package dev.descent.cli.lesson;

/// The engine's own training run on the lesson's line, so that the page can show it beside the
/// numbers computed by hand.
public interface LineEngine {
  /// What ran, for the page: `cpu backend`, say.
  String name();

  /// Trains `y = m x + b` with plain gradient descent on the lesson's points: from
  /// [LineLesson#START], one batch with both points, mean squared error.
  ///
  /// @param rate the learning rate
  /// @param steps how many updates
  /// @return the line after the last of them
  Line train(double rate, int steps);
}
