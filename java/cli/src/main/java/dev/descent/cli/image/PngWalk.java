package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.internal.format.Visible;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32;

/// Walks through a PNG file from chunk to chunk and compares their checksums, which the decoder
/// does not. Source: the PNG specification (W3C, third edition), sections 5 and 11.
final class PngWalk {
  static final long SIGNATURE = 0x89504E47_0D0A1A0AL;

  private static final int HEADER_BYTES = 13;
  private static final int LARGEST_EXIF = 1 << 16;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path file;
  private final DataInputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long position = Long.BYTES;
  private long dataBytes;
  private int orientation = 1;

  /// @param in after the signature
  PngWalk(Path file, DataInputStream in) {
    this.file = file;
    this.in = in;
  }

  /// Reads to the end.
  ///
  /// @throws DataException if a chunk is damaged or missing, or the picture too large
  /// @throws IOException if the file can't be read; an `EOFException` where it is cut short
  PictureHeader read() throws IOException {
    byte[] header = new byte[HEADER_BYTES];
    if (!chunk(header).equals("IHDR")) {
      throw damaged("does not begin with an IHDR chunk");
    }
    byte[] exif = new byte[LARGEST_EXIF];
    while (true) {
      String type = chunk(exif);
      if (type.equals("eXIf")) {
        orientation = Exif.orientation(exif, 0);
      } else if (type.equals("IEND")) {
        break;
      }
    }
    ByteBuffer fields = ByteBuffer.wrap(header);
    var found =
        new PictureHeader(
            "png", fields.getInt(), fields.getInt(), orientation, PictureHeader.Colours.DECODED);
    long bits = (long) Math.abs(found.width()) * fields.get() * channels(fields.get());
    found.requireModest(
        file,
        Math.multiplyHigh(bits, found.height()) == 0 ? bits / 8 * found.height() : 0,
        dataBytes);
    return found;
  }

  private static int channels(byte colourType) {
    return switch (colourType) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
  }

  /// Reads a chunk: its length, type, content and checksum.
  ///
  /// @param content receives its first bytes. Modified
  private String chunk(byte[] content) throws IOException {
    long start = position;
    long length = in.readInt() & 0xFFFF_FFFFL;
    byte[] type = new byte[Integer.BYTES];
    in.readFully(type);
    String name = new String(type, StandardCharsets.ISO_8859_1);
    CRC32 checksum = new CRC32();
    checksum.update(type);
    for (long done = 0; done < length; ) {
      int count = (int) Math.min(buffer.length, length - done);
      in.readFully(buffer, 0, count);
      checksum.update(buffer, 0, count);
      if (done < content.length) {
        System.arraycopy(
            buffer, 0, content, (int) done, (int) Math.min(count, content.length - done));
      }
      done += count;
    }
    if (in.readInt() != (int) checksum.getValue()) {
      throw damaged("byte " + start + ": chunk " + Visible.quoted(name) + " has a wrong checksum");
    }
    position += length + 3 * Integer.BYTES;
    if (name.equals("IDAT")) {
      dataBytes += length;
    }
    return name;
  }

  private DataException damaged(String what) {
    return new DataException(file + ": " + what + ": the picture is damaged");
  }
}
