package dev.descent.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import jcuda.driver.JCudaDriver;

/// Unpacks JCuda's native library and loads it. JCuda itself would put it under a fixed name into the
/// folder for everybody's temporary files and load whatever lies there; so it gets a folder of its own, where
/// only this user may write, with the very bytes of the jar.
final class Natives {
  /// The name that JCuda looks for.
  static final String LIBRARY = "libJCudaDriver-12.6.0-linux-x86_64.so";

  private Natives() {}

  /// Loads the library through JCuda. To be called once.
  ///
  /// @return what stands in the way, or an empty text
  static String load() {
    Path folder;
    try {
      folder = unpack(ofUser(), read());
    } catch (IOException e) {
      return "can't unpack JCuda's library %s: %s".formatted(LIBRARY, e);
    }
    // What JCuda takes for the folder of temporary files when its class is initialised.
    String temporary = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", folder.toString());
    try {
      JCudaDriver.setExceptionsEnabled(false);
      return "";
    } catch (LinkageError e) {
      return "can't load %s: %s".formatted(folder.resolve(LIBRARY), firstLine(e));
    } finally {
      System.setProperty("java.io.tmpdir", temporary);
    }
  }

  private static String firstLine(Throwable e) {
    return e.toString().lines().findFirst().orElse("unknown").strip();
  }

  /// The library as the jar has it.
  static byte[] read() throws IOException {
    try (InputStream in = Natives.class.getClassLoader().getResourceAsStream("lib/" + LIBRARY)) {
      if (in == null) {
        throw new NoSuchFileException("lib/" + LIBRARY, null, "not in any jar of this program");
      }
      return in.readAllBytes();
    }
  }

  private static Path ofUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "."), ".cache");
    return base.resolve("descent").resolve("cuda");
  }

  /// Makes sure that a folder holds the library, and nothing but these bytes under its name.
  ///
  /// @param base where the folder is made, named by the hash of the bytes; where it can't be written to, a
  ///     new folder for this run is made elsewhere
  /// @return the folder
  static synchronized Path unpack(Path base, byte[] library) throws IOException {
    try {
      Path folder = base.resolve("jcuda-" + hash(library).substring(0, 16));
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      try (FileChannel lock =
              FileChannel.open(
                  folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock _ = lock.lock()) {
        write(folder, library);
      }
      return folder;
    } catch (IOException | OverlappingFileLockException _) {
      // The lock is held by this JVM where the class was loaded twice.
      return unpackForThisRun(library);
    }
  }

  private static Path unpackForThisRun(byte[] library) throws IOException {
    // For this user alone, and empty.
    Path folder = Files.createTempDirectory("descent-cuda-");
    write(folder, library);
    folder.toFile().deleteOnExit();
    folder.resolve(LIBRARY).toFile().deleteOnExit();
    return folder;
  }

  /// Replaces the file whole, unless it is right: another process may have loaded it.
  private static void write(Path folder, byte[] library) throws IOException {
    Path file = folder.resolve(LIBRARY);
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Arrays.equals(Files.readAllBytes(file), library)) {
      return;
    }
    Path fresh = Files.createTempFile(folder, LIBRARY, ".new");
    try {
      Files.write(fresh, library);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
