package dev.descent.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The flag that says where pictures and pages go.
public final class OutOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      converter = Converters.File.class,
      description = "The folder for the picture or the page. Default: the current folder.")
  private Path folder = Path.of("");

  public Path folder() {
    return folder;
  }
}
