package dev.descent.cli.image;

import dev.descent.DescentException;
import dev.descent.data.DataSet;
import dev.descent.internal.format.AtomicFile;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// A picture of samples of a data set, each with its class below it.
public final class ContactSheet {
  private static final int PADDING = 4;
  private static final int BACKGROUND = 48;
  private static final int TEXT = 230;

  /// Images are enlarged to at least this width, so that names fit below and eyes can see them.
  private static final int SMALLEST_CELL = 56;

  /// Far more than a screen shows, and little memory.
  private static final int MOST_PIXELS = 100_000_000;

  private final DataSet data;
  private final int columns;
  private final int scale;
  private final int cellWidth;
  private final int cellHeight;

  private ContactSheet(DataSet data, int columns) {
    this.data = data;
    this.columns = columns;
    this.scale = Math.ceilDiv(SMALLEST_CELL, data.imageWidth());
    this.cellWidth = data.imageWidth() * scale + PADDING;
    this.cellHeight = data.imageHeight() * scale + 2 * PADDING + PixelFont.HEIGHT;
  }

  /// Writes a contact sheet as PNG.
  ///
  /// @param rows which rows of the data set to show, in this order
  /// @param columns the number of images side by side
  /// @throws DescentException if the data are not images, or the file can't be written
  public static void write(Path target, DataSet data, int[] rows, int columns) {
    BufferedImage sheet = render(data, rows, columns);
    AtomicFile.write(target, out -> writePng(sheet, out));
  }

  /// Draws a contact sheet.
  ///
  /// @param rows which rows of the data set to show, in this order
  /// @param columns the number of images side by side
  /// @throws DescentException if the data are not images
  public static BufferedImage render(DataSet data, int[] rows, int columns) {
    if (!data.isBytes() || data.imageWidth() == 0) {
      throw new DescentException(
          "data set " + data.name() + " does not hold images, so there is nothing to show");
    }
    if (columns < 1 || rows.length < 1) {
      throw new IllegalArgumentException(rows.length + " images in " + columns + " columns");
    }
    return new ContactSheet(data, Math.min(columns, rows.length)).draw(rows);
  }

  private BufferedImage draw(int[] rows) {
    long width = (long) columns * cellWidth + PADDING;
    long height = (long) Math.ceilDiv(rows.length, columns) * cellHeight + PADDING;
    if (width * height > MOST_PIXELS) {
      throw new DescentException(
          String.format(
              Locale.ROOT,
              "%d images make a picture of %d x %d pixels, which is too large: show fewer",
              rows.length,
              width,
              height));
    }
    BufferedImage sheet =
        new BufferedImage((int) width, (int) height, BufferedImage.TYPE_BYTE_GRAY);
    WritableRaster raster = sheet.getRaster();
    int[] ground = new int[(int) width];
    Arrays.fill(ground, BACKGROUND);
    for (int y = 0; y < height; y++) {
      raster.setSamples(0, y, (int) width, 1, 0, ground);
    }
    for (int i = 0; i < rows.length; i++) {
      int left = PADDING + i % columns * cellWidth;
      int top = PADDING + i / columns * cellHeight;
      drawImage(raster, rows[i], left, top);
      drawText(raster, caption(rows[i]), left, top + data.imageHeight() * scale + PADDING / 2);
    }
    return sheet;
  }

  private String caption(int row) {
    return data.isClassified() ? data.classNames().get(data.labels()[row]) : "";
  }

  private void drawImage(WritableRaster raster, int row, int left, int top) {
    int first = row * data.features();
    int width = data.imageWidth() * scale;
    for (int y = 0; y < data.imageHeight() * scale; y++) {
      for (int x = 0; x < width; x++) {
        int pixel = first + y / scale * data.imageWidth() + x / scale;
        raster.setSample(left + x, top + y, 0, data.bytes()[pixel] & 0xFF);
      }
    }
  }

  /// Draws as many letters as the cell is wide.
  private void drawText(WritableRaster raster, String text, int left, int top) {
    int fitting = Math.min(text.length(), (cellWidth - 1) / (PixelFont.WIDTH + 1));
    for (int i = 0; i < fitting; i++) {
      for (int y = 0; y < PixelFont.HEIGHT; y++) {
        for (int x = 0; x < PixelFont.WIDTH; x++) {
          if (PixelFont.ink(text.charAt(i), x, y)) {
            raster.setSample(left + i * (PixelFont.WIDTH + 1) + x, top + y, 0, TEXT);
          }
        }
      }
    }
  }

  private static void writePng(BufferedImage sheet, OutputStream out) throws IOException {
    // In memory: ImageIO would otherwise make a file in the temporary folder.
    try (ImageOutputStream image = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(sheet, "png", image)) {
        throw new IOException("this Java can't write PNG");
      }
    }
  }
}
