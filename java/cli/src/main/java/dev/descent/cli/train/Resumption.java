package dev.descent.cli.train;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.OptimizerName;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.model.Dense;
import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A run to resume.
///
/// @param file where it was saved
record Resumption(Path file, Checkpoint checkpoint) {
  /// The flags that say of what layers a model is.
  private static final List<String> SHAPING =
      List.of("--hidden", "--activation", "--dropout", "--initializer");

  /// Reads it.
  ///
  /// @param otherData whether it may go on with other training data
  /// @throws dev.descent.DataException if the file is missing or malformed, or holds no such run
  static Resumption load(Path file, boolean otherData) {
    Checkpoint read = read(file);
    ModelFacts.check(file, read.model());
    String optimizer = read.origin().optimizer();
    if (read.model().layers().stream().noneMatch(Dense.class::isInstance)) {
      throw new DataException(file + ": a model without dense layers is none that train makes");
    }
    try {
      OptimizerName.numbers(optimizer);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": optimizer is " + Visible.value(optimizer), e);
    }
    return new Resumption(file, otherData ? read.forOtherData() : read);
  }

  private static Checkpoint read(Path file) {
    try {
      return Checkpoint.load(file);
    } catch (DataException e) {
      Path beside = Checkpoints.beside(file, "checkpoint");
      if (Files.exists(file) && Files.exists(beside)) {
        throw new DataException(e.getMessage() + "; the state of its run is in " + beside, e);
      }
      throw e;
    }
  }

  /// Refuses flags and data with which the run can't go on.
  ///
  /// @param model as the flags describe it
  /// @param save whether the model is saved, which a finished run can still do
  void check(
      CommandSpec spec,
      Task task,
      DataSet data,
      Model model,
      TrainingOptions training,
      boolean save) {
    Checkpoint.Origin origin = checkpoint.origin();
    String kind = ModelFacts.task(checkpoint.model());
    if (!kind.isEmpty() && !kind.equals(task.kind().word())) {
      throw new DescentException(
          "--resume %s: that run learned %s, not %s".formatted(file, kind, task.kind().word()));
    }
    if (data.size() != origin.samples() || data.features() != checkpoint.model().inputs()) {
      throw new DescentException(
          "--resume %s: that run had %,d samples of %,d values; here are %,d of %,d"
              .formatted(
                  file,
                  origin.samples(),
                  checkpoint.model().inputs(),
                  data.size(),
                  data.features()));
    }
    requireSame(spec, "a batch of " + origin.batch(), "a batch of " + training.batch());
    requireSame(spec, "seed " + origin.seed(), "seed " + training.seed());
    Checkpoint.Origin wanted =
        Checkpoint.Origin.of(training.optimizer(), training.batch(), data, true, training.seed());
    requireSame(spec, "the optimizer " + origin.optimizer(), "the optimizer " + wanted.optimizer());
    Loss loss = ModelFacts.loss(checkpoint.model());
    requireSame(spec, "the loss " + loss.name(), "the loss " + training.loss().name());
    requireLayers(spec, model);
    if (!origin.data().isEmpty() && !origin.data().equals(wanted.data())) {
      throw new DescentException(
          ("--resume %s: that run had other training data of the same size; --other-data goes on"
                  + " all the same")
              .formatted(file));
    }
    int done = checkpoint.epochs().size();
    int begun = done + (checkpoint.tally().step() > 0 ? 1 : 0);
    if (training.epochs(task) < begun || (training.epochs(task) == done && !save)) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume %s: that run has %d epochs already; say --epochs with more, counted from its start"
              .formatted(file, done));
    }
  }

  private void requireLayers(CommandSpec spec, Model model) {
    String theirs = "the layers " + checkpoint.model().layers();
    String ours = "the layers " + model.layers();
    if (!theirs.equals(ours)
        && SHAPING.stream().noneMatch(spec.commandLine().getParseResult()::hasMatchedOption)) {
      throw new DataException(
          file + ": a model of " + Visible.value(theirs) + " is none that train makes");
    }
    requireSame(spec, theirs, ours);
  }

  private void requireSame(CommandSpec spec, String theirs, String ours) {
    if (!theirs.equals(ours)) {
      throw new ParameterException(
          spec.commandLine(), "--resume %s: that run had %s, not %s".formatted(file, theirs, ours));
    }
  }

  /// `from model.safetensors, after 3 epochs and 120 of 469 steps; from here on learning rate 0.01 instead of
  /// 0.001`
  String describe(TrainingOptions training) {
    History.Stop place = checkpoint.place();
    String epochs = place.epochs() == 1 ? "1 epoch" : place.epochs() + " epochs";
    String steps =
        place.step() == 0 ? "" : " and %d of %d steps".formatted(place.step(), place.steps());
    List<String> changes = new ArrayList<>();
    change(
        changes,
        "learning rate",
        Float.toString(checkpoint.learningRate()),
        Float.toString(training.optimizer().learningRate()));
    change(changes, "schedule", ModelFacts.schedule(checkpoint.model()), training.schedule());
    String different = changes.isEmpty() ? "" : "; from here on " + String.join(", ", changes);
    return "from %s, after %s%s%s".formatted(file, epochs, steps, different);
  }

  private static void change(List<String> changes, String what, String theirs, String ours) {
    if (!theirs.equals(ours)) {
      changes.add("%s %s instead of %s".formatted(what, ours, theirs));
    }
  }
}
