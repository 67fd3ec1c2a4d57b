package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.contract.OtherJvm;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which form of the kernels a device gets, and that it can do with it what was promised.
class ModulesTest {
  /// What runs in the other JVM: a product in TF32, and what its kernel and another were compiled
  /// for.
  static final class Loading {
    public static void main(String[] args) {
      var builder = Program.builder();
      Tensor a = builder.buffer("a", Role.DATA, DType.F32, 6).asMatrix(2, 3);
      Tensor b = builder.buffer("b", Role.DATA, DType.F32, 6).asMatrix(3, 2);
      Tensor out = builder.buffer("out", Role.DATA, DType.F32, 4).asMatrix(2, 2);
      Program program = builder.step("step", List.of(new MatMul(a, false, b, false, out))).build();
      MemorySegment numbers = MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6});
      try (Backend backend = new CudaProvider().open(new BackendOptions(0, 0, Precision.TF32));
          Executable executable = backend.compile(program)) {
        executable.write(a, numbers);
        executable.write(b, numbers);
        executable.run("step", 1);
        float[] product = new float[4];
        executable.read(out, MemorySegment.ofArray(product));
        System.out.println(List.of(product[0], product[1], product[2], product[3]));
      }
      try (Session session =
          new Session(Devices.get().list().getFirst(), new Lifetime(CudaProvider.NAME))) {
        var modules = new Modules(session);
        tell(modules, KernelImages.MATMUL_TF32, "matmul_tf32_64_nn");
        tell(modules, KernelImages.MATMUL, "matmul_64_nn");
        tell(modules, KernelImages.UPDATES, "adam");
      }
    }

    private static void tell(Modules modules, String family, String kernel) {
      System.out.println(modules.compiledFor(modules.function(family, kernel, 0, kernel), kernel));
    }
  }

  /// What stands for images where there is no nvcc suits any device.
  private static boolean isReal() {
    byte[] image = KernelImages.fatBinary(KernelImages.MATMUL_TF32);
    return !new String(image, 0, 7, StandardCharsets.ISO_8859_1).equals("cudasim");
  }

  private static void loads(int capability, int driver, int... compiledFor)
      throws IOException, InterruptedException {
    TestDevice.get();
    var expected = new StringBuilder("[22.0, 28.0, 49.0, 64.0]\n");
    for (int of : compiledFor) {
      expected.append(isReal() ? of : capability).append('\n');
    }
    assertEquals(
        expected.toString(),
        OtherJvm.run(
            Loading.class,
            Map.of(
                "CUDASIM_COMPUTE_CAPABILITY",
                Integer.toString(capability),
                "CUDASIM_DRIVER_VERSION",
                Integer.toString(driver))));
  }

  @Test
  void aKnownDeviceRunsMachineCodeOfItsGeneration() throws IOException, InterruptedException {
    loads(89, 12_040, 86, 86, 86);
    loads(90, 13_000, 90, 90, 90);
    loads(121, 13_000, 120, 120, 120);
  }

  @Test
  void aDeviceOfALaterGenerationGetsTheTextWithTensorCores()
      throws IOException, InterruptedException {
    loads(110, 13_000, 80, 80, 75);
    loads(130, 13_000, 80, 80, 75);
    loads(130, 12_000, 80, 80, 75);
  }

  /// What runs in the other JVM: a kernel whose machine code the driver takes, and refuses when it
  /// is asked for.
  static final class LoadingLate {
    public static void main(String[] args) {
      try (Session session =
              new Session(Devices.get().list().getFirst(), new Lifetime(CudaProvider.NAME));
          var modules = new Modules(session)) {
        for (String kernel : new String[] {"adam", "sgd"}) {
          modules.function(KernelImages.UPDATES, kernel, 0, kernel);
          System.out.println(kernel);
        }
        modules.function(KernelImages.ROWS, "no_such_kernel", 0, "none");
      } catch (DeviceException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void machineCodeThatIsRefusedLateGivesWayToTheText() throws IOException, InterruptedException {
    TestDevice.get();
    List<String> said =
        OtherJvm.run(LoadingLate.class, Map.of("CUDASIM_FAIL_MODULE", "lazy")).lines().toList();
    assertEquals(List.of("adam", "sgd"), said.subList(0, 2));
    assertTrue(
        said.get(2).startsWith("cuda: none: kernel no_such_kernel rows (driver for CUDA "),
        said.toString());
  }

  /// Sessions share a context: what one has loaded goes with it, and nothing of the other's.
  @Test
  void sessionsShareAContext() {
    Device device = TestDevice.get();
    try (Session first = new Session(device, new Lifetime(CudaProvider.NAME));
        var modules = new Modules(first)) {
      try (Session second = new Session(device, new Lifetime(CudaProvider.NAME));
          var others = new Modules(second)) {
        others.function(KernelImages.UPDATES, "adam", 0, "adam");
      }
      first.enter();
      modules.function(KernelImages.UPDATES, "adam", 0, "adam");
    }
  }

  /// More shared memory than a block has is told with both numbers.
  @Test
  void tooMuchSharedMemoryIsNamed() {
    Device device = TestDevice.get();
    int most = device.maxSharedBytes();
    try (Session session = new Session(device, new Lifetime(CudaProvider.NAME));
        var modules = new Modules(session)) {
      String said =
          assertThrows(
                  DeviceException.class,
                  () -> modules.function(KernelImages.UPDATES, "adam", most + 1, "AdamUpdate of p"))
              .getMessage();
      assertTrue(
          said.matches(
              "cuda: AdamUpdate of p: kernel adam with [\\d,]+ bytes of shared memory and \\d+ of its own"
                  + " is more than the [\\d,]+ of a block on .*"),
          said);
    }
  }

  /// A driver that refuses the fat binary gets the text by itself; what stands for images has none.
  @Test
  void theTextByItselfIsTheOneForTheDevice() {
    if (isReal()) {
      assertEquals("80", target(KernelImages.MATMUL_TF32, 130));
      assertEquals("80", target(KernelImages.MATMUL, 80));
      assertEquals("75", target(KernelImages.MATMUL, 75));
      assertEquals("75", target(KernelImages.UPDATES, 130));
    }
  }

  private static String target(String family, int capability) {
    byte[] text = KernelImages.text(family, capability);
    String ptx = text == null ? "" : new String(text, StandardCharsets.US_ASCII);
    return ptx.replaceFirst("(?s).*?\\.target sm_(\\d+).*", "$1");
  }
}
