package dev.descent.internal.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/// Tells files from what only looks like one: opening a pipe could wait for ever, and a device has
/// no end.
public final class RegularFile {
  private RegularFile() {}

  /// Fails unless a file is there that can be read from begin to end. Links to files pass.
  ///
  /// @return its length in bytes
  /// @throws IOException if there is none, or it is a folder, a pipe or a device
  public static long require(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new IOException("is a folder, not a file");
    }
    if (!attributes.isRegularFile()) {
      throw new IOException("is a pipe or a device, not a file");
    }
    return attributes.size();
  }
}
