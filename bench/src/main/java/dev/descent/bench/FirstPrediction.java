package dev.descent.bench;

import dev.descent.Engine;
import dev.descent.model.Model;
import dev.descent.predict.Predictor;
import dev.descent.program.Activation;
import java.nio.file.Path;

/// Opens a model, predicts once, and prints the milliseconds since the JVM was started.
final class FirstPrediction {
  private FirstPrediction() {}

  /// Runs it.
  ///
  /// @param args the model's file, and the backend and the start in nanoseconds since 1970; without
  ///     the latter two the file is written
  public static void main(String[] args) {
    Path file = Path.of(args[0]);
    if (args.length == 1) {
      Model.sequential(784)
          .dense(512, Activation.RELU)
          .dense(512, Activation.RELU)
          .dense(10)
          .build(1)
          .save(file);
      return;
    }
    Model model = Model.load(file);
    try (Engine engine = Engine.open(args[1]);
        Predictor predictor = engine.predictor(model)) {
      predictor.predict(new float[model.inputs()]);
      System.out.println(Clock.millisSince(Long.parseLong(args[2])));
    }
  }
}
