package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class VectorTilesSourceTest {
  @Test
  void theSourceIsWhatTheGeneratorWrites() throws IOException {
    assertEquals(VectorTilesSource.source(), Files.readString(VectorTilesSource.FILE));
  }
}
