package dev.descent.cli.option;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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
      converter = Task.Converter.class,
      description =
          "digits (drawn by the program), mnist, fashion, asl, csv:FILE (a row a sample) or idx:DIR"
              + " (files named like MNIST's).")
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
          "For csv: the column with the label, by name or by number from 0. Default: the one called"
              + " label, else the first.")
  private @Nullable String label;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "Take only the first N samples (N for training and N for validation).")
  private int limit = Integer.MAX_VALUE;

  public Task task() {
    if (task == null) {
      throw new IllegalStateException("no task; picocli requires one");
    }
    return task;
  }

  @Nullable Path data() {
    return data;
  }

  @Nullable String label() {
    return label;
  }

  int limit() {
    return limit;
  }

  /// Refuses flags that the task has no use for.
  public void check() {
    if (label != null) {
      requireCsv("--label");
    }
  }

  /// Refuses a flag unless the task is `csv:`.
  void requireCsv(String flag) {
    if (task().kind() != Task.Kind.CSV) {
      throw new ParameterException(
          spec.commandLine(), "%s is for csv:FILE only; the task is %s".formatted(flag, task()));
    }
  }
}
