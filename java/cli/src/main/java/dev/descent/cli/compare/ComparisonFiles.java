package dev.descent.cli.compare;

import dev.descent.cli.option.Converters;
import dev.descent.cli.shell.RunLog;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The flags that say what files a comparison leaves.
final class ComparisonFiles {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a page of HTML: tables, bars, learning curves, settings.")
  private @Nullable Path report;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a JSON object a line: each epoch, each result, the end. Replaces a log.")
  private @Nullable Path log;

  @Nullable Path report() {
    return report;
  }

  @Nullable Path log() {
    return log;
  }

  /// Finds what can be found wrong before any work is done.
  void check() {
    if (report != null && log != null && report.toAbsolutePath().equals(log.toAbsolutePath())) {
      throw new ParameterException(
          spec.commandLine(), "--report and --log name the same file, " + report);
    }
    if (report != null) {
      AtomicFile.requireWritable(report);
      OwnedFile.requireOurs(report);
    }
    if (log != null) {
      RunLog.requireWritable(log);
    }
  }
}
