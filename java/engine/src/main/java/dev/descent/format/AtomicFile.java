package dev.descent.format;

import dev.descent.DescentException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Writes a file so that readers see the old content or the whole new one, never a part: into a
/// temporary file beside it, flushed to the disk, then moved into place. If anything fails, the
/// temporary file is deleted and the old content stays.
public final class AtomicFile {
  private static final int BUFFER_BYTES = 1 << 16;

  private AtomicFile() {}

  /// What fills the file.
  @FunctionalInterface
  public interface Content {
    /// Writes all of the content.
    ///
    /// @param out buffered; need not be closed
    void writeTo(OutputStream out) throws IOException;
  }

  /// Writes `target`.
  ///
  /// @throws DescentException naming the file and the reason, if it can't be written
  public static void write(Path target, Content content) {
    Path file = resolveLinks(target);
    Path temporary = temporaryFor(file);
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        OutputStream out =
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      move(temporary, file);
      done = true;
    } catch (IOException e) {
      throw new DescentException("can't write " + target + ": " + reason(e), e);
    } finally {
      if (!done) {
        deleteQuietly(temporary);
      }
    }
  }

  /// Writes text as UTF-8.
  ///
  /// @throws DescentException naming the file and the reason, if it can't be written
  public static void writeText(Path target, String text) {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Fails now if `target` can't be written later: so that a long run does not end with its result
  /// lost. Leaves nothing behind.
  ///
  /// @throws DescentException naming the file and the reason
  public static void requireWritable(Path target) {
    Path file = resolveLinks(target);
    if (Files.isDirectory(file)) {
      throw new DescentException("can't write " + target + ": it is a folder");
    }
    Path temporary = temporaryFor(file);
    try {
      Files.createFile(temporary);
    } catch (IOException e) {
      throw new DescentException("can't write " + target + ": " + reason(e), e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  /// The reason of an I/O failure in words, without the file's name and without a class name where
  /// the failure is a common one.
  public static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "a file of that name exists";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  /// A link keeps being a link: what it points to is written.
  private static Path resolveLinks(Path target) {
    try {
      return Files.isSymbolicLink(target) ? target.toRealPath() : target.toAbsolutePath();
    } catch (IOException e) {
      throw new DescentException("can't write " + target + ": " + reason(e), e);
    }
  }

  private static Path temporaryFor(Path file) {
    Path name = file.getFileName();
    if (name == null) {
      throw new DescentException("can't write " + file + ": it is a folder");
    }
    return file.resolveSibling(
        "." + name + "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp");
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // The failure that led here is the one worth reporting.
    }
  }
}
