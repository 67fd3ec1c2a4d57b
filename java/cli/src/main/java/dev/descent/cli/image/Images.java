package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.PackedColorModel;
import java.awt.image.Raster;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/// Reads pictures for a model: PNG or JPEG of any size, colours, transparency, 16 bits a channel.
public final class Images {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int WHITE = 255;

  /// Less contrast than this on white paper is none.
  private static final int FAINT = 8;

  /// How the JPEG decoder's warnings begin that mean that pixels are wrong.
  private static final List<String> DAMAGE =
      List.of("Corrupt", "Premature", "Inconsistent", "Truncated");

  private Images() {}

  /// Reads a picture as grey levels, 0 black to 255 white, upright.
  ///
  /// Colours become their luminance (ITU-R BT.601), transparent parts white paper, or black where
  /// nothing could be seen on white. Of a picture of
  /// more than 16 million pixels, every second, third, ... is read.
  ///
  /// @throws DataException naming the file, if it is missing, damaged, cut short, too large or no
  ///     picture
  public static Grey read(Path file) {
    return read(file, List.of(JpegPixels::luminance)).getFirst();
  }

  /// Reads a picture as its red, its green and its blue, otherwise as [#read(Path)].
  ///
  /// @throws DataException naming the file, if it is missing, damaged, cut short, too large or no
  ///     picture
  public static List<Grey> readColours(Path file) {
    return read(file, List.of((red, _, _) -> red, (_, green, _) -> green, (_, _, blue) -> blue));
  }

  private static List<Grey> read(Path file, List<JpegPixels.Mix> mixes) {
    try {
      PictureHeader header = header(file, RegularFile.require(file));
      try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
        return decode(file, header, in, mixes).stream()
            .map(grey -> grey.upright(header.orientation()))
            .toList();
      }
    } catch (DataException e) {
      throw e;
    } catch (EOFException e) {
      throw new DataException(file + ": ends too early: the picture is cut short", e);
    } catch (IOException e) {
      throw new DataException(file + ": can't be read as a picture: " + AtomicFile.reason(e), e);
    } catch (RuntimeException | OutOfMemoryError e) {
      // What the decoders throw at damaged files is not confined to IOException.
      throw new DataException(file + ": is a damaged picture", e);
    }
  }

  /// The width and height of a picture that stands upright. The whole file is checked, but nothing
  /// is decoded.
  ///
  /// @throws DataException naming the file, if it is missing, damaged, cut short, too large or no
  ///     picture
  static int[] size(Path file) {
    try {
      PictureHeader header = header(file, RegularFile.require(file));
      return header.orientation() >= 5
          ? new int[] {header.height(), header.width()}
          : new int[] {header.width(), header.height()};
    } catch (EOFException e) {
      throw new DataException(file + ": ends too early: the picture is cut short", e);
    } catch (IOException e) {
      throw new DataException(file + ": can't be read as a picture: " + AtomicFile.reason(e), e);
    }
  }

  private static PictureHeader header(Path file, long fileBytes) throws IOException {
    try (var in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES))) {
      in.mark(Long.BYTES);
      byte[] start = in.readNBytes(Long.BYTES);
      in.reset();
      if (start.length == Long.BYTES && in.readUnsignedShort() == JpegWalk.START) {
        return new JpegWalk(file, in, fileBytes).read();
      }
      in.reset();
      if (start.length == Long.BYTES && in.readLong() == PngWalk.SIGNATURE) {
        return new PngWalk(file, in).read();
      }
      throw new DataException(file + ": is neither PNG nor JPEG");
    }
  }

  private static List<Grey> decode(
      Path file, PictureHeader header, ImageInputStream in, List<JpegPixels.Mix> mixes)
      throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(header.format()).next();
    try {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceSubsampling(header.step(), header.step(), 0, 0);
      List<Grey> levels;
      if (header.format().equals("png")) {
        levels = ofPng(reader.read(0, param), mixes);
      } else {
        Raster raster = reader.readRaster(0, param);
        levels = mixes.stream().map(mix -> ofJpeg(mix, header.colours(), raster)).toList();
      }
      for (String warning : warnings) {
        if (DAMAGE.stream().anyMatch(warning::startsWith)) {
          throw new DataException(file + ": is a damaged picture: " + warning);
        }
      }
      return levels;
    } finally {
      reader.dispose();
    }
  }

  private static Grey ofJpeg(JpegPixels.Mix mix, PictureHeader.Colours colours, Raster raster) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int channels = raster.getNumBands();
    byte[] pixels = new byte[width * height];
    int[] row = new int[width * channels];
    for (int y = 0; y < height; y++) {
      row = raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        double level = JpegPixels.level(mix, colours, row, x * channels);
        pixels[y * width + x] = (byte) Math.round(level);
      }
    }
    return new Grey(width, height, pixels);
  }

  /// On white paper. Ink that is as white lies in the transparency alone: on black.
  private static List<Grey> ofPng(BufferedImage image, List<JpegPixels.Mix> mixes) {
    List<Grey> onWhite = mixes.stream().map(mix -> ofPng(image, mix, WHITE)).toList();
    boolean hidden = image.getColorModel().hasAlpha() && onWhite.stream().allMatch(Images::isWhite);
    return hidden ? mixes.stream().map(mix -> ofPng(image, mix, 0)).toList() : onWhite;
  }

  private static boolean isWhite(Grey picture) {
    for (byte pixel : picture.pixels()) {
      if ((pixel & 0xFF) < WHITE - FAINT) {
        return false;
      }
    }
    return true;
  }

  private static Grey ofPng(BufferedImage image, JpegPixels.Mix mix, int paper) {
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
            (byte)
                (byColour
                    ? ofColour(mix, paper, image.getRGB(x, y))
                    : ofSamples(mix, paper, image.getRaster(), row, x));
      }
    }
    return new Grey(width, height, pixels);
  }

  private static int ofColour(JpegPixels.Mix mix, int paper, int argb) {
    return onPaper(
        paper, mix.of(argb >> 16 & 0xFF, argb >> 8 & 0xFF, argb & 0xFF), (argb >>> 24) / 255.0);
  }

  /// Reads the samples themselves: Java would take grey levels for linear light and brighten them.
  private static int ofSamples(JpegPixels.Mix mix, int paper, Raster raster, int[] row, int x) {
    int bands = raster.getNumBands();
    int at = x * bands;
    int depth = raster.getSampleModel().getSampleSize(0);
    double unit = WHITE / (double) ((1L << depth) - 1);
    boolean colour = bands >= 3;
    double level = colour ? mix.of(row[at], row[at + 1], row[at + 2]) * unit : row[at] * unit;
    boolean transparent = bands == 2 || bands == 4;
    return onPaper(paper, level, transparent ? row[at + bands - 1] * unit / WHITE : 1);
  }

  private static int onPaper(int paper, double level, double opacity) {
    return (int) Math.round(paper + opacity * (level - paper));
  }
}
