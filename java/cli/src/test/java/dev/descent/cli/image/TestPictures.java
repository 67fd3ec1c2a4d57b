package dev.descent.cli.image;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/// Makes picture files in all forms, from the formats' descriptions: PNG by hand, and JPEG from the
/// channels as they are, with markers put in by hand.
final class TestPictures {
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int RGBA = 6;

  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private TestPictures() {}

  static int channels(int colourType) {
    return switch (colourType) {
      case RGB -> 3;
      case GREY_ALPHA -> 2;
      case RGBA -> 4;
      default -> 1;
    };
  }

  /// A PNG file.
  ///
  /// @param samples `height x width x channels`
  /// @param chunks what stands between header and data
  static byte[] png(
      int width,
      int height,
      int depth,
      int colourType,
      boolean interlaced,
      int[] samples,
      byte[]... chunks) {
    var data = new ByteArrayOutputStream();
    int[][] passes = interlaced ? ADAM7 : new int[][] {{0, 0, 1, 1}};
    for (int[] pass : passes) {
      for (int y = pass[1]; y < height; y += pass[3]) {
        if (pass[0] < width) {
          data.write(0);
          data.writeBytes(row(width, y, depth, channels(colourType), samples, pass[0], pass[2]));
        }
      }
    }
    return png(width, height, depth, colourType, interlaced, deflated(data.toByteArray()), chunks);
  }

  /// A PNG file of data that is packed already.
  static byte[] png(
      int width,
      int height,
      int depth,
      int colourType,
      boolean interlaced,
      byte[] data,
      byte[]... chunks) {
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) depth)
            .put((byte) colourType)
            .putShort((short) 0)
            .put((byte) (interlaced ? 1 : 0))
            .array();
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    out.writeBytes(chunk("IHDR", header));
    for (byte[] chunk : chunks) {
      out.writeBytes(chunk);
    }
    out.writeBytes(chunk("IDAT", data));
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] row(
      int width, int y, int depth, int channels, int[] samples, int first, int step) {
    int count = Math.ceilDiv(width - first, step) * channels;
    byte[] bytes = new byte[Math.ceilDiv(count * depth, 8)];
    int bit = 0;
    for (int x = first; x < width; x += step) {
      for (int c = 0; c < channels; c++) {
        int sample = samples[(y * width + x) * channels + c];
        for (int i = depth - 1; i >= 0; i--, bit++) {
          bytes[bit / 8] |= (byte) (((sample >> i) & 1) << (7 - bit % 8));
        }
      }
    }
    return bytes;
  }

  static byte[] deflated(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      deflater.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] chunk(String type, byte[] content) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 checksum = new CRC32();
    checksum.update(name);
    checksum.update(content);
    return ByteBuffer.allocate(12 + content.length)
        .putInt(content.length)
        .put(name)
        .put(content)
        .putInt((int) checksum.getValue())
        .array();
  }

  /// A JPEG file of these channels, of best quality.
  ///
  /// @param samples `height x width x channels`
  /// @param segments what stands after the first marker
  static byte[] jpeg(
      int width, int height, int channels, boolean progressive, int[] samples, byte[]... segments) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, channels, null);
    raster.setPixels(0, 0, width, height, samples);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var file = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(file)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setProgressiveMode(
          progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(1);
      writer.setOutput(stream);
      writer.write(null, new IIOImage(raster, null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    byte[] plain = file.toByteArray();
    var out = new ByteArrayOutputStream();
    out.write(plain, 0, 2);
    for (byte[] segment : segments) {
      out.writeBytes(segment);
    }
    out.write(plain, 2, plain.length - 2);
    return out.toByteArray();
  }

  static byte[] segment(int marker, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .putShort((short) (0xFF00 | marker))
        .putShort((short) (2 + content.length))
        .put(content)
        .array();
  }

  static byte[] jfif() {
    return segment(0xE0, new byte[] {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
  }

  static byte[] adobe(int transform) {
    return segment(
        0xEE, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform});
  }

  static byte[] exif(byte[] tiff) {
    return segment(
        0xE1,
        ByteBuffer.allocate(6 + tiff.length)
            .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
            .put(tiff)
            .array());
  }

  /// A TIFF directory with the picture's width and its orientation.
  static byte[] tiff(int orientation, ByteOrder order) {
    return ByteBuffer.allocate(8 + 2 + 2 * 12 + 4)
        .order(order)
        .put((order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").getBytes(StandardCharsets.US_ASCII))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 2)
        .putShort((short) 0x0100)
        .putShort((short) 4)
        .putInt(1)
        .putInt(640)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .putInt(0)
        .array();
  }
}
