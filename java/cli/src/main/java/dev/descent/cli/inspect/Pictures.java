package dev.descent.cli.inspect;

import dev.descent.cli.image.Grey;
import dev.descent.cli.image.Images;
import dev.descent.cli.image.PictureFolder;
import dev.descent.cli.option.ModelFacts;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Brings pictures into the form that a model was trained on.
final class Pictures {
  private static final int COLOURS = 3;

  private final int width;
  private final int height;
  private final int channels;
  private final boolean digits;
  private final @Nullable Boolean invert;
  private final @Nullable Boolean centre;

  /// A picture as the model takes it.
  ///
  /// @param file where it came from
  /// @param width in pixels
  /// @param height in pixels
  /// @param pixels `height x width x channels`, row-major
  /// @param inverted whether the negative was taken
  /// @param centred whether it was centred
  record Picture(
      Path file, int width, int height, byte[] pixels, boolean inverted, boolean centred) {
    /// A byte a pixel: of colours the mean.
    byte[] grey() {
      int channels = pixels.length / (width * height);
      byte[] grey = new byte[width * height];
      for (int i = 0; i < grey.length; i++) {
        int sum = 0;
        for (int c = 0; c < channels; c++) {
          sum += pixels[i * channels + c] & 0xFF;
        }
        grey[i] = (byte) (sum / channels);
      }
      return grey;
    }

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
    Preparation.Picture known = model.preparation().map(Preparation::picture).orElse(null);
    this.width = known == null ? ModelFacts.imageWidth(model) : known.width();
    this.channels = known == null ? 1 : known.channels();
    this.height = known == null ? model.inputs() / width : known.height();
    this.digits = known == null ? ModelFacts.seesCentredDigits(model) : known.centred();
    this.invert = invert;
    this.centre = centre;
  }

  /// Reads a picture.
  ///
  /// @throws dev.descent.DataException if it is missing or malformed, or there is nothing to centre
  Picture read(Path file) {
    if (channels == COLOURS) {
      return colours(file);
    }
    Grey picture = Images.read(file);
    String name = file.toString();
    boolean centred = centre == null ? digits : centre;
    boolean inverted =
        invert == null ? digits && picture.hasBrightBorder(name, width, height) : invert;
    byte[] pixels = picture.fitted(name, width, height, inverted, centred);
    return new Picture(file, width, height, pixels, inverted, centred);
  }

  private Picture colours(Path file) {
    boolean inverted = Boolean.TRUE.equals(invert);
    List<byte[]> levels =
        Images.readColours(file).stream()
            .map(level -> level.fitted(file.toString(), width, height, inverted, false))
            .toList();
    return new Picture(file, width, height, PictureFolder.interleaved(levels), inverted, false);
  }

  /// Pictures that were read, as a data set with one class.
  DataSet dataSet(List<Picture> pictures) {
    int size = width * height * channels;
    byte[] pixels = new byte[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).pixels(), 0, pixels, i * size, size);
    }
    return DataSet.unanswered("pictures", pixels, width * channels, height);
  }
}
