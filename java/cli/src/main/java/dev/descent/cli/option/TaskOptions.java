package dev.descent.cli.option;

import dev.descent.data.Preparation;
import dev.descent.data.read.CsvOptions;
import dev.descent.internal.format.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The task, and the flags that say where its data are.
public final class TaskOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "TASK",
      description =
          "digits (drawn by the program), mnist, fashion, asl, csv:FILE (a row a sample), idx:DIR"
              + " (files named like MNIST's, EMNIST's or QMNIST's), images:DIR (a folder of"
              + " pictures for each class), npz:FILE or npy:DIR (arrays x_train, y_train, x_test,"
              + " y_test).")
  private String argument = "";

  private @Nullable Task task;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      converter = Converters.File.class,
      description =
          "Where data sets lie: DIR/mnist/... Default: DESCENT_DATA, else the user's cache folder.")
  private @Nullable Path data;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description =
          "For csv: the column with the label, by name or by number from 0; -1 is the last."
              + " Default:"
              + " the one called label, else the only one with texts, else the first.")
  private @Nullable String label;

  @Option(
      names = "--target",
      paramLabel = "COLUMNS",
      split = ",",
      description = "For csv: columns of numbers to predict, instead of a label, commas between.")
  private List<String> targets = List.of();

  @Mixin private FormatOptions format = new FormatOptions();
  @Mixin private PreparationOptions preparing = new PreparationOptions();

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "Take only the first N samples (N for training and N for validation).")
  private int limit = Integer.MAX_VALUE;

  /// The task.
  ///
  /// @throws ParameterException if it is none
  public Task task() {
    if (task == null) {
      try {
        task = Task.parse(argument);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            spec.commandLine(),
            "TASK %s: %s".formatted(Visible.value(argument), e.getMessage()),
            e);
      }
    }
    return task;
  }

  /// The model's file that is named instead of a task; null for a task.
  public @Nullable Path file() {
    boolean word =
        Stream.of(Task.Kind.values())
            .anyMatch(kind -> kind.word().equals(argument.split(":", 2)[0]));
    Path file = word ? null : new Converters.File().convert(argument);
    return file != null && Files.isRegularFile(file) && beginsAsModel(file) ? file : null;
  }

  /// Whether a file has the brace of safetensors behind the length of the header.
  private static boolean beginsAsModel(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(Long.BYTES + 1);
      return start.length > Long.BYTES && start[Long.BYTES] == '{';
    } catch (IOException _) {
      // Reading it as a model tells why it can't be read.
      return true;
    }
  }

  @Nullable Path data() {
    return data;
  }

  PreparationOptions preparing() {
    return preparing;
  }

  /// Leaves the numbers of a table as they stand, unless it is said to standardize them.
  public void asTheyStand() {
    preparing.asTheyStand();
  }

  /// How a table is read, by the flags.
  CsvOptions csv() {
    CsvOptions options = format.apply(preparing.apply(CsvOptions.defaults()), task());
    if (label != null) {
      return options.withLabelColumn(label);
    }
    return targets.isEmpty() ? options : options.withTargets(targets);
  }

  /// Whether it is all of a published data set: so much that a start is worth preparing while it is
  /// read.
  public boolean isLarge() {
    return task().published().isPresent() && limit == Integer.MAX_VALUE;
  }

  int limit() {
    return limit;
  }

  /// Refuses flags that the task has no use for.
  public void check() {
    requireCsv("--label");
    requireCsv("--target");
    if (label != null && !targets.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--label and --target exclude each other");
    }
    format.check(spec, task());
    preparing.check(spec, task());
  }

  /// Refuses flags that contradict what a model keeps of the data that it was trained on.
  ///
  /// @param task the kind of those data, as [Task.Kind#word]; empty if it is not known
  void check(Preparation known, String task) {
    preparing.check(spec, known, task);
  }

  /// Refuses a flag unless the task may have no validation data of its own.
  void requireSplit(String flag) {
    if (!List.of(Task.Kind.CSV, Task.Kind.NPZ, Task.Kind.NPY, Task.Kind.IMAGES)
        .contains(task().kind())) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is for csv:FILE, npz:FILE, npy:DIR and images:DIR only; the task is %s"
              .formatted(flag, task()));
    }
  }

  /// Refuses a flag that was typed unless the task is `csv:`.
  void requireCsv(String flag) {
    Task.Kind.CSV.require(spec, flag, task());
  }
}
