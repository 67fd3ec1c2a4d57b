package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.DeviceReport;
import dev.descent.contract.OtherJvm;
import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.cpu.kernel.Kernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library is unpacked whole and private, whatever lies there; where it can't be had, one line
/// says why.
class NativesTest {
  @TempDir private Path folder;

  private Path cache() {
    return folder.resolve("cache");
  }

  /// What runs in other JVMs: unpacks and loads.
  static final class Loading {
    public static void main(String[] args) throws IOException {
      OtherJvm.awaitOthers(System.in, System.out);
      Natives natives = Natives.load(TestNatives.content(), Path.of(args[0]));
      System.out.println(natives.library() == null ? natives.reason() : "loaded");
    }
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
    Natives natives = Natives.load(content, file.resolve("cache"));
    assertNotNull(natives.library(), natives.reason());
  }

  @Test
  void whatIsNoLibraryIsSaidSo() {
    TestNatives.library();
    Natives natives = Natives.load("no library".getBytes(StandardCharsets.UTF_8), cache());
    assertNull(natives.library());
    assertTrue(natives.reason().startsWith("the library can't be loaded: "), natives.reason());
    assertEquals(1, natives.reason().lines().count(), natives.reason());
  }

  @Test
  void anotherSystemIsNamed() {
    assertEquals(
        "needs Linux on amd64, and this is Mac OS X on aarch64",
        Natives.find("Mac OS X", "aarch64", cache()).reason());
  }

  /// What runs in another JVM: lists the devices.
  static final class Listing {
    public static void main(String[] args) {
      new NativeProvider().devices().forEach(System.out::println);
    }
  }

  @Test
  void callsThatAreForbiddenAreSaid() throws IOException {
    TestNatives.library();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--illegal-native-access=deny",
                "-cp",
                System.getProperty("java.class.path"),
                Listing.class.getName())
            .redirectErrorStream(true)
            .start();
    assertEquals(
        "DeviceReport[id=native, usable=false, description=start java with"
            + " --enable-native-access=ALL-UNNAMED (or =dev.descent.nativecpu)]",
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
  }

  /// Without the module of vectors, what is not written in C++ is slow.
  @Test
  void slowJavaBesideIsSaid() {
    Kernels java = KernelChoice.best();
    assertEquals(java.reason() == null, NativeProvider.others(java).isEmpty());
    var slow = new Kernels(java.matMul(), java.math(), "plain loops", "start java otherwise");
    assertEquals(
        "; plain loops for all but dense layers with ReLU and Adam (start java otherwise)",
        NativeProvider.others(slow));
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
