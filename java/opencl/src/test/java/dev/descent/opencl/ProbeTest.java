package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.DeviceReport;
import dev.descent.contract.OtherJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looking for devices is calm: in a JVM of its own, it says what there is and nothing else.
class ProbeTest {
  @TempDir private Path folder;

  /// What runs in the other JVM.
  static final class Listing {
    public static void main(String[] args) {
      for (DeviceReport report : new OpenClProvider().devices()) {
        System.out.println(report.id() + " " + report.usable() + " " + report.description());
      }
      System.out.println(new OpenClProvider().preference());
    }
  }

  @Test
  void theDevicesOfThisMachine() throws IOException, InterruptedException {
    TestDevice.get();
    String said = list("DESCENT_NOTHING", "");
    assertTrue(said.startsWith("opencl:0 true " + TestDevice.get().name()), said);
    assertEquals(Devices.get().list().size() + 1, said.lines().count(), said);
  }

  @Test
  void aLoaderWithoutADriver() throws IOException, InterruptedException {
    TestDevice.get();
    // Where ocl-icd, and the loader of Khronos, look for drivers.
    String said = list("OCL_ICD_VENDORS", folder.toString());
    assertTrue(said.startsWith("opencl false found the OpenCL loader, but no driver"), said);
    assertTrue(said.contains("CL_PLATFORM_NOT_FOUND_KHR"), said);
    assertTrue(said.endsWith("5\n"), said);
  }

  @Test
  void withoutAHomeFolderNothingIsLeftBehind() throws IOException, InterruptedException {
    TestDevice.get();
    List<Path> before = files(Path.of(""));
    String said = listHomeless(folder);
    assertTrue(said.contains("opencl:0 true "), said);
    assertEquals(List.of(), files(folder));
    said = listHomeless(folder.resolve("missing"));
    assertTrue(said.contains("opencl false LWJGL's library liblwjgl.so can't be loaded: "), said);
    assertEquals(List.of(), files(folder));
    assertEquals(before, files(Path.of("")));
  }

  private static String listHomeless(Path temporary) throws IOException, InterruptedException {
    return OtherJvm.run(
        Listing.class,
        Map.of(
            "XDG_CACHE_HOME",
            "",
            "JAVA_TOOL_OPTIONS",
            "-Duser.home=? -Djava.io.tmpdir=" + temporary));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private String list(String variable, String value) throws IOException, InterruptedException {
    return OtherJvm.run(Listing.class, Map.of(variable, value));
  }
}
