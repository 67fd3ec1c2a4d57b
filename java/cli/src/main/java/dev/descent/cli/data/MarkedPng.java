package dev.descent.cli.data;

import dev.descent.DescentException;
import dev.descent.internal.format.OwnedFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/// PNG files that say who made them, so that the next run may replace them: a `tEXt` chunk behind
/// the header, as the PNG specification (W3C, 11.3.3) has it.
final class MarkedPng {
  /// The signature and the header chunk, which must come first.
  private static final int HEADER_BYTES = 8 + 4 + 4 + 13 + 4;

  private MarkedPng() {}

  static byte[] of(BufferedImage image) {
    var out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "png", out)) {
        throw new DescentException("this Java has no writer for PNG");
      }
    } catch (IOException e) {
      throw new DescentException("can't make a PNG: " + e.getMessage(), e);
    }
    byte[] plain = out.toByteArray();
    byte[] mark = chunk("tEXt", "Software\0" + OwnedFile.MARK);
    return ByteBuffer.allocate(plain.length + mark.length)
        .put(plain, 0, HEADER_BYTES)
        .put(mark)
        .put(plain, HEADER_BYTES, plain.length - HEADER_BYTES)
        .array();
  }

  /// A chunk: the length of its content, its type, its content, and a checksum over the last two.
  private static byte[] chunk(String type, String content) {
    byte[] body = (type + content).getBytes(StandardCharsets.ISO_8859_1);
    var checksum = new CRC32();
    checksum.update(body);
    return ByteBuffer.allocate(body.length + 2 * Integer.BYTES)
        .putInt(content.length())
        .put(body)
        .putInt((int) checksum.getValue())
        .array();
  }
}
