package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import dev.descent.model.Architecture;
import dev.descent.model.Dense;
import dev.descent.model.KnownModel;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// What `--model` says: a network by name, or layers, written out or in a file.
///
/// @param text as it was written; of a file what it holds
/// @param known the network by name; null where layers are written
/// @param layers the layers; null where there is a name
public record NetworkOption(
    String text, @Nullable KnownModel known, @Nullable Architecture layers) {
  static final String EXAMPLE =
      "conv 32 3x3 same relu, pool 2, batchnorm, dropout 0.2, flatten, dense 512 relu";

  /// Longer than any file of layers.
  private static final long MOST_BYTES = 1 << 20;

  /// Reads layers from the command line.
  ///
  /// @param text layers, or the name of a file that holds them as JSON or as a text
  /// @throws IllegalArgumentException saying what is wrong
  /// @throws DataException if the file can't be read, or is no JSON
  public static Architecture layers(String text) {
    return Architecture.parse(isFile(text) ? read(Path.of(text)) : text);
  }

  private static boolean isFile(String text) {
    return text.endsWith(".json") || (text.matches("[^,()\\s]+") && Files.exists(Path.of(text)));
  }

  private static String read(Path file) {
    try {
      if (RegularFile.require(file) > MOST_BYTES) {
        throw new DataException(file + ": too large for a model's layers");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new DataException(
          file + ": can't be read as layers of a model: " + AtomicFile.reason(e), e);
    }
  }

  /// Makes the model for a data set. Behind layers that do not end in a layer of outputs comes one.
  ///
  /// @throws IllegalArgumentException if they do not fit together, saying why
  public Model build(DataSet data, Loss loss, long seed) {
    int outputs = loss.outputs(data);
    if (known != null) {
      requireFeatures(known.input(), data);
      return known.build(outputs, seed);
    }
    Architecture wanted = Objects.requireNonNull(layers);
    Shape image = wanted.input().orElseGet(() -> shape(data));
    requireFeatures(image, data);
    try {
      return build(image, wanted, outputs, loss, seed);
    } catch (IllegalArgumentException e) {
      Shape row = Shape.row(data.features());
      if (wanted.input().isEmpty() && !image.isRow()) {
        try {
          return build(row, wanted, outputs, loss, seed);
        } catch (IllegalArgumentException _) {
          // As images they are what they look like.
        }
      }
      throw e;
    }
  }

  private static void requireFeatures(Shape input, DataSet data) {
    if (data.features() != input.size()) {
      throw new IllegalArgumentException(
          Text.format(
              "takes %s of %s; %s has rows of %s",
              input.isRow() ? "rows" : "images",
              input,
              data.name(),
              Text.count(data.features(), "value")));
    }
  }

  /// The shape of a sample: an image where the data are some.
  private static Shape shape(DataSet data) {
    Preparation.Picture picture = data.preparation().map(Preparation::picture).orElse(null);
    if (picture != null) {
      return new Shape(picture.height(), picture.width(), picture.channels());
    }
    return data.imageWidth() == 0
        ? Shape.row(data.features())
        : new Shape(data.imageHeight(), data.imageWidth(), 1);
  }

  private static Model build(Shape input, Architecture wanted, int outputs, Loss loss, long seed) {
    Shape end = wanted.output(input);
    Model.Builder builder = Model.sequential(input);
    wanted.layers().forEach(builder::layer);
    Layer last = wanted.layers().getLast();
    if (last instanceof Dense dense && dense.activation() == Activation.LINEAR) {
      if (dense.units() != outputs) {
        throw new IllegalArgumentException(
            Text.format(
                "ends in %s; the data have %s: leave it out, and the last layer is added",
                last.describe(), Text.count(outputs, "output")));
      }
      return builder.build(seed);
    }
    if (last.activation() != Activation.LINEAR && last.activation() == loss.contained()) {
      return builder.build(seed);
    }
    return (end.isRow() ? builder : builder.flatten()).dense(outputs).build(seed);
  }

  /// Reads it from the command line.
  public static final class Converter implements ITypeConverter<NetworkOption> {
    @Override
    public NetworkOption convert(String text) {
      for (KnownModel known : KnownModel.values()) {
        if (known.word().equals(text)) {
          return new NetworkOption(text, known, null);
        }
      }
      try {
        Architecture layers = layers(text);
        return new NetworkOption(layers.toString(), null, layers);
      } catch (IllegalArgumentException | DataException e) {
        throw new TypeConversionException(
            text.matches("[\\w-]*") ? noSuchModel() : String.valueOf(e.getMessage()));
      }
    }

    private static String noSuchModel() {
      return "no such model; there are "
          + Stream.of(KnownModel.values()).map(KnownModel::word).collect(Collectors.joining(", "))
          + "; layers are written as "
          + EXAMPLE;
    }
  }
}
