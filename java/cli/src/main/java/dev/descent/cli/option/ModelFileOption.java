package dev.descent.cli.option;

import dev.descent.DataException;
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

  /// Where the model is; null where none was named.
  public @Nullable Path file() {
    return file;
  }

  /// Reads the model.
  ///
  /// @throws DataException if the file is missing or malformed, or one of the model's numbers is
  ///     NaN or infinite, as then its answers are too
  public Model load() {
    if (file == null) {
      throw new IllegalStateException("no model; picocli requires one");
    }
    return load(file);
  }

  /// Reads a trained model.
  ///
  /// @throws DataException as [#load()]
  static Model load(Path file) {
    Model model = Model.load(file);
    ModelFacts.check(file, model);
    model
        .firstNonFinite()
        .ifPresent(number -> {
          throw new DataException(
              "%s: %s: the model can't answer; train it anew, with a lower learning rate"
                  .formatted(file, number));
        });
    return model;
  }
}
