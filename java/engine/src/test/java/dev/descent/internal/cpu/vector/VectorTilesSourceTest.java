package dev.descent.internal.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorTilesSourceTest {
  @ParameterizedTest
  @MethodSource("dev.descent.internal.cpu.vector.VectorTilesSource#all")
  void theSourceIsWhatTheGeneratorWrites(VectorTilesSource source) throws IOException {
    assertEquals(source.text(), Files.readString(source.file()));
  }
}
