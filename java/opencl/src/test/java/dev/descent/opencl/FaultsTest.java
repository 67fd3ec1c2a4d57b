package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.internal.CacheFolder;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes wrong is said in one line, and leaves no wrong number behind.
class FaultsTest {
  @TempDir private Path folder;

  private final Program.Builder builder = Program.builder();
  private final Tensor state =
      builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();

  private Tensor floats(String name, long rows, long columns) {
    return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  private Program program(Operation operation) {
    return builder.step("step", List.of(operation)).build();
  }

  @Test
  void aKernelThatDoesNotBuildIsToldWithItsLog() {
    try (Session session = new Session(TestDevice.get());
        Programs programs = new Programs(session, new BinaryCache(new CacheFolder(folder)))) {
      var broken = new KernelSource("broken", "kernel void f(global int *x) { *x = nonsense; }");
      var e =
          assertThrows(
              DeviceException.class,
              () -> programs.kernel(broken, new Macros(), "f", "MatMul of a[2 x 3], b[3 x 4]"));
      String message = e.getMessage();
      assertTrue(message.contains("MatMul of a[2 x 3], b[3 x 4]"), message);
      assertTrue(message.contains("CL_BUILD_PROGRAM_FAILURE"), message);
      assertTrue(message.contains("nonsense"), message);
      assertTrue(message.contains(session.device().name()), message);
      assertEquals(1, message.lines().count(), message);
      var missing = new KernelSource("missing", "kernel void f(global int *x) { *x = 1; }");
      e =
          assertThrows(
              DeviceException.class, () -> programs.kernel(missing, new Macros(), "g", "Advance"));
      assertTrue(e.getMessage().contains("CL_INVALID_KERNEL_NAME"), e.getMessage());
    }
  }

  @Test
  void aBrokenCacheFileIsBuiltAnew() throws IOException {
    Program program =
        program(new SgdUpdate(floats("p", 1, 9), floats("g", 1, 9), floats("rates", 1, 1), state));
    runOnce(program);
    List<Path> files = files();
    assertEquals(1, files.size(), files.toString());
    byte[] whole = Files.readAllBytes(files.getFirst());
    for (int length : new int[] {0, 1, 40, whole.length / 2, whole.length - 1}) {
      Files.write(files.getFirst(), Arrays.copyOf(whole, length));
      runOnce(program);
      assertEquals(whole.length, Files.size(files.getFirst()));
    }
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    Files.write(files.getFirst(), flipped);
    runOnce(program);
    // Whole by its own hash, but nothing that a driver knows.
    Path file = files.getFirst();
    new BinaryCache(new CacheFolder(folder))
        .store(file.getFileName().toString(), "no program".getBytes(StandardCharsets.UTF_8));
    runOnce(program);
    assertTrue(Files.size(file) > 100, "the cache keeps what no driver takes");
    assertEquals(List.of(file), files());
  }

  @Test
  void aCacheThatCannotBeWrittenOnlyCostsTime() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Program program =
        program(new SgdUpdate(floats("p", 1, 9), floats("g", 1, 9), floats("rates", 1, 1), state));
    try (Backend backend = TestDevice.open(file.resolve("cache"));
        Executable executable = backend.compile(program)) {
      executable.run("step", 1);
    }
  }

  private void runOnce(Program program) {
    try (Backend backend = TestDevice.open(folder);
        Executable executable = backend.compile(program)) {
      executable.run("step", 1);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void theCacheTellsItsInputsApart() {
    var cache = new BinaryCache(new CacheFolder(folder));
    assertEquals(BinaryCache.file("a", "b"), BinaryCache.file("a", "b"));
    assertTrue(!BinaryCache.file("a", "b").equals(BinaryCache.file("ab", "")));
    assertNull(cache.load(BinaryCache.file("a")));
    byte[] binary = {1, 2, 3};
    cache.store(BinaryCache.file("a"), binary);
    assertArrayEquals(binary, cache.load(BinaryCache.file("a")));
  }

  @Test
  void aMissingLoaderIsSaidSo() {
    String reason = Library.load(List.of("libNoSuchLoader.so.1", "libNoSuchLoader.so"));
    assertNotNull(reason);
    assertTrue(reason.startsWith("no OpenCL loader: looked for libNoSuchLoader.so.1"), reason);
  }

  @Test
  void errorCodesHaveTheirNames() {
    assertEquals("CL_OUT_OF_RESOURCES", ErrorCode.name(-5));
    assertEquals("CL_BUILD_PROGRAM_FAILURE", ErrorCode.name(-11));
    assertEquals("CL_INVALID_VALUE", ErrorCode.name(-30));
    assertEquals("CL_INVALID_WORK_GROUP_SIZE", ErrorCode.name(-54));
    assertEquals("CL_INVALID_DEVICE_PARTITION_COUNT", ErrorCode.name(-68));
    assertEquals("OpenCL error -9999", ErrorCode.name(-9999));
  }
}
