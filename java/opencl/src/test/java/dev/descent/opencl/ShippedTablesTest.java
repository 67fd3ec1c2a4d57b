package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.internal.CacheFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tables in the jar are for the devices whose names they carry.
class ShippedTablesTest {
  @TempDir private Path folder;

  @Test
  void poclHasATableOfItsVectorsWidth() {
    Device device = TestDevice.get();
    assumeTrue(
        device.tuningKey().equals("Portable Computing Language, processor, vectors of 16"),
        () -> "no table is shipped for " + device.tuningKey());
    Tuning tuning = new TuningTables(new CacheFolder(folder)).find(device);
    assertEquals("tuned", tuning.origin());
    assertFalse(tuning.products().isEmpty());
  }
}
