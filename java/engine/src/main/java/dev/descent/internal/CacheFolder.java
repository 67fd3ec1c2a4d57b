package dev.descent.internal;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A folder of the user's cache whose files only this user can have written: it and the folders
/// above it up to the cache's own are folders of this user, no links, in which others can't write,
/// and a file counts only if it is a regular one of this user. Anything else is refused or, where
/// it lies in a file's place, replaced. Files appear whole or not at all, whoever writes at the
/// same time, so there is no lock to wait for.
///
/// Owners are compared on systems that have them; elsewhere only kinds are.
public final class CacheFolder {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private static final int WRITABLE_BY_ALL = 0002;
  private static final int STICKY = 01000;

  private final @Nullable Path base;
  private final String[] names;

  /// @param base the cache's own folder, made where it is missing, or null where there is none
  /// @param names of the folders below it that lead to this one
  public CacheFolder(@Nullable Path base, String... names) {
    this.base = base == null ? null : base.toAbsolutePath();
    this.names = names.clone();
  }

  /// A folder of this user's own cache.
  ///
  /// @param names of the folders below it that lead to this one
  public static CacheFolder ofUser(String... names) {
    return new CacheFolder(UserCache.folder(), names);
  }

  /// Where it is, whether it is there or not.
  ///
  /// @throws IOException if the user has no cache
  public Path path() throws IOException {
    Path folder = base();
    for (String name : names) {
      folder = folder.resolve(name);
    }
    return folder;
  }

  private Path base() throws IOException {
    if (base == null) {
      throw new IOException(UserCache.NONE);
    }
    return base;
  }

  /// A file's content.
  ///
  /// @param most bytes that it may have
  /// @return null if there is no such file
  /// @throws IOException if it can't be read, is no regular file of this user or longer, or the
  ///     folder is not this user's alone
  public byte @Nullable [] read(String name, long most) throws IOException {
    if (base == null || !isSecure(false)) {
      return null;
    }
    Path file = path().resolve(name);
    BasicFileAttributes found = attributes(file);
    if (found == null) {
      return null;
    }
    if (!isOwnFile(file)) {
      throw new IOException(file + " is no regular file of this user");
    }
    if (found.size() > most) {
      throw new IOException(
          String.format(Locale.ROOT, "%s has %,d bytes, more than %,d", file, found.size(), most));
    }
    // A channel would be closed by an interrupt.
    try (InputStream in = new FileInputStream(file.toFile())) {
      return in.readAllBytes();
    }
  }

  /// Sets a file's content, and makes the folder where it is missing.
  ///
  /// @return the file
  /// @throws IOException if it can't be written, or the folder is not this user's alone
  public Path write(String name, byte[] content) throws IOException {
    isSecure(true);
    Path file = path().resolve(name);
    Path fresh =
        Files.createTempFile(
            file.getParent(),
            String.format(Locale.ROOT, ".descent-%d-", ProcessHandle.current().pid()),
            ".tmp");
    try {
      try (OutputStream out = new FileOutputStream(fresh.toFile())) {
        out.write(content);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
    return file;
  }

  /// Whether the folder is there.
  ///
  /// @param create makes it where it is missing
  /// @throws IOException if it is not this user's alone
  private boolean isSecure(boolean create) throws IOException {
    Path folder = base();
    Path parent = folder.getParent();
    if (parent == null) {
      throw new IOException(folder + " is no folder for a cache");
    }
    if (create) {
      Files.createDirectories(parent);
    }
    if (!Files.isDirectory(parent)) {
      return false;
    }
    if (hasOwners(parent)) {
      int mode = (int) Files.getAttribute(parent, "unix:mode");
      if ((mode & WRITABLE_BY_ALL) != 0 && (mode & STICKY) == 0) {
        throw new IOException(parent + " can be changed by every user");
      }
    }
    boolean there = isOwnFolder(folder, create, false);
    for (int i = 0; there && i < names.length; i++) {
      folder = folder.resolve(names[i]);
      there = isOwnFolder(folder, create, i == names.length - 1);
    }
    return there;
  }

  private static boolean isOwnFolder(Path folder, boolean create, boolean alone)
      throws IOException {
    boolean owners = hasOwners(folder);
    if (create) {
      try {
        Files.createDirectory(
            folder,
            owners
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PRIVATE)}
                : new FileAttribute<?>[0]);
      } catch (FileAlreadyExistsException _) {
        // Looked at below.
      }
    }
    BasicFileAttributes found = attributes(folder);
    if (found == null) {
      return false;
    }
    if (!found.isDirectory()) {
      throw new IOException(folder + " is a link or a file, not a folder");
    }
    if (owners) {
      if (!isOwn(folder)) {
        throw new IOException(folder + " belongs to another user");
      }
      exclude(folder, alone);
    }
    return true;
  }

  /// Takes away what others may do: all, or only to write.
  private static void exclude(Path folder, boolean all) throws IOException {
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    boolean changed =
        all
            ? permissions.retainAll(PRIVATE)
            : permissions.removeAll(
                Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
    if (changed) {
      Files.setPosixFilePermissions(folder, permissions);
    }
  }

  private static boolean isOwnFile(Path file) throws IOException {
    BasicFileAttributes found = attributes(file);
    return found != null && found.isRegularFile() && (!hasOwners(file) || isOwn(file));
  }

  private static @Nullable BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  private static boolean hasOwners(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static boolean isOwn(Path path) throws IOException {
    return User.ID.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
  }

  /// This user, where the system has users: found out once.
  private static final class User {
    static final Object ID = id();

    private User() {}

    /// No number of a user where it can't be found out.
    private static Object id() {
      try {
        Path self = Path.of("/proc/self");
        if (Files.exists(self)) {
          return Files.getAttribute(self, "unix:uid");
        }
        Path own = Files.createTempFile("descent-", ".tmp");
        try {
          return Files.getAttribute(own, "unix:uid");
        } finally {
          Files.delete(own);
        }
      } catch (IOException _) {
        return "unknown";
      }
    }
  }
}
