package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.DeviceReport;
import dev.descent.backend.Precision;
import dev.descent.contract.OtherJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looking for devices is calm: it says what there is, in one line, and nothing else.
class ProbeTest {
  @TempDir private Path folder;

  /// What runs in the other JVM.
  static final class Listing {
    public static void main(String[] args) {
      var provider = new CudaProvider();
      for (DeviceReport report : provider.devices()) {
        System.out.println(report.id() + " " + report.usable() + " " + report.description());
      }
      System.out.println(provider.preference());
      for (Precision precision : new Precision[] {Precision.FP32, Precision.TF32}) {
        try {
          provider.open(new BackendOptions(0, 0, precision)).close();
          System.out.println("opened");
        } catch (BackendUnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }

  @BeforeEach
  void requireSimulator() {
    TestDevice.get();
  }

  @Test
  void theSimulatorIsNamedAsOneAndNeverChosen() throws IOException, InterruptedException {
    String said = list(Map.of());
    assertTrue(said.startsWith("cuda:0 true cudasim"), said);
    assertTrue(said.endsWith("-1\nopened\nopened\n"), said);
  }

  @Test
  void theSimulatorMustBeAllowed() throws IOException, InterruptedException {
    String said = list(Map.of(Devices.SIMULATOR_VARIABLE, "0"));
    assertTrue(said.startsWith("cuda:0 false cudasim"), said);
    assertTrue(said.contains("not usable: a simulator for tests"), said);
  }

  @Test
  void noDriver() throws IOException, InterruptedException {
    String said = list(Map.of("LD_LIBRARY_PATH", folder.toString()));
    assertTrue(said.startsWith("cuda false no NVIDIA driver: looked for libcuda.so.1"), said);
    assertEquals(4, said.lines().count(), said);
    assertTrue(
        said.endsWith(
            "cuda: no NVIDIA driver: looked for libcuda.so.1, found none; install the driver of the GPU\n"),
        said);
  }

  @Test
  void aDriverWithoutADevice() throws IOException, InterruptedException {
    String said = list(Map.of("CUDASIM_DEVICES", "0"));
    assertTrue(said.startsWith("cuda false found the NVIDIA driver, but no GPU"), said);
    assertTrue(said.contains("CUDA_ERROR_NO_DEVICE"), said);
    assertEquals(4, said.lines().count(), said);
  }

  @Test
  void aDriverThatIsTooOld() throws IOException, InterruptedException {
    String said = list(Map.of("CUDASIM_DRIVER_VERSION", "11040"));
    assertTrue(said.contains("knows CUDA 11.4, and 12.0 is needed"), said);
    assertEquals(4, said.lines().count(), said);
  }

  @Test
  void aDeviceThatIsTooOld() throws IOException, InterruptedException {
    String said = list(Map.of("CUDASIM_COMPUTE_CAPABILITY", "70"));
    assertTrue(said.startsWith("cuda:0 false"), said);
    assertTrue(said.contains("its compute capability is 7.0, and 7.5 is needed"), said);
    said = list(Map.of("CUDASIM_COMPUTE_CAPABILITY", "75"));
    assertTrue(said.contains("opened\ncuda:0: "), said);
    assertTrue(
        said.endsWith("has compute capability 7.5, and tf32 needs 8.0; take --precision fp32\n"),
        said);
  }

  @Test
  void whatStandsInTheWayHasItsName() {
    assertTrue(
        Driver.judge(CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 12_060)
            .contains("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"));
    assertEquals("", Driver.judge(CUresult.CUDA_SUCCESS, 12_060));
    assertTrue(Driver.find("libNoSuchDriver.so.1").contains("looked for libNoSuchDriver.so.1"));
  }

  private String list(Map<String, String> environment) throws IOException, InterruptedException {
    return OtherJvm.run(Listing.class, environment);
  }
}
