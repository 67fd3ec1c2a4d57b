package dev.descent.cli.option;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The flags that say what a model trained on a CSV file is validated on; other tasks have validation
/// data of their own.
public final class ValidationOptions {
  private static final float DEFAULT_SPLIT = 0.2f;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validation",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "For csv: a second file, to validate on.")
  private @Nullable Path file;

  @Option(
      names = "--validation-split",
      paramLabel = "SHARE",
      converter = Converters.Share.class,
      description =
          "For csv: the share of rows kept for validation, chosen at random but always the same; 0"
              + " for none. Default: 0.2.")
  private @Nullable Float split;

  @Nullable Path file() {
    return file;
  }

  float split() {
    return split == null ? DEFAULT_SPLIT : split;
  }

  public void check(TaskOptions task) {
    if (file != null) {
      task.requireCsv("--validation");
    }
    if (split != null) {
      task.requireCsv("--validation-split");
      if (file != null) {
        throw new ParameterException(
            spec.commandLine(), "--validation and --validation-split exclude each other");
      }
    }
  }
}
