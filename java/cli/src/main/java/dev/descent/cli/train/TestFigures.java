package dev.descent.cli.train;

import dev.descent.Engine;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.Evaluation;
import dev.descent.train.RegressionMetrics;
import dev.descent.train.objective.Loss;
import java.util.List;

/// How a trained model does on the test part of its data, which training never saw: measured once,
/// at the end.
///
/// @param targets the errors of each target in its own unit; empty where there are classes
record TestFigures(Evaluation evaluation, List<RegressionMetrics> targets) {
  static TestFigures of(Engine engine, Model model, Loss loss, DataSet test) {
    return new TestFigures(
        engine.evaluate(model, loss, test),
        test.isClassified() ? List.of() : RegressionMetrics.of(test, engine.predict(model, test)));
  }

  /// `loss 0.1034, accuracy 0.9667 (30 rows)`, or `loss 0.0431, price RMSE 9,012 ...`
  String text() {
    var text = new StringBuilder("loss ").append(Text.figure(evaluation.loss()));
    if (targets.isEmpty()) {
      text.append(", accuracy ").append(Text.figure(evaluation.accuracy()));
    }
    for (RegressionMetrics target : targets) {
      text.append(
          ", %s: RMSE %s, MAE %s, R2 %s"
              .formatted(
                  Visible.value(target.target()),
                  Text.figure(target.rmse()),
                  Text.figure(target.mae()),
                  Text.figure(target.r2())));
    }
    return text.append(" (" + Text.count(evaluation.samples(), "row") + ")").toString();
  }

  /// A record of a log.
  Json.Members record() {
    Json.Builder record =
        Json.object()
            .put("event", "test")
            .put("samples", evaluation.samples())
            .put("loss", evaluation.loss());
    if (targets.isEmpty()) {
      return record.put("accuracy", evaluation.accuracy()).build();
    }
    Json.Builder errors = Json.object();
    for (RegressionMetrics target : targets) {
      errors.put(
          target.target(),
          Json.object()
              .put("mse", target.mse())
              .put("mae", target.mae())
              .put("rmse", target.rmse())
              .put("r2", target.r2())
              .build());
    }
    return record.put("targets", errors.build()).build();
  }
}
