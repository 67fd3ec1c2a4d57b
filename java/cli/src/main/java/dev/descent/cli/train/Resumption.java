package dev.descent.cli.train;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.OptimizerName;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A run to resume.
///
/// @param file where it was saved
/// @param otherData whether it may go on with other training data
record Resumption(Path file, Checkpoint checkpoint, boolean otherData) {
  /// Reads it.
  ///
  /// @param otherData whether it may go on with other training data
  /// @throws dev.descent.DataException if the file is missing or malformed, or holds no such run
  static Resumption load(Path file, boolean otherData) {
    Checkpoint read = read(file);
    ModelFacts.check(file, read.model());
    String optimizer = read.origin().optimizer();
    try {
      OptimizerName.numbers(optimizer);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": optimizer is " + Visible.value(optimizer), e);
    }
    return new Resumption(file, read, otherData);
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
  /// @return what to train on from: the checkpoint, without a checksum where data may differ and do
  Resumption check(
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
          String.format(
              Locale.ROOT,
              "--resume %s: that run had %,d samples of %,d values; here are %,d of %,d",
              file,
              origin.samples(),
              checkpoint.model().inputs(),
              data.size(),
              data.features()));
    }
    requireSame(spec, "a batch of " + origin.batch(), "a batch of " + training.batch());
    requireSame(spec, "seed " + origin.seed(), "seed " + training.seed());
    Checkpoint.Origin wanted =
        Checkpoint.Origin.of(
            training.optimizer(),
            training.batch(),
            data,
            true,
            training.augmentation(),
            training.seed());
    requireSame(spec, "the optimizer " + origin.optimizer(), "the optimizer " + wanted.optimizer());
    requireSame(
        spec,
        "the augmentation " + origin.augmentation(),
        "the augmentation " + wanted.augmentation());
    Loss loss = ModelFacts.loss(checkpoint.model());
    requireSame(spec, "the loss " + loss.name(), "the loss " + training.loss().name());
    requireSame(
        spec,
        weights(ModelFacts.classWeights(checkpoint.model())),
        weights(training.classWeights()));
    requireLayers(spec, model);
    String different = origin.dataDifference(wanted);
    if (!different.isEmpty() && !otherData) {
      throw new DescentException(
          ("--resume %s: that run had other training data of the same size: the %s differ; --force"
                  + " goes on all the same")
              .formatted(file, different));
    }
    int done = checkpoint.epochs().size();
    int begun = done + (checkpoint.tally().step() > 0 ? 1 : 0);
    if (training.epochs(task) < begun || (training.epochs(task) == done && !save)) {
      throw new ParameterException(
          spec.commandLine(),
          String.format(
              Locale.ROOT,
              "--resume %s: that run has %d epochs already; say --epochs with more, counted from its"
                  + " start",
              file,
              done));
    }
    return different.isEmpty() ? this : new Resumption(file, checkpoint.forOtherData(), true);
  }

  /// The model with the layers frozen that were.
  ///
  /// @param model of the same layers; not modified
  Model frozen(Model model) {
    return model.freeze(checkpoint.model().frozen().toArray(String[]::new));
  }

  private static String weights(String text) {
    return text.isEmpty() ? "no class weights" : "class weights " + Visible.value(text);
  }

  private void requireLayers(CommandSpec spec, Model model) {
    String theirs = "the layers " + checkpoint.model().layers();
    String ours = "the layers " + model.layers();
    if (!theirs.equals(ours)
        && ModelOptions.SHAPING.stream()
            .noneMatch(spec.commandLine().getParseResult()::hasMatchedOption)) {
      throw new DataException(
          "%s: that run's model has %s; for these data it would have %s"
              .formatted(file, Visible.value(theirs), ours));
    }
    requireSame(spec, theirs, ours);
  }

  private void requireSame(CommandSpec spec, String theirs, String ours) {
    if (!theirs.equals(ours)) {
      throw new ParameterException(
          spec.commandLine(), "--resume %s: that run had %s, not %s".formatted(file, theirs, ours));
    }
  }

  /// `from model.safetensors, after 3 epochs and 120 of 469 steps; from here on learning rate 0.01
  /// instead of 0.001`
  String describe(TrainingOptions training) {
    History.Stop place = checkpoint.place();
    String epochs = Text.count(place.epochs(), "epoch");
    String steps =
        place.step() == 0
            ? ""
            : String.format(Locale.ROOT, " and %d of %d steps", place.step(), place.steps());
    List<String> changes = new ArrayList<>();
    change(
        changes,
        "learning rate",
        Float.toString(checkpoint.learningRate()),
        Float.toString(training.optimizer().learningRate()));
    change(changes, "schedule", ModelFacts.schedule(checkpoint.model()), training.schedule());
    String different = changes.isEmpty() ? "" : "; from here on " + String.join(", ", changes);
    String forced =
        checkpoint.origin().data().isEmpty() && otherData
            ? "; warning: the training data are not that run's"
            : "";
    return "from %s, after %s%s%s%s".formatted(file, epochs, steps, different, forced);
  }

  private static void change(List<String> changes, String what, String theirs, String ours) {
    if (!theirs.equals(ours)) {
      changes.add("%s %s instead of %s".formatted(what, ours, theirs));
    }
  }
}
