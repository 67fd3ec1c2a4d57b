package dev.descent.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder of the cache holds what this user wrote and nothing else, whatever lies there.
class CacheFolderTest {
  private static final int ANOTHER_USER = 12_345;
  private static final byte[] CONTENT = {1, 2, 3, 4, 5};
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir private Path home;

  private Path base;
  private CacheFolder folder;

  @BeforeEach
  void choose() {
    base = home.resolve("cache").resolve("descent");
    folder = new CacheFolder(base, "kernels", "inner");
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  private static void setMode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /// @return what lies in the folder
  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    assertNull(folder.read("file", 10));
    assertFalse(Files.exists(base), "reading makes no folder");
    Path file = folder.write("file", CONTENT);
    assertEquals(base.resolve("kernels/inner/file"), file);
    assertArrayEquals(CONTENT, folder.read("file", CONTENT.length));
    assertNull(folder.read("other", 10));
    folder.write("file", new byte[0]);
    assertArrayEquals(new byte[0], folder.read("file", 10));
    for (Path own : List.of(base, base.resolve("kernels"), base.resolve("kernels/inner"))) {
      assertEquals("rwx------", mode(own));
    }
    assertEquals(List.of("file"), names(folder.path()));
  }

  @Test
  void aFileThatIsTooLongIsNotRead() throws IOException {
    folder.write("file", CONTENT);
    assertThrows(IOException.class, () -> folder.read("file", CONTENT.length - 1));
  }

  @Test
  void aLinkInAFilesPlaceIsReplacedAndNotFollowed() throws IOException {
    Path file = folder.write("file", CONTENT);
    Path elsewhere = Files.writeString(home.resolve("elsewhere"), "other");
    for (Path target : List.of(elsewhere, home.resolve("nowhere"), home)) {
      Files.delete(file);
      Files.createSymbolicLink(file, target);
      assertThrows(IOException.class, () -> folder.read("file", 10));
      folder.write("file", CONTENT);
      assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
      assertArrayEquals(CONTENT, folder.read("file", 10));
    }
    assertEquals("other", Files.readString(elsewhere));
  }

  @Test
  void aPipeInAFilesPlaceIsReplacedAndNotWaitedFor() throws Exception {
    Path file = folder.write("file", CONTENT);
    for (String name : List.of("file", "lock")) {
      Files.deleteIfExists(file.resolveSibling(name));
      makePipe(file.resolveSibling(name));
    }
    assertTimeoutPreemptively(
        LONG,
        () -> {
          assertThrows(IOException.class, () -> folder.read("file", 10));
          folder.write("file", CONTENT);
          assertArrayEquals(CONTENT, folder.read("file", 10));
        });
    assertEquals(List.of("file", "lock"), names(folder.path()));
  }

  private static void makePipe(Path path) throws IOException, InterruptedException {
    Process made = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    assertEquals(0, made.waitFor(), "mkfifo");
  }

  @Test
  void aFolderInAFilesPlaceIsSaid() throws IOException {
    Path file = folder.write("file", CONTENT);
    Files.delete(file);
    Files.createDirectories(file.resolve("inside"));
    assertThrows(IOException.class, () -> folder.read("file", 10));
    assertThrows(IOException.class, () -> folder.write("file", CONTENT));
    assertEquals(List.of("file"), names(folder.path()), "what failed is cleaned up");
  }

  @Test
  void aFolderThatIsALinkOrAFileIsRefused() throws IOException {
    folder.write("file", CONTENT);
    for (Path level : List.of(base.resolve("kernels/inner"), base.resolve("kernels"), base)) {
      Path away = home.resolve("away");
      Files.move(level, away);
      Files.createSymbolicLink(level, away);
      refused("is a link or a file");
      Files.delete(level);
      Files.writeString(level, "in the way");
      refused("is a link or a file");
      Files.delete(level);
      Files.move(away, level);
      assertArrayEquals(CONTENT, folder.read("file", 10));
    }
  }

  private void refused(String why) {
    for (var call :
        List.<Call>of(() -> folder.read("file", 10), () -> folder.write("file", CONTENT))) {
      var e = assertThrows(IOException.class, call::run);
      assertTrue(String.valueOf(e.getMessage()).contains(why), e.toString());
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  /// The home may be a link, or hold one: that is the user's own choice.
  @Test
  void linksAboveTheCacheAreFollowed() throws IOException {
    Path real = Files.createDirectory(home.resolve("real"));
    Files.createSymbolicLink(home.resolve("cache"), real);
    folder.write("file", CONTENT);
    assertArrayEquals(CONTENT, folder.read("file", 10));
    assertTrue(Files.isDirectory(real.resolve("descent")));
  }

  @Test
  void foldersThatOthersCanWriteToAreClosed() throws IOException {
    folder.write("file", CONTENT);
    for (Path level : List.of(base.resolve("kernels/inner"), base.resolve("kernels"), base)) {
      setMode(level, "rwxrwxrwx");
    }
    assertArrayEquals(CONTENT, folder.read("file", 10));
    assertEquals("rwx------", mode(base.resolve("kernels/inner")));
    assertEquals("rwxr-xr-x", mode(base.resolve("kernels")));
    assertEquals("rwxr-xr-x", mode(base));
  }

  @Test
  void aFolderInWhichEverybodyCanReplaceOursIsRefused() throws IOException {
    folder.write("file", CONTENT);
    setMode(home.resolve("cache"), "rwxrwxrwx");
    refused("can be changed by every user");
    setMode(home.resolve("cache"), "rwxrwxr-x");
    assertArrayEquals(CONTENT, folder.read("file", 10));
  }

  @Test
  void whatBelongsToAnotherUserIsRefused() throws IOException {
    assumeTrue(isRoot(), "only root can give a folder to another user");
    Path file = folder.write("file", CONTENT);
    for (Path level : List.of(base.resolve("kernels/inner"), base.resolve("kernels"), base)) {
      Files.setAttribute(level, "unix:uid", ANOTHER_USER);
      refused("belongs to another user");
      Files.setAttribute(level, "unix:uid", 0);
    }
    Files.setAttribute(file, "unix:uid", ANOTHER_USER);
    assertThrows(IOException.class, () -> folder.read("file", 10));
    folder.write("file", CONTENT);
    assertArrayEquals(CONTENT, folder.read("file", 10));
  }

  @Test
  void aFolderThatCannotBeWrittenToIsSaid() throws IOException {
    assumeFalse(isRoot(), "root can write everywhere");
    folder.write("file", CONTENT);
    setMode(folder.path(), "r-x------");
    assertThrows(IOException.class, () -> folder.write("file", CONTENT));
    assertArrayEquals(CONTENT, folder.read("file", 10));
    setMode(folder.path(), "rwx------");
  }

  @Test
  void aFullDiskLeavesNoPart() throws Exception {
    assumeTrue(isRoot(), "only root can mount a small disk");
    Path disk = Files.createDirectory(home.resolve("disk"));
    Process mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(mount.waitFor() == 0, () -> "no disk can be mounted: " + said);
    try {
      var full = new CacheFolder(disk.resolve("descent"), "kernels");
      full.write("file", CONTENT);
      assertThrows(IOException.class, () -> full.write("file", new byte[1 << 20]));
      assertArrayEquals(CONTENT, full.read("file", 10));
      assertEquals(List.of("file"), names(full.path()));
    } finally {
      assertEquals(0, new ProcessBuilder("umount", disk.toString()).start().waitFor());
    }
  }

  @Test
  void withoutACacheNothingIsReadOrWritten() throws IOException {
    var none = new CacheFolder(null, "kernels");
    assertNull(none.read("file", 10));
    for (Call call : List.<Call>of(() -> none.write("file", CONTENT), none::path)) {
      var e = assertThrows(IOException.class, call::run);
      assertTrue(String.valueOf(e.getMessage()).contains("XDG_CACHE_HOME"), e.toString());
    }
  }

  @Test
  void manyWriteAtTheSameTime() throws IOException, InterruptedException, ExecutionException {
    byte[] large = new byte[100_000];
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        done.add(
            threads.submit(() -> {
              folder.write("file", large);
              assertArrayEquals(large, folder.read("file", large.length));
              return null;
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    }
    assertEquals(List.of("file"), names(folder.path()));
  }

  /// An interrupt closes channels.
  @Test
  void anInterruptDoesNotStopIt() throws IOException {
    Thread.currentThread().interrupt();
    folder.write("file", CONTENT);
    assertArrayEquals(CONTENT, folder.read("file", 10));
    assertTrue(Thread.interrupted());
  }
}
