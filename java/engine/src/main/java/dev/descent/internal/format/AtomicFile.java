package dev.descent.internal.format;

import dev.descent.DescentException;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import org.jspecify.annotations.Nullable;

/// Writes a file so that readers see the old content or the whole new one, never a part: into a
/// temporary file beside it, flushed to the disk, then moved into place. If anything fails, the
/// temporary file is deleted and the old content stays; if the process is killed, the next write
/// into that folder deletes it (see [TemporaryFile]).
///
/// A link keeps being a link: what it points to is written. An existing file keeps its permissions,
/// and is not replaced if it is write-protected. What is neither a file nor a folder, such as
/// `/dev/null` or a pipe, is written to directly. Interrupting the thread does not stop a write.
public final class AtomicFile {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MAX_LINKS = 40;

  private AtomicFile() {}

  /// What fills the file.
  @FunctionalInterface
  public interface Content {
    /// Writes all of the content.
    ///
    /// @param out buffered; need not be closed
    void writeTo(OutputStream out) throws IOException;
  }

  /// Writes `target`, a path of the default file system.
  ///
  /// @throws DescentException naming the file and the reason, if it can't be written
  public static void write(Path target, Content content) {
    try {
      BasicFileAttributes existing = requireReplaceable(target);
      if (existing != null && existing.isOther()) {
        try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
          fill(out, content);
        }
      } else {
        replace(resolveLinks(target), content, existing != null);
      }
    } catch (IOException e) {
      throw new DescentException("can't write " + target + ": " + reason(e), e);
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
    try {
      BasicFileAttributes existing = requireReplaceable(target);
      if (existing == null || existing.isRegularFile()) {
        deleteQuietly(TemporaryFile.beside(resolveLinks(target)));
      }
    } catch (IOException e) {
      throw new DescentException("can't write " + target + ": " + reason(e), e);
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

  private static void replace(Path file, Content content, boolean exists) throws IOException {
    Path temporary = TemporaryFile.beside(file);
    boolean done = false;
    try {
      // A FileChannel would be closed by an interrupt, and with it the model that Ctrl-C saves.
      try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
        fill(out, content);
        out.getFD().sync();
      }
      if (exists) {
        copyPermissions(file, temporary);
      }
      move(temporary, file);
      done = true;
    } finally {
      if (!done) {
        deleteQuietly(temporary);
      }
    }
    flushFolder(file);
  }

  private static void fill(OutputStream out, Content content) throws IOException {
    OutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
    content.writeTo(buffered);
    buffered.flush();
  }

  /// What lies at `target`, links followed, or null if nothing does; fails if it can't be replaced.
  private static @Nullable BasicFileAttributes requireReplaceable(Path target) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(target, BasicFileAttributes.class);
    } catch (NoSuchFileException _) {
      requireFolder(target);
      return null;
    }
    if (attributes.isDirectory()) {
      throw new IOException("it is a folder");
    }
    if (!Files.isWritable(target)) {
      throw new IOException("permission denied");
    }
    return attributes;
  }

  private static void requireFolder(Path target) throws IOException {
    Path folder = resolveLinks(target).getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new IOException(
          (Files.exists(folder) ? "not a folder: " : "no such folder: ") + folder);
    }
  }

  private static Path resolveLinks(Path target) throws IOException {
    Path file = target.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(file); links++) {
      if (links == MAX_LINKS) {
        throw new IOException("too many links");
      }
      file = file.resolveSibling(Files.readSymbolicLink(file));
    }
    return file;
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(from, PosixFileAttributeView.class);
    if (view != null) {
      Files.setPosixFilePermissions(to, view.readAttributes().permissions());
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Makes the move itself last through a power cut, on systems where a folder can be opened.
  private static void flushFolder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // Windows can't, and flushes the move itself.
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
