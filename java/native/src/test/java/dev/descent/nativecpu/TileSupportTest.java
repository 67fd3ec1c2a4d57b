package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What multiplies tiles of bfloat16 is told where it runs, and why where it does not.
class TileSupportTest {
  private static final BackendOptions BF16 = new BackendOptions(0, 1, Precision.BF16);
  private static final BackendOptions BF16X6 = new BackendOptions(0, 1, Precision.BF16X6);

  private static String kernels(Backend backend) {
    try (backend) {
      return backend.device().detail();
    }
  }

  private static String report(String setting) {
    return new NativeProvider(setting).devices().getFirst().description();
  }

  @Test
  void theTwinSaysWhatItIs() {
    TestNatives.library();
    assertTrue(report("twin").contains("by the twin of AMX"), report("twin"));
    for (BackendOptions options : new BackendOptions[] {BF16, BF16X6}) {
      String kernels = kernels(new NativeProvider("twin").open(options));
      assertTrue(kernels.contains("products by the twin of AMX"), kernels);
      assertTrue(kernels.contains("DESCENT_AMX=twin"), kernels);
    }
  }

  @Test
  void float32NeedsNoTiles() {
    TestNatives.library();
    String kernels = kernels(new NativeProvider("twin").open(BackendOptions.DEFAULT));
    assertFalse(kernels.contains("AMX"), kernels);
  }

  @Test
  void threePartsNeedTiles() {
    TestNatives.library();
    var provider = new NativeProvider("off");
    assertFalse(provider.precisions().contains(Precision.BF16X6));
    assertEquals("DESCENT_AMX=off leaves AMX out", provider.whyNot(Precision.BF16X6));
    var e = assertThrows(BackendUnavailableException.class, () -> provider.open(BF16X6));
    assertEquals("native: DESCENT_AMX=off leaves AMX out", e.getMessage());
  }

  @Test
  void tilesAreUsedWhereTheProcessorHasThem() throws IOException {
    NativeLibrary library = TestNatives.library();
    boolean listed =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("flags"))
            .anyMatch(line -> Arrays.asList(line.split("\\s+")).contains("amx_bf16"));
    assertEquals(listed, library.hasAmx());
    assumeTrue(listed, "native: the processor or the system lacks AMX");
    assertEquals(new TileSupport(Tiles.AMX, ""), TileSupport.asked(library, ""));
    String kernels = kernels(new NativeProvider("").open(BF16));
    assertTrue(kernels.contains("bf16 products by AMX"), kernels);
  }

  /// As on an Intel of before: its dot products take twice the time of multiply-adds.
  @Test
  void anIntelWithoutTilesSaysThatBf16IsSlower() {
    NativeLibrary own = TestNatives.library();
    assumeTrue(own.hasBf16(), "native in bf16: " + new NativeProvider().whyNot(Precision.BF16));
    int features = (own.features() & ~InstructionSet.AMX_FEATURE) | InstructionSet.INTEL_FEATURE;
    var intel = new NativeLibrary(own.symbols(), features, own.scratchFloats());
    TileSupport support = TileSupport.asked(intel, "");
    String kernels =
        NativeProvider.kernels(intel, InstructionSet.AVX512, Precision.BF16, support).detail();
    assertTrue(
        kernels.endsWith("(slower than float32 here: the processor or the system lacks AMX)"),
        kernels);
  }

  @Test
  void withoutTilesTheReasonIsTold() {
    NativeLibrary library = TestNatives.library();
    assumeFalse(library.hasAmx(), "this processor has AMX");
    assertEquals(
        "the processor or the system lacks AMX", new NativeProvider("").whyNot(Precision.BF16X6));
  }
}
