package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
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

  private static final long BOMB_FLOOR = 256L << 20;

  private static final int GZIP_BUFFER = 1 << 16;

  private final String name;
  private final InputStream in;
  private final @Nullable ZipFile zip;
  private final long longest;
  private final long bombLimit;
  private long position;
  private long claimed;

  private DataFile(
      String name, InputStream in, @Nullable ZipFile zip, long fileBytes, boolean packed) {
    this.name = name;
    this.in = in;
    this.zip = zip;
    this.longest = packed ? fileBytes * DEFLATE_RATIO : fileBytes;
    this.bombLimit = packed ? Math.max(BOMB_FLOOR, fileBytes * BOMB_RATIO) : Long.MAX_VALUE;
  }

  /// Opens a file.
  ///
  /// @param entry which entry of a zip file; null for its only file, or its only `.csv` file.
  ///     Ignored where the file is not a zip file
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
  /// @throws DataException if there is no such file or it can't be read
  public static DataFile openPlain(Path path) {
    try {
      long size = RegularFile.require(path);
      return new DataFile(path.toString(), Files.newInputStream(path), null, size, false);
    } catch (IOException e) {
      throw failure(path.toString(), e);
    }
  }

  private static DataFile openGzip(Path path, long size) throws IOException {
    InputStream raw = Files.newInputStream(path);
    try {
      return new DataFile(path.toString(), new Gzip(raw), null, size, true);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /// Notices what follows the last member, which Java's own stream passes over: where a file is cut
  /// short inside the header of a member, that is all that is left of it.
  private static final class Gzip extends GZIPInputStream {
    private static final int TRAILER_BYTES = 8;

    Gzip(InputStream raw) throws IOException {
      super(raw, GZIP_BUFFER);
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int count = super.read(buffer, from, length);
      if (count < 0 && inf.getRemaining() > TRAILER_BYTES) {
        throw new ZipException("what follows is no gzip member");
      }
      return count;
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

  /// Reads until `length` bytes are there or the content ends.
  ///
  /// @param buffer receives the bytes. Modified.
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

  /// Counts memory before it is allocated for content that has arrived, freed later or not.
  ///
  /// @throws DataException if a packed file takes out of all proportion to its length
  void claim(long bytes) {
    claimed += bytes;
    requireInProportion(claimed, "takes");
  }

  private void requireInProportion(long bytes, String what) {
    if (bytes > bombLimit) {
      throw new DataException(
          ("%s: %s more than %,d bytes, suspiciously more than the file has;"
                  + " if it is meant, unpack it by hand")
              .formatted(name, what, bombLimit));
    }
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

  /// An I/O failure in the words of a data file.
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
