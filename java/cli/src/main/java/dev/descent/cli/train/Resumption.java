package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.Loss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// A run that shall be resumed.
///
/// @param file where it was saved
record Resumption(Path file, Checkpoint checkpoint) {
  /// Reads it.
  ///
  /// @throws dev.descent.DataException if the file is missing or malformed, or holds no such run
  static Resumption load(Path file) {
    return new Resumption(file, Checkpoint.load(file));
  }

  /// Refuses flags and data with which the run can't go on.
  ///
  /// @param model as the flags describe it
  void check(CommandSpec spec, Task task, DataSet data, Model model, TrainingOptions training) {
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
    requireSame(spec, "the layers " + checkpoint.model().layers(), "the layers " + model.layers());
    int done = checkpoint.epochs().size();
    if (training.epochs(task) <= done) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume %s: that run has %d epochs already; say --epochs with more, counted from its start"
              .formatted(file, done));
    }
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
