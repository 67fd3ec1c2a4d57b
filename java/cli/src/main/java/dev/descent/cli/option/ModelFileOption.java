package dev.descent.cli.option;

import dev.descent.model.Model;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The flag that names a trained model.
public final class ModelFileOption {
  @Option(
      names = "--model",
      paramLabel = "FILE",
      required = true,
      converter = Converters.File.class,
      description = "A model that `descent train --save FILE` wrote.")
  private @Nullable Path file;

  /// Reads the model.
  ///
  /// @throws dev.descent.DataException if the file is missing or malformed
  public Model load() {
    if (file == null) {
      throw new IllegalStateException("no model; picocli requires one");
    }
    Model model = Model.load(file);
    ModelFacts.check(file, model);
    return model;
  }
}
