package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.DeviceReport;
import dev.descent.contract.OtherJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library is unpacked whole and private, whatever lies there; where it can't be had, one line says why.
class NativesTest {
  @TempDir private Path folder;

  private Unpacker unpacker() {
    return new Unpacker(folder.resolve("cache"));
  }

  /// What runs in other JVMs: unpacks and loads.
  static final class Loading {
    public static void main(String[] args) throws IOException {
      OtherJvm.awaitOthers(System.in, System.out);
      Natives natives = Natives.load(TestNatives.content(), new Unpacker(Path.of(args[0])));
      System.out.println(natives.library() == null ? natives.reason() : "loaded");
    }
  }

  @Test
  void itIsUnpackedIntoAPrivateFolder() throws IOException {
    byte[] content = TestNatives.content();
    Path file = unpacker().unpack(content);
    assertArrayEquals(content, Files.readAllBytes(file));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    try (var files = Files.list(file.getParent())) {
      assertEquals(
          List.of("libdescent_cpu.so", "lock"),
          files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aTamperedOrHalfWrittenFileIsReplaced() throws IOException {
    byte[] content = TestNatives.content();
    Path file = unpacker().unpack(content);
    byte[] tampered = content.clone();
    tampered[tampered.length / 2] ^= 1;
    for (byte[] bad : List.of(tampered, Arrays.copyOf(content, content.length / 2), new byte[0])) {
      Files.write(file, bad);
      assertEquals(file, unpacker().unpack(content));
      assertArrayEquals(content, Files.readAllBytes(file));
    }
    Path elsewhere = Files.write(folder.resolve("elsewhere"), content);
    Files.delete(file);
    Files.createSymbolicLink(file, elsewhere);
    unpacker().unpack(content);
    assertTrue(!Files.isSymbolicLink(file), "a link is not followed");
  }

  @Test
  void aFolderThatIsALinkIsRefused() throws IOException {
    byte[] content = TestNatives.content();
    Path own = unpacker().unpack(content).getParent();
    Path away = folder.resolve("away");
    Files.move(own, away);
    Files.createSymbolicLink(own, away);
    assertThrows(IOException.class, () -> unpacker().unpack(content));
  }

  @Test
  void aFileThatStaysOpenIsNotChangedUnderItsUser() throws IOException {
    byte[] content = TestNatives.content();
    Path file = unpacker().unpack(content);
    Object before = Files.getAttribute(file, "unix:ino");
    unpacker().unpack(content);
    assertEquals(before, Files.getAttribute(file, "unix:ino"), "a good file stays");
  }

  @Test
  void severalJvmsUnpackAtOnce() throws IOException, InterruptedException {
    TestNatives.library();
    assertEquals(
        List.of("loaded\n", "loaded\n", "loaded\n"),
        OtherJvm.runTogether(3, Loading.class, Map.of(), folder.resolve("cache").toString()));
  }

  @Test
  void aCacheThatCanNotBeWrittenToIsDoneWithout() throws IOException {
    byte[] content = TestNatives.content();
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Natives natives = Natives.load(content, new Unpacker(file.resolve("cache")));
    assertNotNull(natives.library(), natives.reason());
  }

  @Test
  void whatIsNoLibraryIsSaidSo() {
    TestNatives.library();
    Natives natives = Natives.load("no library".getBytes(StandardCharsets.UTF_8), unpacker());
    assertNull(natives.library());
    assertTrue(natives.reason().startsWith("the library can't be loaded: "), natives.reason());
    assertEquals(1, natives.reason().lines().count(), natives.reason());
  }

  @Test
  void anotherSystemIsNamed() {
    assertEquals(
        "needs Linux on amd64, and this is Mac OS X on aarch64",
        Natives.find("Mac OS X", "aarch64", unpacker()).reason());
  }

  @Test
  void theProviderReports() {
    List<DeviceReport> reports = new NativeProvider().devices();
    assertEquals(1, reports.size());
    assertEquals("native", reports.getFirst().id());
    assertEquals(Natives.get().library() != null, reports.getFirst().usable());
    assertThrows(
        BackendUnavailableException.class,
        () -> new NativeProvider().open(BackendOptions.DEFAULT.withDevice(1)));
  }
}
