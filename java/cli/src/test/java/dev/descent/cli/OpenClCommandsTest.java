package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.Engine;
import dev.descent.cli.shell.ExitStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands on an OpenCL device. Without one they are skipped; on a machine that promises all
/// components (`CI=true`), that is a failure.
class OpenClCommandsTest {
  @TempDir private Path folder;

  @BeforeAll
  static void requireDevice() {
    boolean there =
        Engine.devices().stream().anyMatch(d -> d.id().startsWith("opencl:") && d.usable());
    if (!there && "true".equals(System.getenv("CI"))) {
      fail("no OpenCL device");
    }
    assumeTrue(there, "no OpenCL device");
  }

  /// MNIST where the data are, else drawn digits.
  private static String task() {
    String data = System.getenv("DESCENT_DATA");
    boolean mnist = data != null && Files.isDirectory(Path.of(data, "mnist"));
    return mnist ? "mnist" : "digits";
  }

  @Test
  void aSliceOfAnEpochFollowsTheReferencesCurve() {
    Shell shell =
        Shell.run(
            "compare",
            task(),
            "--limit",
            "768",
            "--hidden",
            "128,64",
            "--epochs",
            "3",
            "--batch",
            "64",
            "--backends",
            "reference,opencl");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("of reference and opencl agree"), shell::toString);
  }

  @Test
  void kernelsAreProfiledAsSharesOfTheDevicesCeilings() {
    Shell shell =
        Shell.run(
            "explain",
            "digits",
            "--limit",
            "300",
            "--hidden",
            "33",
            "--profile",
            "--backend",
            "opencl");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("\nceilings of the device: multiply-adds "), shell::toString);
    List<String> kernels = shell.lines().stream().filter(l -> l.contains(" %  ")).toList();
    assertTrue(kernels.getFirst().contains("  GatherRows of train.samples"), shell::toString);
    assertTrue(kernels.getLast().endsWith("  all kernels of the step"), shell::toString);
    assertTrue(kernels.getLast().contains(" 100.0 % "), shell::toString);
    assertFalse(shell.out().contains("NaN"), shell::toString);
  }

  @Test
  void stepsAreSharesOfTheDevicesCeilings() {
    Shell shell =
        Shell.run("bench", "step", "--backend", "opencl", "--batch", "3", "--seconds", "0.01");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(
        shell.lines().get(1).startsWith("ceilings of the device: multiply-adds "), shell::toString);
    assertTrue(shell.out().matches("(?s).*\nbatch 3 .* % .*"), shell::toString);
  }

  @Test
  void aTableNeverReplacesAFileOfSomebodyElse() throws Exception {
    Path file = Files.writeString(folder.resolve("mine.txt"), "mine");
    Shell shell = Shell.run("bench", "tune", "--backend", "opencl", "--out", file.toString());
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertEquals("mine", Files.readString(file));
  }
}
