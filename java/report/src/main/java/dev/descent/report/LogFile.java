package dev.descent.report;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// A file that grows while training goes on, a whole record at a time. One that can't be written
/// any more (a full disk) does not end training; [#failure] tells.
final class LogFile {
  private final Path file;
  private @Nullable DescentException failure;

  LogFile(Path file) {
    this.file = file;
  }

  /// Begins the file anew; what was in it goes.
  void begin(byte[] content) {
    write(content, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /// Adds a record.
  void append(byte[] content) {
    write(content, StandardOpenOption.APPEND);
  }

  private void write(byte[] content, StandardOpenOption how) {
    if (failure != null) {
      return;
    }
    try {
      Files.write(file, content, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
    } catch (IOException e) {
      failure = new DescentException("can't write " + file + ": " + AtomicFile.reason(e), e);
    }
  }

  /// Why the file is not complete, or null if it is.
  @Nullable DescentException failure() {
    return failure;
  }
}
