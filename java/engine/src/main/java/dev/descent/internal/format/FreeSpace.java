package dev.descent.internal.format;

import dev.descent.DescentException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Asks for room on the disk before long work, so that its result is not lost at the end.
public final class FreeSpace {
  private FreeSpace() {}

  /// Fails if a disk has no room for the files that will be written there with [AtomicFile]: for
  /// all of them, less what they replace, and for the largest a second time, since the one before
  /// stays until the new one is whole. A disk that does not tell what is free is taken to have
  /// room.
  ///
  /// @param files with the bytes that each will have
  /// @throws DescentException naming the files, the bytes needed and the bytes free
  public static void require(Map<Path, Long> files) {
    Map<FileStore, Map<Path, Long>> disks = new LinkedHashMap<>();
    files.forEach((file, bytes) -> {
      try {
        if (!Files.exists(file) || Files.isRegularFile(file)) {
          disks.computeIfAbsent(store(file), disk -> new LinkedHashMap<>()).put(file, bytes);
        }
      } catch (IOException _) {
        // Nothing is known of it; writing will tell.
      }
    });
    disks.forEach(FreeSpace::require);
  }

  private static FileStore store(Path file) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path folder = target.getParent();
    return Files.getFileStore(folder == null ? target : folder);
  }

  private static void require(FileStore disk, Map<Path, Long> files) {
    try {
      long needed = files.values().stream().mapToLong(bytes -> bytes).max().orElse(0);
      for (Map.Entry<Path, Long> file : files.entrySet()) {
        long replaced = Files.exists(file.getKey()) ? Files.size(file.getKey()) : 0;
        needed += Math.max(0, file.getValue() - replaced);
      }
      long free = disk.getUsableSpace();
      if (disk.getTotalSpace() > 0 && free < needed) {
        throw new DescentException(
            String.format(
                Locale.ROOT,
                "no room for %s: %,d bytes are needed, %,d are free",
                String.join(", ", files.keySet().stream().map(Path::toString).toList()),
                needed,
                free));
      }
    } catch (IOException _) {
      // As above.
    }
  }
}
