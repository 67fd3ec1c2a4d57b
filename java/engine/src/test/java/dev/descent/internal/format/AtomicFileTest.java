package dev.descent.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.DescentException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private final Path folder;

  AtomicFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void writesAndReplaces() throws IOException {
    Path file = folder.resolve("a");
    AtomicFile.writeText(file, "one é");
    assertEquals("one é", Files.readString(file));
    AtomicFile.writeText(file, "");
    assertEquals("", Files.readString(file));
    assertOnly("a");
  }

  @Test
  void contentOfManyBuffersArrivesWhole() throws IOException {
    byte[] bytes = new byte[1_000_003];
    new SplittableRandom(1).nextBytes(bytes);
    Path file = folder.resolve("a");
    AtomicFile.write(
        file,
        out -> {
          out.write(bytes, 0, 7);
          out.write(bytes, 7, bytes.length - 7);
        });
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void theOldContentStaysIfTheNewOneFails() throws IOException {
    Path file = folder.resolve("a");
    AtomicFile.writeText(file, "old");
    DescentException full =
        assertThrows(
            DescentException.class,
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[200_000]);
                      throw new IOException("No space left on device");
                    }));
    assertEquals("can't write " + file + ": No space left on device", message(full));
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                file,
                out -> {
                  out.write(1);
                  throw new IllegalStateException("a bug");
                }));
    assertThrows(
        StackOverflowError.class,
        () ->
            AtomicFile.write(
                file,
                _ -> {
                  throw new StackOverflowError("an error");
                }));
    assertEquals("old", Files.readString(file));
    assertOnly("a");
  }

  @Test
  void aFolderIsNotReplacedEvenIfEmpty() throws IOException {
    Path target = Files.createDirectory(folder.resolve("sub"));
    assertFails(target, "it is a folder");
    assertFails(folder.getRoot(), "it is a folder");
    assertTrue(Files.isDirectory(target));
    assertOnly("sub");
  }

  @Test
  void aMissingFolderIsNamed() throws IOException {
    assertFails(folder.resolve("no/file"), "no such folder: " + folder.resolve("no"));
    AtomicFile.writeText(folder.resolve("a"), "");
    Path below = folder.resolve("a/file");
    assertThrows(DescentException.class, () -> AtomicFile.writeText(below, ""));
    assertThrows(DescentException.class, () -> AtomicFile.requireWritable(below));
    assertOnly("a");
  }

  @Test
  void namesUpToTheSystemsLimitCanBeWritten() throws IOException {
    String longest = "n".repeat(255);
    AtomicFile.writeText(folder.resolve(longest), "x");
    assertOnly(longest);
    Path tooLong = folder.resolve("n".repeat(256));
    assertThrows(DescentException.class, () -> AtomicFile.writeText(tooLong, "x"));
    assertThrows(DescentException.class, () -> AtomicFile.requireWritable(tooLong));
    assertOnly(longest);
  }

  @Test
  void aRelativeNameIsWrittenInTheCurrentFolder() throws IOException {
    Path file = Path.of("atomic-file-test.tmp");
    try {
      AtomicFile.writeText(file, "x");
      assertEquals("x", Files.readString(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void aLinkKeepsBeingALink() throws IOException {
    assumeTrue(POSIX, "links need a POSIX file system");
    Path real = Files.createDirectory(folder.resolve("real")).resolve("file");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("real/file"));
    Path toLink = Files.createSymbolicLink(folder.resolve("toLink"), link);
    AtomicFile.requireWritable(toLink);
    AtomicFile.writeText(toLink, "through a link to nothing yet");
    assertEquals("through a link to nothing yet", Files.readString(real));
    AtomicFile.writeText(link, "new");
    assertEquals("new", Files.readString(real));
    assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(toLink));
    assertOnly("link", "real", "toLink");
  }

  @Test
  void linksInACircleFail() throws IOException {
    assumeTrue(POSIX, "links need a POSIX file system");
    Path a = Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));
    assertThrows(DescentException.class, () -> AtomicFile.writeText(a, "x"));
    assertThrows(DescentException.class, () -> AtomicFile.requireWritable(a));
    assertOnly("a", "b");
  }

  @Test
  void anExistingFileKeepsItsPermissions() throws IOException {
    assumeTrue(POSIX, "permissions need a POSIX file system");
    Path file = folder.resolve("a");
    AtomicFile.writeText(file, "old");
    for (String permissions : List.of("rw-------", "rwxrw-rw-")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      AtomicFile.writeText(file, "new");
      assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }

  @Test
  void writeProtectedFilesAndFoldersAreLeftAlone() throws IOException {
    assumeTrue(POSIX, "permissions need a POSIX file system");
    Path file = folder.resolve("a");
    AtomicFile.writeText(file, "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeTrue(!Files.isWritable(file), "the superuser may write to everything");
      assertFails(file, "permission denied");
      assertFails(closed.resolve("b"), "permission denied");
      assertEquals("old", Files.readString(file));
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void aDeviceIsWrittenToAndNotReplaced() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "there is no /dev/null");
    AtomicFile.requireWritable(device);
    AtomicFile.writeText(device, "x");
    assertFalse(Files.isRegularFile(device));
  }

  @Test
  void aFullDeviceIsReported() {
    Path device = Path.of("/dev/full");
    assumeTrue(Files.exists(device), "there is no /dev/full");
    DescentException e =
        assertThrows(DescentException.class, () -> AtomicFile.writeText(device, "x"));
    assertTrue(message(e).startsWith("can't write /dev/full: No space"), message(e));
  }

  @Test
  void requireWritableLeavesNothing() throws IOException {
    AtomicFile.requireWritable(folder.resolve("a"));
    assertOnly();
    AtomicFile.writeText(folder.resolve("a"), "old");
    AtomicFile.requireWritable(folder.resolve("a"));
    assertEquals("old", Files.readString(folder.resolve("a")));
    assertOnly("a");
  }

  @Test
  void anInterruptDoesNotStopAWrite() throws IOException {
    Path file = folder.resolve("a");
    Thread.currentThread().interrupt();
    AtomicFile.write(file, out -> out.write(new byte[200_000]));
    assertTrue(Thread.interrupted());
    assertEquals(200_000, Files.size(file));
  }

  @Test
  void readersAmongManyWritersSeeOneWholeContent() throws Exception {
    Path file = folder.resolve("a");
    int writers = 4;
    AtomicFile.write(file, out -> out.write(content(0)));
    CountDownLatch start = new CountDownLatch(writers);
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<?>> running = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        byte[] mine = content(w);
        running.add(
            threads.submit(() -> {
              start.countDown();
              awaitAll(start);
              for (int i = 0; i < 10; i++) {
                AtomicFile.write(file, out -> out.write(mine));
                assertWhole(file);
              }
            }));
      }
      for (Future<?> thread : running) {
        thread.get();
      }
    }
    assertOnly("a");
  }

  private static void awaitAll(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] content(int writer) {
    byte[] content = new byte[100_000 + writer];
    Arrays.fill(content, (byte) writer);
    return content;
  }

  private static void assertWhole(Path file) {
    try {
      byte[] read = Files.readAllBytes(file);
      assertArrayEquals(content(read[0]), read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertFails(Path target, String reason) {
    String expected = "can't write " + target + ": " + reason;
    DescentException write =
        assertThrows(DescentException.class, () -> AtomicFile.writeText(target, "x"));
    assertEquals(expected, message(write));
    DescentException check =
        assertThrows(DescentException.class, () -> AtomicFile.requireWritable(target));
    assertEquals(expected, message(check));
  }

  private void assertOnly(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(names), files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void ownedFilesReplaceOnlyOurOwn() throws IOException {
    Path file = folder.resolve("picture.svg");
    String ours = "<!-- " + OwnedFile.MARK + " -->é";
    OwnedFile.writeText(file, ours + 1);
    OwnedFile.writeText(file, ours + 2);
    assertEquals(ours + 2, Files.readString(file, StandardCharsets.UTF_8));

    Files.writeString(file, "<svg>drawn by hand</svg>");
    DescentException e =
        assertThrows(DescentException.class, () -> OwnedFile.writeText(file, ours));
    assertTrue(message(e).startsWith(file + " exists and is not ours"), message(e));
    assertEquals("<svg>drawn by hand</svg>", Files.readString(file));

    Files.writeString(file, " ".repeat(OwnedFile.MARK_WITHIN) + OwnedFile.MARK);
    assertThrows(DescentException.class, () -> OwnedFile.writeText(file, ours));

    Files.writeString(file, "");
    OwnedFile.writeText(file, ours);
    assertThrows(IllegalArgumentException.class, () -> OwnedFile.writeText(file, "no mark"));
    assertThrows(DescentException.class, () -> OwnedFile.writeText(folder, ours));
    assertOnly("picture.svg");
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }
}
