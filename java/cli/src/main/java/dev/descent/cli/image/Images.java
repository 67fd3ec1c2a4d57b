package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.format.AtomicFile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.PackedColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/// Reads pictures for a model: PNG or JPEG of any size, colours, transparency, 16 bits a channel.
public final class Images {
  private static final Set<String> FORMATS = Set.of("png", "jpeg");

  /// A picture has at most so many pixels; one that says more is refused before memory is taken.
  private static final long MOST_PIXELS = 50_000_000;

  private static final int WHITE = 255;

  private Images() {}

  /// Reads a picture as grey levels, 0 black to 255 white, as the data sets have them.
  ///
  /// Colours become their luminance (ITU-R BT.601), transparent parts white paper, and the picture
  /// is brought to size by averaging areas; its proportions are kept only where it is centred.
  ///
  /// @param invert whether to take the negative: for dark ink on bright paper
  /// @param centre whether to find what is bright on dark ground (after inverting), fit it into the
  ///     middle 20/28 of the image and put its centre of mass in the middle, as MNIST does
  /// @return `height x width` bytes, row-major
  /// @throws DataException naming the file, if it is missing, damaged, too large or no picture, or
  ///     there is nothing to centre
  public static byte[] load(Path file, int width, int height, boolean invert, boolean centre) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("an image of " + width + " x " + height + " pixels");
    }
    Grey picture = grey(read(file));
    Grey drawing = invert ? picture.inverted() : picture;
    Grey image =
        centre
            ? Centring.centred(file.toString(), drawing, width, height)
            : drawing.scaled(0, 0, drawing.width(), drawing.height(), width, height);
    return image.pixels();
  }

  private static BufferedImage read(Path file) {
    if (Files.isDirectory(file)) {
      throw new DataException(file + ": is a folder, not a picture");
    }
    try {
      // The stream's own failure has no reason in it.
      Files.newInputStream(file).close();
      try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
        return decode(file, in);
      }
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(file + ": can't be read as a picture: " + firstLine(e), e);
    } catch (RuntimeException | OutOfMemoryError e) {
      // What the decoders throw at damaged files is not confined to IOException.
      throw new DataException(file + ": is a damaged picture", e);
    }
  }

  private static String firstLine(IOException e) {
    return AtomicFile.reason(e).lines().findFirst().orElse("no reason given");
  }

  private static BufferedImage decode(Path file, ImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      try {
        if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
          reader.setInput(in, true, true);
          checkSize(file, reader.getWidth(0), reader.getHeight(0));
          return reader.read(0);
        }
      } finally {
        reader.dispose();
      }
    }
    throw new DataException(file + ": is neither PNG nor JPEG");
  }

  private static void checkSize(Path file, int width, int height) {
    if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
      throw new DataException(
          "%s: says that it has %d x %d pixels; pictures of 1 to %,d are read"
              .formatted(file, width, height, MOST_PIXELS));
    }
  }

  private static Grey grey(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    boolean byColour =
        image.getColorModel() instanceof IndexColorModel
            || image.getColorModel() instanceof PackedColorModel;
    byte[] pixels = new byte[width * height];
    int[] row = new int[width * Math.max(1, image.getRaster().getNumBands())];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (x == 0 && !byColour) {
          row = image.getRaster().getPixels(0, y, width, 1, row);
        }
        pixels[y * width + x] =
            (byte) (byColour ? ofColour(image.getRGB(x, y)) : ofSamples(image.getRaster(), row, x));
      }
    }
    return new Grey(width, height, pixels);
  }

  private static int ofColour(int argb) {
    return onPaper(
        luminance(argb >> 16 & 0xFF, argb >> 8 & 0xFF, argb & 0xFF), (argb >>> 24) / 255.0);
  }

  /// Reads the samples themselves: Java would take grey levels for linear light and brighten them.
  private static int ofSamples(Raster raster, int[] row, int x) {
    int bands = raster.getNumBands();
    int at = x * bands;
    int depth = raster.getSampleModel().getSampleSize(0);
    double unit = WHITE / (double) ((1L << depth) - 1);
    boolean colour = bands >= 3;
    double level = colour ? luminance(row[at], row[at + 1], row[at + 2]) * unit : row[at] * unit;
    boolean transparent = bands == 2 || bands == 4;
    return onPaper(level, transparent ? row[at + bands - 1] * unit / WHITE : 1);
  }

  private static double luminance(int red, int green, int blue) {
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  }

  private static int onPaper(double level, double opacity) {
    return (int) Math.round(WHITE + opacity * (level - WHITE));
  }
}
