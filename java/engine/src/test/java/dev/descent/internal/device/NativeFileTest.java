package dev.descent.internal.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A library is loaded from a file with its very bytes, from the cache or else from elsewhere.
class NativeFileTest {
  private static final String NAME = "libsome.so";

  @TempDir private Path folder;

  private final byte[] content = "the library's bytes".getBytes(StandardCharsets.UTF_8);
  private final List<Path> tried = new ArrayList<>();

  private Path unpack() throws IOException {
    return NativeFile.unpack(folder.resolve("descent"), "backend", NAME, content);
  }

  /// Loads what has the right bytes and lies below the temporary folder or not.
  private String load(@Nullable Path base, boolean fromCache) throws IOException {
    return NativeFile.load(
        base,
        "backend",
        NAME,
        content,
        file -> {
          tried.add(file);
          assertEquals(NAME, file.getFileName().toString());
          assertArrayEquals(content, Files.readAllBytes(file));
          if (base != null && file.startsWith(base) && !fromCache) {
            throw new UnsatisfiedLinkError(file + ": failed to map segment\nsecond line");
          }
          return "loaded";
        });
  }

  @Test
  void eachLibraryHasAFolderForThisUserAlone() throws IOException {
    Path file = unpack();
    assertArrayEquals(content, Files.readAllBytes(file));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    Path other = NativeFile.unpack(folder.resolve("descent"), "backend", NAME, new byte[] {1});
    assertNotEquals(file.getParent(), other.getParent());
    assertEquals(file.getParent().getParent(), other.getParent().getParent());
  }

  @Test
  void aGoodFileStaysAndABadOneIsReplaced() throws IOException {
    Path file = unpack();
    Object before = Files.getAttribute(file, "unix:ino");
    assertEquals(file, unpack());
    assertEquals(before, Files.getAttribute(file, "unix:ino"), "another process may use it");
    for (String bad : List.of("", "the library's byteS", "something else, and longer")) {
      Files.writeString(file, bad);
      unpack();
      assertArrayEquals(content, Files.readAllBytes(file));
    }
    Path elsewhere = Files.write(folder.resolve("elsewhere"), content);
    Files.delete(file);
    Files.createSymbolicLink(file, elsewhere);
    unpack();
    assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void itIsLoadedFromTheCache() throws IOException {
    Path base = folder.resolve("descent");
    assertEquals("loaded", load(base, true));
    assertEquals(List.of(unpack()), tried);
    assertTrue(Files.exists(tried.getFirst()));
  }

  @Test
  void whatTheCacheCannotDoATemporaryFolderDoes() throws IOException {
    Path inTheWay = Files.writeString(folder.resolve("file"), "in the way");
    for (Path base : new Path[] {null, inTheWay, inTheWay.resolve("descent")}) {
      tried.clear();
      assertEquals("loaded", load(base, true));
      assertEquals(1, tried.size());
      assertFalse(Files.exists(tried.getFirst().getParent()), "it is removed afterwards");
    }
    tried.clear();
    assertEquals("loaded", load(folder.resolve("descent"), false));
    assertEquals(2, tried.size());
  }

  @Test
  void whatCannotBeLoadedAnywhereIsSaidInOneLine() {
    var e =
        assertThrows(
            IOException.class,
            () ->
                NativeFile.load(
                    null,
                    "backend",
                    NAME,
                    content,
                    file -> {
                      throw new UnsatisfiedLinkError("no library\nat all");
                    }));
    String message = String.valueOf(e.getMessage());
    assertTrue(
        message.startsWith("UnsatisfiedLinkError: no library; nor from the cache: "), message);
    assertTrue(message.contains("XDG_CACHE_HOME"), message);
    assertEquals(1, message.lines().count());
  }
}
