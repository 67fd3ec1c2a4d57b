package dev.descent.internal.format;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FreeSpaceTest {
  @TempDir private Path folder;

  @Test
  void whatHasNoRoomIsRefusedWithBothNumbers() throws Exception {
    Path file = folder.resolve("large");
    long free = Files.getFileStore(folder).getUsableSpace();
    FreeSpace.require(Map.of(file, 1L));
    FreeSpace.require(Map.of());
    // The old one stays until the new one is whole: twice what it takes.
    long more = free / 2 + (1L << 40);
    var e = assertThrows(DescentException.class, () -> FreeSpace.require(Map.of(file, more)));
    assertTrue(
        e.getMessage()
            .startsWith(
                String.format(
                    Locale.ROOT, "no room for %s: %,d bytes are needed, ", file, 2 * more)),
        e.getMessage());
    assertThrows(
        DescentException.class,
        () -> FreeSpace.require(Map.of(file, more / 3, folder.resolve("other"), 2 * more)));
  }

  /// What a file that is there takes is free again once it is replaced.
  @Test
  void whatIsReplacedDoesNotCount() throws Exception {
    Path file = folder.resolve("sparse");
    long size = 1L << 30;
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(size);
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    long fits = free / 2 + size / 4;
    if (fits + size / 4 < free) {
      FreeSpace.require(Map.of(file, fits));
    }
    FreeSpace.require(Map.of(Path.of("/dev/null"), Long.MAX_VALUE / 4));
    FreeSpace.require(Map.of(folder.resolve("no/such/folder/x"), Long.MAX_VALUE / 4));
  }
}
