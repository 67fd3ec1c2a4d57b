package dev.descent.internal.device;

import dev.descent.internal.CacheFolder;
import dev.descent.internal.event.Notices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Puts a native library where the system can load it, and has it loaded: from a folder of the
/// user's cache, named by the library's hash, or, where that can't be, from a temporary folder,
/// which is removed again.
public final class NativeFile {
  private NativeFile() {}

  /// Loads a library that lies in a file.
  ///
  /// @param <T> what is loaded
  @FunctionalInterface
  public interface Loader<T> {
    /// Loads it for good: the file may vanish afterwards.
    ///
    /// @throws UnsatisfiedLinkError if it can't be loaded from there
    T load(Path file) throws IOException;
  }

  /// Loads a library, from the cache if it can be.
  ///
  /// @param base the cache's own folder, or null where there is none
  /// @param backend the name of the folder below it, for all versions
  /// @param name of the file
  /// @param content of the library
  /// @throws IOException with the reasons in one line, if it can't be loaded from anywhere
  public static <T> T load(
      @Nullable Path base, String backend, String name, byte[] content, Loader<T> loader)
      throws IOException {
    String cached;
    try {
      return loader.load(unpack(base, backend, name, content));
    } catch (IOException | UnsatisfiedLinkError e) {
      cached = reason(e);
    }
    try {
      T loaded = loadTemporary(backend, name, content, loader);
      Notices.inform(
          "%s: %s was loaded from a temporary folder, not from the cache: %s"
              .formatted(backend, name, cached));
      return loaded;
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new IOException("%s; nor from the cache: %s".formatted(reason(e), cached), e);
    }
  }

  /// A file of the cache with this content. A file that is there is used if it has it, and replaced
  /// otherwise.
  ///
  /// @param base the cache's own folder, or null where there is none
  /// @param backend the name of the folder below it, for all versions
  /// @throws IOException if the cache can't be written to, or is not the user's alone
  public static Path unpack(@Nullable Path base, String backend, String name, byte[] content)
      throws IOException {
    var folder = new CacheFolder(base, backend, hash(content));
    return isThere(folder, name, content)
        ? folder.path().resolve(name)
        : folder.write(name, content);
  }

  private static boolean isThere(CacheFolder folder, String name, byte[] content) {
    try {
      return Arrays.equals(folder.read(name, content.length), content);
    } catch (IOException _) {
      // Writing it replaces it, or says why not.
      return false;
    }
  }

  private static <T> T loadTemporary(String backend, String name, byte[] content, Loader<T> loader)
      throws IOException {
    // For this user alone.
    Path folder = Files.createTempDirectory("descent-" + backend + "-");
    Path file = folder.resolve(name);
    try {
      Files.write(file, content);
      return loader.load(file);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  /// Tells versions apart, no more: a file is compared before it is used. A cryptographic hash would
  /// take longer than the loading.
  private static String hash(byte[] content) {
    var crc = new CRC32();
    crc.update(content);
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits((int) crc.getValue()) + hex.toHexDigits(content.length);
  }

  private static String reason(Throwable e) {
    String kind = e.getClass() == IOException.class ? "" : e.getClass().getSimpleName() + ": ";
    String message = e.getMessage() == null ? "no reason given" : e.getMessage();
    return kind + message.lines().findFirst().orElse("");
  }
}
