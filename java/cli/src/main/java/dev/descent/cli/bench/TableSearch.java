package dev.descent.cli.bench;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.Tuner;
import dev.descent.cli.shell.Invocation;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// `descent bench tune`: fits a backend's kernels to its device and writes the table.
final class TableSearch {
  private final Invocation invocation;
  private final Engine engine;

  TableSearch(Invocation invocation, Engine engine) {
    this.invocation = invocation;
    this.engine = engine;
  }

  /// Searches and writes.
  ///
  /// @param seconds about how long to search
  /// @param out where the table goes, or null for where the backend looks for it
  /// @throws DescentException if the backend has nothing to choose, or the table can't be written
  void run(double seconds, @Nullable Path out) {
    Tuner tuner = engine.tuner();
    if (tuner == null) {
      throw new DescentException(
          "backend " + engine.device().backend() + " has nothing to tune; opencl has");
    }
    Path own = tuner.file();
    Path file = out != null ? out : own;
    prepare(file, out == null);
    OwnedFile.writeText(file, tuner.search(seconds, invocation::print));
    invocation.print(
        out == null
            ? "table: " + file + ", in force from the next start"
            : "table: " + file + "; in force once it is " + own);
  }

  /// Fails before the search if the table could not be written after it.
  private static void prepare(Path file, boolean own) {
    try {
      if (own) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
    } catch (IOException e) {
      throw new DescentException("can't write " + file + ": " + AtomicFile.reason(e), e);
    }
    OwnedFile.requireOurs(file);
    AtomicFile.requireWritable(file);
  }
}
