package dev.descent.data.known;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class DigitsTest {
  @Test
  void bytesAreTheSameEverywhere() {
    DataSet digits = Digits.draw(1, 0, 1000);
    CRC32 crc = new CRC32();
    crc.update(digits.bytes());
    for (int label : digits.labels()) {
      crc.update(label);
    }
    assertEquals("a968ea1e", Long.toHexString(crc.getValue()));
  }

  @Test
  void aDigitDependsOnSeedAndNumberAlone() throws Exception {
    DataSet all = Digits.draw(5, 0, 1000);
    DataSet some = Digits.draw(5, 300, 77);
    assertArrayEquals(all.slice(300, 77).bytes(), some.bytes());
    assertArrayEquals(all.slice(300, 77).labels(), some.labels());
    try (ForkJoinPool one = new ForkJoinPool(1);
        ForkJoinPool five = new ForkJoinPool(5)) {
      assertArrayEquals(all.bytes(), one.submit(() -> Digits.draw(5, 0, 1000).bytes()).get());
      assertArrayEquals(all.bytes(), five.submit(() -> Digits.draw(5, 0, 1000).bytes()).get());
    }
    assertFalse(Arrays.equals(all.bytes(), Digits.draw(6, 0, 1000).bytes()));
  }

  @Test
  void theTestPartIsTheContinuation() {
    DataSet test = Digits.test(3);
    assertEquals(10_000, test.size());
    assertArrayEquals(Digits.draw(3, 60_000, 10).bytes(), Arrays.copyOf(test.bytes(), 10 * 784));
  }

  @Test
  void looksLikeMnist() {
    DataSet digits = Digits.draw(9, 0, 5000);
    int[] counts = new int[10];
    double total = 0;
    for (int i = 0; i < digits.size(); i++) {
      counts[digits.labels()[i]]++;
      total += checkImage(digits, i);
    }
    for (int count : counts) {
      assertEquals(500, count, 100);
    }
    // MNIST's mean level is 33.3.
    assertEquals(30, total / digits.bytes().length, 5);
  }

  /// Checks one image.
  ///
  /// @return the sum of its levels
  private static double checkImage(DataSet digits, int index) {
    double mass = 0;
    double x = 0;
    double y = 0;
    int brightest = 0;
    for (int i = 0; i < 784; i++) {
      int level = digits.bytes()[index * 784 + i] & 0xFF;
      mass += level;
      x += level * (i % 28);
      y += level * (i / 28);
      brightest = Math.max(brightest, level);
    }
    String where = "digit " + index;
    assertEquals(13.5, x / mass, 0.6, where);
    assertEquals(13.5, y / mass, 0.6, where);
    assertTrue(brightest > 170, where);
    assertTrue(mass > 255 * 10, where);
    return mass;
  }

  @Test
  void argumentsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> Digits.draw(1, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> Digits.draw(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> Digits.draw(1, 0, Integer.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> Digits.draw(1, Integer.MAX_VALUE, 1));
    assertEquals(1, Digits.draw(Long.MIN_VALUE, Integer.MAX_VALUE - 1, 1).size());
  }
}
