package dev.descent.internal.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Grey pictures as PNG, for pages that carry their pictures. Source: the PNG specification (W3C,
/// third edition): signature, then the chunks `IHDR`, `IDAT` and `IEND`.
public final class Png {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final byte BITS = 8;

  private Png() {}

  /// Makes a file of a picture with one byte a pixel, 0 black and 255 white.
  ///
  /// @param pixels row-major; not modified
  /// @param offset of the first pixel
  public static byte[] grey(byte[] pixels, int offset, int width, int height) {
    if (width < 1 || height < 1 || offset < 0 || pixels.length - offset < (long) width * height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "no picture of %d x %d in %d bytes from byte %d",
              width,
              height,
              pixels.length,
              offset));
    }
    // Each row begins with its filter: 0, none.
    byte[] rows = new byte[height * (width + 1)];
    for (int y = 0; y < height; y++) {
      System.arraycopy(pixels, offset + y * width, rows, y * (width + 1) + 1, width);
    }
    // Depth, colour type (grey), compression, filter and interlace method: all others are 0.
    byte[] header =
        ByteBuffer.allocate(2 * Integer.BYTES + 5).putInt(width).putInt(height).put(BITS).array();
    var out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    out.writeBytes(chunk("IHDR", header));
    out.writeBytes(chunk("IDAT", deflated(rows)));
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] deflated(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    byte[] part = new byte[Math.max(64, bytes.length / 2)];
    var deflater = new Deflater();
    try {
      deflater.setInput(bytes);
      deflater.finish();
      while (!deflater.finished()) {
        out.write(part, 0, deflater.deflate(part));
      }
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  /// A chunk: the length of its content, its type, its content, and a checksum over the last two.
  private static byte[] chunk(String type, byte[] content) {
    var checksum = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    checksum.update(name);
    checksum.update(content);
    return ByteBuffer.allocate(content.length + name.length + 2 * Integer.BYTES)
        .putInt(content.length)
        .put(name)
        .put(content)
        .putInt((int) checksum.getValue())
        .array();
  }
}
