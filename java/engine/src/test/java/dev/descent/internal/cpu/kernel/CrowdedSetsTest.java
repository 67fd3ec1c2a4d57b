package dev.descent.internal.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrowdedSetsTest {
  @ParameterizedTest
  @ValueSource(ints = {256, 512, 768, 1024, 4096})
  void rowsOfAPowerOfTwoCrowdIntelsSets(int ldb) {
    assertTrue(Processor.crowdsSets(true, 128, ldb));
    assertFalse(Processor.crowdsSets(false, 128, ldb));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 64, 100, 528, 784, 1000})
  void otherRowsDoNot(int ldb) {
    assertFalse(Processor.crowdsSets(true, 128, ldb));
  }

  @Test
  void fewRowsAreReadInPlace() {
    assertFalse(Processor.crowdsSets(true, 1, 512));
  }
}
