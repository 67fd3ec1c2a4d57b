package dev.descent.cli.inspect;

import dev.descent.cli.image.Grey;
import dev.descent.cli.image.Images;
import dev.descent.cli.option.ModelFacts;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Brings pictures into the form that a model was trained on.
final class Pictures {
  private static final int MIDDLE_GREY = 127;

  private final int width;
  private final int height;
  private final boolean digits;
  private final @Nullable Boolean invert;
  private final @Nullable Boolean centre;

  /// A picture as the model takes it.
  ///
  /// @param file where it came from
  /// @param pixels row-major
  /// @param inverted whether the negative was taken
  /// @param centred whether it was centred
  record Picture(Path file, byte[] pixels, boolean inverted, boolean centred) {
    /// What was done to it, for the line that tells the answer.
    String treatment() {
      if (inverted) {
        return centred ? " [inverted, centred]" : " [inverted]";
      }
      return centred ? " [centred]" : "";
    }
  }

  /// @param invert whether to take negatives; null to decide by the model and the picture
  /// @param centre whether to centre; null to decide by the model
  /// @throws dev.descent.DataException if the model does not take images
  Pictures(Model model, @Nullable Boolean invert, @Nullable Boolean centre) {
    this.width = ModelFacts.imageWidth(model);
    this.height = model.inputs() / width;
    this.digits = ModelFacts.seesCentredDigits(model);
    this.invert = invert;
    this.centre = centre;
  }

  /// Reads a picture.
  ///
  /// @throws dev.descent.DataException if it is missing or malformed, or there is nothing to centre
  Picture read(Path file) {
    Grey picture = Images.read(file);
    String name = file.toString();
    boolean centred = centre == null ? digits : centre;
    boolean inverted = invert == null ? digits && hasBrightBorder(name, picture) : invert;
    return new Picture(
        file, picture.fitted(name, width, height, inverted, centred), inverted, centred);
  }

  /// Pictures that were read, as a data set with one class.
  DataSet dataSet(List<Picture> pictures) {
    int size = width * height;
    byte[] pixels = new byte[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).pixels(), 0, pixels, i * size, size);
    }
    return DataSet.images(
        "pictures", pixels, width, height, new int[pictures.size()], List.of("unknown"));
  }

  private boolean hasBrightBorder(String name, Grey picture) {
    byte[] pixels = picture.fitted(name, width, height, false, false);
    long sum = 0;
    int count = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (y == 0 || x == 0 || y == height - 1 || x == width - 1) {
          sum += pixels[y * width + x] & 0xFF;
          count++;
        }
      }
    }
    return sum > (long) count * MIDDLE_GREY;
  }
}
