package dev.descent.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The flag that says where pictures go.
final class OutOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      converter = Converters.File.class,
      description = "Where the picture goes. Default: the current folder.")
  private Path folder = Path.of("");

  Path folder() {
    return folder;
  }
}
