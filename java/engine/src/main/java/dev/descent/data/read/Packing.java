package dev.descent.data.read;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// How a file's content is packed, as its first bytes tell.
public enum Packing {
  /// Not packed.
  PLAIN,
  /// Packed with gzip.
  GZIP,
  /// An entry of a zip file.
  ZIP;

  private static final int MAGIC_BYTES = 4;

  /// Reads the first bytes of a file.
  ///
  /// @param path of the file
  /// @return what they are of
  /// @throws IOException if the file can't be read
  public static Packing of(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] magic = in.readNBytes(MAGIC_BYTES);
      if (magic.length >= 2 && (magic[0] & 0xFF) == 0x1F && (magic[1] & 0xFF) == 0x8B) {
        return GZIP;
      }
      // A zip file begins with an entry, or, if it is empty, with the end of its directory.
      if (magic.length == MAGIC_BYTES
          && magic[0] == 'P'
          && magic[1] == 'K'
          && ((magic[2] == 3 && magic[3] == 4) || (magic[2] == 5 && magic[3] == 6))) {
        return ZIP;
      }
      return PLAIN;
    }
  }
}
