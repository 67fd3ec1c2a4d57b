package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  @Test
  void anArrayHasOneSegment() {
    float[] array = {1, 2, 3};
    MemorySegment segment = Segments.of(array);
    assertSame(segment, Segments.of(array));
    assertEquals(2, segment.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
  }

  /// More of them than there are places, empty ones and copies among them.
  @Test
  void eachSegmentIsThatOfItsArray() {
    var arrays = new float[5000][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = new float[i % 3];
    }
    for (int round = 0; round < 2; round++) {
      for (float[] array : arrays) {
        assertSame(array, Segments.of(array).heapBase().orElseThrow());
      }
    }
  }
}
