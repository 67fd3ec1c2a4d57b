package dev.descent.cli.compare;

import dev.descent.DescentException;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.shell.RunLog;
import dev.descent.cli.shell.Version;
import dev.descent.internal.format.Json;
import dev.descent.report.Measurement;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The log of a comparison, if requested: `run`, an `epoch` of each backend as it comes, a
/// `result` for each backend and setting, `lacking` for those that could not run, `end`.
final class ComparisonLog {
  private final @Nullable RunLog log;

  private ComparisonLog(@Nullable RunLog log) {
    this.log = log;
  }

  /// @param file null for no log
  static ComparisonLog begin(
      @Nullable Path file, Task task, TrainingOptions training, List<String> backends) {
    if (file == null) {
      return new ComparisonLog(null);
    }
    Json.Members run =
        Json.object()
            .put("event", "run")
            .put("command", "compare")
            .put("task", task.toString())
            .put("backends", new Json.Array(backends.stream().map(Json::of).toList()))
            .put("epochs", training.epochs(task))
            .put("optimizer", training.optimizer().name())
            .put("learningRate", training.optimizer().learningRate())
            .put("loss", training.loss().name())
            .put("seed", training.seed())
            .put("descent", Version.descent())
            .put("java", Version.java())
            .build();
    return new ComparisonLog(RunLog.begin(file, run));
  }

  /// The epoch that a contender has just finished.
  void epoch(Comparison.Setting setting, Contender contender) {
    append(
        RunLog.figures(
            of("epoch", setting).put("backend", contender.backend()),
            contender.epochs().getLast()));
  }

  void results(Comparison.Setting setting, List<Measurement> measurements) {
    for (Measurement m : measurements) {
      double[] seconds = m.seconds();
      append(
          of("result", setting)
              .put("backend", m.name())
              .put("device", m.device())
              .put("secondsPerEpoch", m.medianSeconds())
              .put("leastSeconds", seconds[0])
              .put("mostSeconds", seconds[seconds.length - 1])
              .put("samplesPerSecond", m.samplesPerSecond())
              .put("secondsPerStep", m.secondsPerStep())
              .put("startSeconds", m.startSeconds())
              .put("deviceBytes", m.deviceBytes())
              .put("accuracy", m.accuracy())
              .put("speed", measurements.getFirst().medianSeconds() / m.medianSeconds()));
    }
  }

  /// Whether curves agree, where the faster device changes.
  void remark(String text) {
    append(Json.object().put("event", "remark").put("text", text));
  }

  private static Json.Builder of(String event, Comparison.Setting setting) {
    return Json.object()
        .put("event", event)
        .put("batch", setting.batch())
        .put("hidden", setting.hidden().toString());
  }

  /// @param lacking what could not run, and why
  void end(Map<String, String> lacking, String status, int exit) {
    lacking.forEach((backend, reason) ->
        append(
            Json.object().put("event", "lacking").put("backend", backend).put("reason", reason)));
    append(Json.object().put("event", "end").put("status", status).put("exit", exit));
  }

  private void append(Json.Builder record) {
    if (log != null) {
      log.append(record.build());
    }
  }

  /// @throws DescentException if the log is not complete
  void requireComplete() {
    DescentException failure = log == null ? null : log.failure();
    if (failure != null) {
      throw failure;
    }
  }
}
