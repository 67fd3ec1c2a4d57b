package dev.descent.cli.image;

import dev.descent.DataException;
import dev.descent.cli.image.PictureHeader.Colours;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// Walks through a JPEG file from marker to marker to its end, which must be there. Sources: ITU-T
/// T.81 annex B, T.871 (JFIF), T.872 section 6.5.3 (Adobe's marker), and CIPA DC-008 (EXIF).
final class JpegWalk {
  static final int START = 0xFFD8;

  private static final int END_OF_IMAGE = 0xD9;
  private static final int START_OF_SCAN = 0xDA;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;

  private final Path file;
  private final DataInputStream in;
  private final long fileBytes;
  private byte[] frame = {};
  private byte[] adobe = {};
  private boolean jfif;
  private int orientation;
  private long scans;

  /// @param in after the first marker
  JpegWalk(Path file, DataInputStream in, long fileBytes) {
    this.file = file;
    this.in = in;
    this.fileBytes = fileBytes;
  }

  /// Reads to the end of the picture; cameras put more behind it.
  ///
  /// @throws DataException if the file is damaged, or the picture too large or of a kind that is
  ///     not read
  /// @throws IOException if the file can't be read; an `EOFException` where it is cut short
  PictureHeader read() throws IOException {
    int marker = marker();
    while (marker != END_OF_IMAGE) {
      segment(marker);
      if (marker == START_OF_SCAN) {
        scans++;
        marker = markerAfterScan();
      } else {
        marker = marker();
      }
    }
    if (frame.length < 6 || scans == 0) {
      throw new DataException(file + ": has no picture in it: damaged");
    }
    int height = number(frame, 1);
    int width = number(frame, 3);
    var header =
        new PictureHeader("jpeg", width, height, Math.max(1, orientation), colours(frame[5]));
    header.requireModest(file, (long) width * height * scans / 8, fileBytes);
    return header;
  }

  private Colours colours(byte channels) {
    boolean fromAdobe = adobe.length >= 12;
    int transform = fromAdobe ? adobe[11] : -1;
    return switch (channels) {
      case 1 -> Colours.GREY;
      case 3 -> {
        boolean named =
            frame.length >= 15 && frame[6] == 'R' && frame[9] == 'G' && frame[12] == 'B';
        yield transform == 0 || (transform < 0 && !jfif && named) ? Colours.RGB : Colours.YCBCR;
      }
      case 4 -> {
        if (transform == 2) {
          yield Colours.YCCK;
        }
        yield fromAdobe ? Colours.INVERTED_CMYK : Colours.CMYK;
      }
      default ->
          throw new DataException(
              file + ": has " + channels + " channels; pictures of 1, 3 or 4 are read");
    };
  }

  /// Reads a marker segment and keeps what it tells.
  private void segment(int marker) throws IOException {
    int length = in.readUnsignedShort() - Short.BYTES;
    if (length < 0) {
      throw new DataException(file + ": has a marker of negative length: damaged");
    }
    byte[] content = new byte[length];
    in.readFully(content);
    switch (marker) {
      case APP0 -> jfif |= startsWith(content, "JFIF\0");
      case APP1 -> {
        if (orientation == 0 && startsWith(content, "Exif\0\0")) {
          orientation = Exif.orientation(content, 6);
        }
      }
      case APP14 -> {
        if (startsWith(content, "Adobe")) {
          adobe = content;
        }
      }
      default -> {
        if (isFrame(marker)) {
          if (frame.length > 0) {
            throw new DataException(file + ": has more than one picture in it: can't be read");
          }
          frame = content;
        }
      }
    }
  }

  /// Whether a marker begins a frame: SOF0 to SOF15, among which there are three others.
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private int marker() throws IOException {
    int next = in.readUnsignedByte();
    if (next != 0xFF) {
      throw new DataException(file + ": has no marker where one must be: damaged");
    }
    while (next == 0xFF) {
      next = in.readUnsignedByte();
    }
    return next;
  }

  /// Passes over a scan's data, in which 0xFF is followed by 0 or by the number of a restart.
  private int markerAfterScan() throws IOException {
    while (true) {
      while (in.readUnsignedByte() != 0xFF) {
        // A byte of data.
      }
      int next = in.readUnsignedByte();
      while (next == 0xFF) {
        next = in.readUnsignedByte();
      }
      if (next != 0 && (next < 0xD0 || next > 0xD7)) {
        return next;
      }
    }
  }

  private static boolean startsWith(byte[] content, String text) {
    byte[] start = text.getBytes(StandardCharsets.ISO_8859_1);
    return content.length >= start.length
        && Arrays.equals(content, 0, start.length, start, 0, start.length);
  }

  private static int number(byte[] bytes, int at) {
    return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
  }
}
