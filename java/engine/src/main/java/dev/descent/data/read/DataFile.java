package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// A file opened for reading its content: as it stands, or unpacked from gzip or zip. Which of them
/// is told by the first bytes, not by the name. Every failure is a [DataException] that names the
/// file; so is content that expands out of all proportion.
public final class DataFile implements AutoCloseable {
  /// Deflate makes at most 1,032 bytes of one, so content of a packed file can't be longer.
  private static final long DEFLATE_RATIO = 1032;

  /// Packed content may become this many times longer than its file, or [#BOMB_FLOOR] if that is
  /// more. Tables of numbers stay under 10, a table of zeros reaches 1,000.
  private static final long BOMB_RATIO = 200;

  /// Images and tables of numbers become at most about this many times longer.
  private static final long ORDINARY_RATIO = 16;

  private static final long BOMB_FLOOR = 256L << 20;

  /// The least that is allocated before content has arrived; it doubles as content arrives.
  private static final int FIRST_PIECE = 1 << 20;

  private final String name;
  private final InputStream in;
  private final @Nullable ZipFile zip;
  private final long longest;
  private final long ordinary;
  private final long bombLimit;
  private final boolean packed;
  private long position;
  private long claimed;

  private DataFile(
      String name, InputStream in, @Nullable ZipFile zip, long fileBytes, boolean packed) {
    this.name = name;
    this.in = in;
    this.zip = zip;
    this.packed = packed;
    this.longest = packed ? fileBytes * DEFLATE_RATIO : fileBytes;
    this.ordinary = packed ? fileBytes * ORDINARY_RATIO : fileBytes;
    this.bombLimit = packed ? bombLimit(fileBytes) : Long.MAX_VALUE;
  }

  /// Opens a file.
  ///
  /// @param path of the file
  /// @param entry which entry of a zip file; null for its only file, or its only `.csv` file.
  ///     Ignored where the file is not a zip file
  /// @return owned by the caller
  /// @throws DataException if there is no such file, it can't be read, or it is a damaged archive
  public static DataFile open(Path path, @Nullable String entry) {
    try {
      long size = RegularFile.require(path);
      return switch (Packing.of(path)) {
        case PLAIN -> new DataFile(path.toString(), Files.newInputStream(path), null, size, false);
        case GZIP -> openGzip(path, size);
        case ZIP -> ZipEntries.open(path, entry);
      };
    } catch (IOException e) {
      throw failure(path.toString(), e);
    }
  }

  /// Opens a file as it lies, whatever it holds.
  ///
  /// @param path of the file
  /// @return owned by the caller
  /// @throws DataException if there is no such file or it can't be read
  public static DataFile openPlain(Path path) {
    try {
      long size = RegularFile.require(path);
      return new DataFile(path.toString(), Files.newInputStream(path), null, size, false);
    } catch (IOException e) {
      throw failure(path.toString(), e);
    }
  }

  /// Text in memory as a file.
  ///
  /// @param name for messages
  static DataFile of(String name, byte[] text) {
    return new DataFile(name, new ByteArrayInputStream(text), null, text.length, false);
  }

  private static DataFile openGzip(Path path, long size) throws IOException {
    InputStream raw = Files.newInputStream(path);
    try {
      return new DataFile(path.toString(), new GzipMembers(raw), null, size, true);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /// The content of one entry of an archive, which is closed with it.
  static DataFile ofEntry(String name, ZipFile zip, InputStream in, long packedBytes) {
    return new DataFile(name, in, zip, packedBytes, true);
  }

  /// The file's path, and the entry after a `!` where it is one of a zip file.
  String name() {
    return name;
  }

  /// The number of bytes of content read so far.
  long position() {
    return position;
  }

  /// A number of bytes that the content can't exceed: its length where the file is plain.
  long longest() {
    return longest;
  }

  /// A number of bytes that the content reaches only if it is unusually repetitive. Memory for so
  /// many may be allocated before they have arrived.
  long ordinary() {
    return ordinary;
  }

  /// Whether the content is unpacked as it is read, so that its length is not known.
  boolean isPacked() {
    return packed;
  }

  /// Reads until `length` bytes are there or the content ends.
  ///
  /// @param buffer receives the bytes. Modified.
  /// @param from the first byte
  /// @param length how many bytes
  /// @return the number of bytes read, less than `length` only at the end
  /// @throws DataException if the file is damaged or can't be read
  public int read(byte[] buffer, int from, int length) {
    try {
      int count = in.readNBytes(buffer, from, length);
      position += count;
      requireInProportion(position, "unpacks to");
      return count;
    } catch (IOException e) {
      throw failure(name, e);
    }
  }

  /// Reads so many bytes, or fewer where the content ends. Memory for them is taken as they arrive,
  /// so that a header that promises too many costs none.
  ///
  /// @throws DataException if the file is damaged or can't be read, or there is no memory for it
  byte[] readValues(int count) {
    byte[] values = room(new byte[0], (int) Math.min(count, Math.max(FIRST_PIECE, ordinary)));
    int filled = 0;
    while (true) {
      int got = read(values, filled, values.length - filled);
      filled += got;
      if (filled < values.length) {
        return Arrays.copyOf(values, filled);
      }
      if (filled == count) {
        return values;
      }
      values = room(values, (int) Math.min(count, 2L * filled));
    }
  }

  private byte[] room(byte[] values, int length) {
    claim(length);
    try {
      return Arrays.copyOf(values, length);
    } catch (OutOfMemoryError e) {
      throw new DataException(
          String.format(
              Locale.ROOT, "%s: no memory for %,d values; give Java more with -Xmx", name, length),
          e);
    }
  }

  /// Counts memory before it is allocated for content that has arrived, freed later or not.
  ///
  /// @throws DataException if a packed file takes out of all proportion to its length
  void claim(long bytes) {
    claimed += bytes;
    requireInProportion(claimed, "takes");
  }

  private void requireInProportion(long bytes, String what) {
    if (bytes > bombLimit) {
      throw outOfProportion(name, what, bombLimit);
    }
  }

  /// The bytes that all of a packed file may become.
  private static long bombLimit(long fileBytes) {
    return Math.max(BOMB_FLOOR, fileBytes * BOMB_RATIO);
  }

  /// Checks what the entries of an archive have become together: they may share its bytes.
  ///
  /// @throws DataException if it is out of all proportion to the archive's length
  static void requireInProportion(Path archive, long bytes) {
    long limit = bombLimit(archive.toFile().length());
    if (bytes > limit) {
      throw outOfProportion(archive.toString(), "unpacks to", limit);
    }
  }

  private static DataException outOfProportion(String name, String what, long limit) {
    return new DataException(
        String.format(
            Locale.ROOT,
            "%s: %s more than %,d bytes, suspiciously more than the file has;"
                + " if it is meant, unpack it by hand",
            name,
            what,
            limit));
  }

  @Override
  public void close() {
    try {
      in.close();
      if (zip != null) {
        zip.close();
      }
    } catch (IOException _) {
      // All that was wanted has been read.
    }
  }

  /// {@return an I/O failure in the words of a data file}
  ///
  /// @param name of the file, for the message
  /// @param e what was caught
  public static DataException failure(String name, IOException e) {
    String reason =
        switch (e) {
          case EOFException _ -> "the file ends inside its compressed content; it is truncated";
          case ZipException z -> "damaged compressed content (" + z.getMessage() + ")";
          default -> AtomicFile.reason(e);
        };
    return new DataException(name + ": " + reason, e);
  }
}
