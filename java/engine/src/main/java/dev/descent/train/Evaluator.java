package dev.descent.train;

import dev.descent.backend.Backend;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import dev.descent.train.program.Pass;
import dev.descent.train.program.TrainingProgram;
import dev.descent.train.program.TrainingProgram.Plan;

/// Runs a model forward: to measure it, or for its outputs. Made by [dev.descent.Engine].
public final class Evaluator {
  private static final int BATCH = 256;

  private final Backend backend;
  private final Model model;

  /// Makes an evaluator.
  ///
  /// @param backend stays the caller's to close
  /// @param model not modified
  public Evaluator(Backend backend, Model model) {
    this.backend = backend;
    this.model = model;
  }

  /// Measures loss and accuracy.
  ///
  /// @param loss what is measured
  /// @param data rows as the model takes them
  /// @return what was measured
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public Evaluation evaluate(Loss loss, DataSet data) {
    try (var program = new TrainingProgram(Plan.evaluation(model, loss, data, BATCH))) {
      program.open(backend);
      Pass pass = program.startValidation();
      while (!pass.isDone()) {
        pass.advance(Integer.MAX_VALUE);
      }
      return new Evaluation(data.size(), pass.loss(), pass.accuracy(), pass.seconds());
    }
  }

  /// The model's outputs for each row of the data: logits where it has no last activation.
  ///
  /// @param data rows as the model takes them
  /// @return `size x outputs`, row-major
  /// @throws IllegalArgumentException if the data's rows do not fit the model
  public float[] predict(DataSet data) {
    try (var program = new TrainingProgram(Plan.prediction(model, data, BATCH))) {
      program.open(backend);
      return program.predict();
    }
  }
}
