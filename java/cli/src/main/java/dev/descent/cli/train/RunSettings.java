package dev.descent.cli.train;

import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.Version;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Json;
import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.Metric;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All that a run was asked to do, for its log.
///
/// @param start the file whose weights it begins with, or null
record RunSettings(
    TaskOptions task,
    DeviceOptions device,
    ModelOptions shape,
    @Nullable Path start,
    TrainingOptions training,
    ValidationOptions validation) {

  /// The first record of a log.
  ///
  /// @param from what the run goes on from, or null
  Json.Members record(Engine engine, TaskData data, Model model, @Nullable Checkpoint from) {
    DeviceInfo on = engine.device();
    return Json.object()
        .put("event", "run")
        .put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("backend", on.backend())
        .put("device", on.device())
        .put("driver", on.driver())
        .put("deviceMemoryBytes", on.memoryBytes())
        .put("deviceDetail", on.detail())
        .put(
            "versions",
            Json.object().put("descent", Version.descent()).put("java", Version.java()).build())
        .put("task", task.task().toString())
        .put(
            "data",
            Json.object()
                .put("train", data(data.train()))
                .put("validation", data(data.validation()))
                .put("test", data(data.test()))
                .build())
        .put("model", model(model))
        .put("settings", settings())
        .put("seed", training.seed())
        .put("resumed", from == null ? Json.Null.NULL : place(from.place()))
        .build();
  }

  private static Json place(History.Stop place) {
    return Json.object().put("epochs", place.epochs()).put("step", place.step()).build();
  }

  private static Json data(@Nullable DataSet data) {
    if (data == null) {
      return Json.Null.NULL;
    }
    return Json.object()
        .put("name", data.name())
        .put("samples", data.size())
        .put("features", data.features())
        .put("classes", data.outputs())
        .build();
  }

  private static Json model(Model model) {
    Json.Builder record =
        Json.object()
            .put("inputs", model.inputs())
            .put("outputs", model.outputs())
            .put("parameters", model.parameterCount());
    if (!model.frozen().isEmpty()) {
      record.put("frozen", List.copyOf(model.frozen()));
    }
    return record.build();
  }

  private Json settings() {
    Optimizer optimizer = training.optimizer();
    Json.Builder settings = Json.object();
    if (shape.network() != null) {
      settings.put("network", shape.network());
    }
    if (start != null) {
      settings.put("from", start.toString());
    }
    return settings
        .put("epochs", training.epochs(task.task()))
        .put("batch", training.batch())
        .put("optimizer", optimizer.name())
        .put("learningRate", optimizer.learningRate())
        .put("schedule", training.schedule())
        .put("loss", training.loss().name())
        .put("hidden", Json.ofLongs(shape.hidden().stream().map(Integer::longValue).toList()))
        .put("activation", Converters.word(shape.activation()))
        .put("initializer", Converters.word(shape.initializer(shape.activation())))
        .put("dropout", shape.dropout())
        .put("split", validation.text().isEmpty() ? null : validation.text())
        .put("classWeights", training.classWeights().isEmpty() ? null : training.classWeights())
        .put(
            "augmentation",
            training.augmentation().isNone() ? null : training.augmentation().toString())
        .put("metrics", training.metrics().stream().map(Metric::name).toList())
        .put("earlyStopping", whole(training.earlyStopping()))
        .put("reduceLr", whole(training.reduceRate()))
        .put("threads", device.options().threads())
        .put("precision", Converters.word(device.options().precision()))
        .put("matmul", Converters.word(device.options().matMul()))
        .build();
  }

  private static Json whole(@Nullable Integer value) {
    return value == null ? Json.Null.NULL : Json.of((long) value);
  }

  int epochs() {
    return training.epochs(task.task());
  }
}
