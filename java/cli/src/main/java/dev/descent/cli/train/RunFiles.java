package dev.descent.cli.train;

import dev.descent.DataException;
import dev.descent.cli.option.Converters;
import dev.descent.cli.shell.RunLog;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import dev.descent.report.CsvLog;
import dev.descent.report.TensorBoardLog;
import dev.descent.train.Checkpoint;
import dev.descent.train.SaveFrequency;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The flags that say what files a training run leaves, and which it goes on from.
final class RunFiles {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--save",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write the trained model, as safetensors.")
  private @Nullable Path save;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "Write a page of HTML: learning curves, mistakes, settings. It is renewed after each"
              + " epoch.")
  private @Nullable Path report;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a JSON object a line: the run, each epoch, the end. Replaces a log.")
  private @Nullable Path log;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a line an epoch, with the columns of Keras' CSVLogger.")
  private @Nullable Path csv;

  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      converter = Converters.File.class,
      description = "Write event files for TensorBoard, named as Keras names them.")
  private @Nullable Path tensorBoard;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "Write the state of the run while it goes on, for --resume, and beside FILE that of the"
              + " best epoch. With --save alone, one beside the model is kept until the model is"
              + " saved.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      converter = EveryConverter.class,
      description = "How often: 500steps, 2epochs or 10min, say. Default: 1epoch.")
  private @Nullable SaveFrequency every;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "Go on with the run that wrote FILE with --checkpoint; epochs are counted from its start."
              + " What is not said of model, batch, optimizer, learning rate, schedule, epochs and"
              + " seed is that run's.")
  private @Nullable Path resume;

  @Option(
      names = {"--force", "--other-data"},
      description = "For --resume: go on although the training data are not that run's.")
  private boolean otherData;

  @Nullable Path resume() {
    return resume;
  }

  boolean otherData() {
    return otherData;
  }

  @Nullable Path save() {
    return save;
  }

  /// Where requested checkpoints go.
  @Nullable Path checkpoint() {
    return checkpoint;
  }

  /// How often, if it was said.
  @Nullable SaveFrequency every() {
    return every;
  }

  /// Where default checkpoints go: beside the model, unless another file is there.
  @Nullable Path checkpointBesideModel() {
    if (save == null || (Files.exists(save) && !Files.isRegularFile(save))) {
      return null;
    }
    Path beside = Checkpoints.beside(save, "checkpoint");
    return Files.notExists(beside) || isCheckpoint(beside) ? beside : null;
  }

  private static boolean isCheckpoint(Path file) {
    try {
      return Checkpoint.load(file).place() != null;
    } catch (DataException _) {
      return false;
    }
  }

  @Nullable Path report() {
    return report;
  }

  @Nullable Path log() {
    return log;
  }

  /// Whether a run has a purpose beside its output.
  boolean any() {
    return !named().isEmpty();
  }

  @Nullable Path csv() {
    return csv;
  }

  @Nullable Path tensorBoard() {
    return tensorBoard;
  }

  private Map<String, Path> named() {
    Map<String, Path> named = new LinkedHashMap<>();
    put(named, "--save", save);
    put(named, "--report", report);
    put(named, "--log", log);
    put(named, "--csv", csv);
    put(named, "--tensorboard", tensorBoard);
    put(named, "--checkpoint", checkpoint);
    if (checkpoint != null) {
      put(named, "the best epoch of --checkpoint", Checkpoints.beside(checkpoint, "best"));
    }
    return named;
  }

  private static void put(Map<String, Path> named, String flag, @Nullable Path file) {
    if (file != null) {
      named.put(flag, file);
    }
  }

  /// Finds what can be found wrong before any work is done.
  void check() {
    Map<Path, String> flags = new LinkedHashMap<>();
    named()
        .forEach((flag, file) -> {
          String other = flags.put(file.toAbsolutePath().normalize(), flag);
          if (other != null) {
            throw new ParameterException(
                spec.commandLine(),
                "%s and %s name the same file, %s".formatted(other, flag, file));
          }
        });
    if (every != null && checkpoint == null && save == null) {
      throw new ParameterException(
          spec.commandLine(), "--every needs --checkpoint FILE or --save FILE");
    }
    if (otherData && resume == null) {
      throw new ParameterException(spec.commandLine(), "--force needs --resume FILE");
    }
    for (Path file : new Path[] {save, checkpoint}) {
      if (file != null) {
        AtomicFile.requireWritable(file);
      }
    }
    if (report != null) {
      AtomicFile.requireWritable(report);
      OwnedFile.requireOurs(report);
    }
    if (log != null) {
      RunLog.requireWritable(log);
    }
    if (csv != null) {
      CsvLog.requireWritable(csv);
    }
    if (tensorBoard != null) {
      TensorBoardLog.requireWritable(tensorBoard, resume != null);
    }
  }

  /// Reads `--every`.
  static final class EveryConverter implements ITypeConverter<SaveFrequency> {
    @Override
    public SaveFrequency convert(String text) {
      try {
        return SaveFrequency.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
