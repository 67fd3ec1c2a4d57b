package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.data.read.DataFile;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What the content of a published file must digest to.
///
/// @param algorithm `SHA-256`, or another that Java has
/// @param hex the digest, in lower-case hexadecimal
/// @param unpacked whether the digest is that of the content after unpacking, which stays the same
///     however it was packed
/// @param zipEntry which file of a zip archive is meant; null where the file is not one
public record Checksum(String algorithm, String hex, boolean unpacked, @Nullable String zipEntry) {
  private static final int BUFFER_BYTES = 1 << 16;

  /// The digest of a file as it lies.
  static Checksum ofFile(String algorithm, String hex) {
    return new Checksum(algorithm, hex, false, null);
  }

  /// The digest of a gzip file's content, or of a plain file.
  static Checksum ofContent(String algorithm, String hex) {
    return new Checksum(algorithm, hex, true, null);
  }

  /// The digest of one entry of a zip file.
  static Checksum ofEntry(String algorithm, String hex, String entry) {
    return new Checksum(algorithm, hex, true, entry);
  }

  /// Compares a file with the digest.
  ///
  /// @param file is read whole
  /// @throws DataException naming the file and both digests if they differ, or if the file can't be
  ///     read
  public void verify(Path file) {
    String difference = difference(file);
    if (difference != null) {
      throw new DataException(file + ": " + difference);
    }
  }

  /// How a file differs from what it must be, or null if it does not.
  @Nullable String difference(Path file) {
    try (DataFile data = unpacked ? DataFile.open(file, zipEntry) : DataFile.openPlain(file)) {
      String found = digest(data);
      if (found.equals(hex)) {
        return null;
      }
      return "expected the %s %s, found %s%s"
          .formatted(algorithm, hex, found, zipEntry == null ? "" : " for " + zipEntry);
    } catch (DataException e) {
      // A packed file so damaged that it has no content.
      return String.valueOf(e.getMessage()).replace(file + ": ", "");
    }
  }

  private String digest(DataFile data) {
    MessageDigest digest = newDigest();
    byte[] buffer = new byte[BUFFER_BYTES];
    int count;
    do {
      count = data.read(buffer, 0, buffer.length);
      digest.update(buffer, 0, count);
    } while (count == buffer.length);
    return HexFormat.of().formatHex(digest.digest());
  }

  private MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException("no digest algorithm " + algorithm, e);
    }
  }
}
