package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.internal.format.FreeSpace;
import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import dev.descent.train.ModelCheckpoint;
import dev.descent.train.Monitor;
import dev.descent.train.SaveFrequency;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The checkpoints of a run: its last state, and where checkpoints were asked for that of its best
/// epoch too.
final class Checkpoints {
  /// The most training time that a crash loses in a run with `--save` alone.
  private static final Duration LEAST_TIME = Duration.ofSeconds(5);

  private final Path last;
  private final boolean asked;
  private final ModelCheckpoint lastSaver;
  private final @Nullable Path best;
  private final @Nullable ModelCheckpoint bestSaver;

  /// @param asked whether the user asked for them; else they are of use until the model is saved
  /// @param monitor what tells the best epoch
  private Checkpoints(Path last, boolean asked, SaveFrequency every, Monitor monitor) {
    this.last = last;
    this.asked = asked;
    lastSaver = new ModelCheckpoint(last).saveFreq(every).saveWhenFinished(asked);
    best = asked ? beside(last, "best") : null;
    bestSaver = best == null ? null : new ModelCheckpoint(best).saveBestOnly(true).monitor(monitor);
  }

  /// Those that the flags ask for: with `--checkpoint` at that file; with `--save` alone beside the
  /// model, and not more often than every few seconds.
  ///
  /// @return null if there are none
  static @Nullable Checkpoints of(RunFiles files, Monitor monitor) {
    SaveFrequency every = files.every();
    SaveFrequency frequency = every == null ? SaveFrequency.epochs(1) : every;
    Path asked = files.checkpoint();
    if (asked != null) {
      return new Checkpoints(asked, true, frequency, monitor);
    }
    Path besideModel = files.checkpointBesideModel();
    if (besideModel == null) {
      return null;
    }
    var checkpoints = new Checkpoints(besideModel, false, frequency, monitor);
    if (every == null) {
      checkpoints.lastSaver.notMoreOftenThan(LEAST_TIME);
    }
    return checkpoints;
  }

  /// `run.best.safetensors` for `run.safetensors`.
  static Path beside(Path file, String word) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return file.resolveSibling(
        dot <= 0 ? name + "." + word : name.substring(0, dot) + "." + word + name.substring(dot));
  }

  void addTo(Trainer trainer) {
    trainer.callback(lastSaver);
    if (bestSaver != null) {
      trainer.callback(bestSaver);
    }
  }

  /// Fails if the disk has no room for what the run will write.
  ///
  /// @param save where the model goes, or null
  /// @param withBest whether the parameters of the best epoch are part of a checkpoint
  /// @throws DescentException naming the files and the bytes
  static void requireRoom(
      @Nullable Checkpoints checkpoints,
      @Nullable Path save,
      Model model,
      Optimizer optimizer,
      int epochs,
      boolean withBest) {
    Map<Path, Long> files = new LinkedHashMap<>();
    if (save != null) {
      files.put(save, Checkpoint.modelBytes(model));
    }
    if (checkpoints != null) {
      long bytes = Checkpoint.estimateBytes(model, optimizer, epochs, withBest);
      files.put(checkpoints.last, bytes);
      if (checkpoints.best != null) {
        files.put(checkpoints.best, bytes);
      }
    }
    FreeSpace.require(files);
  }

  /// Where the last state is, if it was written in this run; else null.
  @Nullable Path saved() {
    return lastSaver.saved();
  }

  /// Where the best epoch's state is, if it was written in this run; else null.
  @Nullable Path savedBest() {
    return bestSaver == null ? null : bestSaver.saved();
  }

  /// Why a file could not be written at last, or null if all were.
  @Nullable DescentException failure() {
    DescentException failure = lastSaver.failure();
    return failure != null || bestSaver == null ? failure : bestSaver.failure();
  }

  /// The state at the end, if it could not be written.
  @Nullable Checkpoint unsaved() {
    return lastSaver.unsaved();
  }

  Path file() {
    return last;
  }

  boolean areAsked() {
    return asked;
  }

  /// Removes the last state where it was only kept until the model is saved.
  ///
  /// @param resumed the file that the run went on from, or null
  void removeUnlessAsked(@Nullable Path resumed) {
    boolean ours = lastSaver.saved() != null || last.equals(resumed);
    if (!asked && ours) {
      try {
        Files.deleteIfExists(last);
      } catch (IOException _) {
        // It does no harm.
      }
    }
  }
}
