package dev.descent.nativecpu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/// Puts the library where the system can load it: in a folder of its own below the user's cache, named by the
/// library's hash, that nobody else can enter. A file that is there is used if it has that hash and replaced
/// otherwise, and appears whole or not at all, whoever unpacks at the same time.
final class Unpacker {
  private static final String FILE = "libdescent_cpu.so";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path base;

  /// @param base that holds a folder for each version
  Unpacker(Path base) {
    this.base = base;
  }

  /// In the user's own cache folder.
  static Unpacker ofUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "."), ".cache");
    return new Unpacker(cache.resolve("descent").resolve("native"));
  }

  /// The file with this content.
  ///
  /// @throws IOException if the folder can't be written to, or is not the user's alone
  Path unpack(byte[] content) throws IOException {
    byte[] hash = sha256(content);
    Path folder = base.resolve(HexFormat.of().formatHex(hash, 0, 16)).toAbsolutePath();
    createPrivate(folder);
    Path file = folder.resolve(FILE);
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock(channel);
      if (!has(file, hash)) {
        write(file, content);
      }
    }
    return file;
  }

  private static void createPrivate(Path folder) throws IOException {
    Files.createDirectories(folder.getParent());
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
      } catch (IOException e) {
        // Another JVM may have been faster.
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          throw e;
        }
      }
    }
    // Fails where the folder is another user's.
    Files.setPosixFilePermissions(folder, PRIVATE);
  }

  /// Waits for other JVMs; the lock ends with the channel. It saves work only: a file appears whole
  /// without it too.
  private static void lock(FileChannel channel) throws IOException {
    try {
      channel.lock();
    } catch (OverlappingFileLockException _) {
      // This JVM has it, under another class loader.
    }
  }

  private static boolean has(Path file, byte[] hash) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Arrays.equals(sha256(Files.readAllBytes(file)), hash);
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path part = Files.createTempFile(file.getParent(), FILE, ".part");
    try {
      Files.write(part, content);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static byte[] sha256(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
