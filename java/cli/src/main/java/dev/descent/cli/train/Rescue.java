package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.data.known.DataFolder;
import dev.descent.internal.UserCache;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Saves the result of a run elsewhere where it can't be saved as asked: in a new folder, which
/// none but the user can read, in the cache, the home or the temporary folder.
final class Rescue {
  private final List<Path> places;

  Rescue(List<Path> places) {
    this.places = List.copyOf(places);
  }

  /// One that tries the user's folders.
  static Rescue inUsersFolders() {
    return new Rescue(
        Stream.of(
                UserCache.absolute(System.getenv(DataFolder.VARIABLE)),
                UserCache.folder(),
                UserCache.absolute(System.getProperty("user.home")),
                UserCache.absolute(System.getProperty("java.io.tmpdir")))
            .filter(Objects::nonNull)
            .toList());
  }

  /// Writes a file of that name.
  ///
  /// @param write writes the path that it gets
  /// @return where it is, or null if that failed everywhere
  @Nullable Path save(Path name, Consumer<Path> write) {
    Path file = name.getFileName();
    return file == null
        ? null
        : places.stream()
            .filter(Path::isAbsolute)
            .flatMap(place -> saved(place, file, write))
            .findFirst()
            .orElse(null);
  }

  private static Stream<Path> saved(Path place, Path name, Consumer<Path> write) {
    Path folder = null;
    try {
      Files.createDirectories(place);
      folder = Files.createTempDirectory(place, "rescued-");
      Path file = folder.resolve(name.toString());
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        // What replaces a file has its permissions.
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      write.accept(file);
      return Stream.of(file);
    } catch (IOException | DescentException _) {
      remove(folder, name);
      return Stream.empty();
    }
  }

  private static void remove(@Nullable Path folder, Path name) {
    if (folder != null) {
      try {
        Files.deleteIfExists(folder.resolve(name.toString()));
        Files.deleteIfExists(folder);
      } catch (IOException _) {
        // It is empty.
      }
    }
  }
}
