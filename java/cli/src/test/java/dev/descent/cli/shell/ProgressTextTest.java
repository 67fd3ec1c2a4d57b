package dev.descent.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.train.BatchRecord;
import dev.descent.train.EpochRecord;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class ProgressTextTest {
  private static final EpochRecord EPOCH =
      new EpochRecord(3, 0.23014, 0.9312, 0.11021, 0.9664, 2.0, 0.3, 30_000, 0.001);

  @Test
  void showsBarEtaAndFigures() {
    var batch = new BatchRecord(1, 123, 469, 15_744, 0.30124, 0.9123, 0.5);
    assertEquals(
        "123/469 [====>..............] - ETA 2s - 4.1ms/step - loss: 0.3012 - accuracy: 0.9123",
        ProgressText.running(batch, 86));
    assertEquals(
        "123/469 [==>........] - ETA 2s - 4.1ms/step - loss: 0.3012 - accuracy: 0.9123",
        ProgressText.running(batch, 78));
    assertEquals(
        "123/469 [=======>......................] - ETA 2s - 4.1ms/step - loss: 0.3012 - accuracy:"
            + " 0.9123",
        ProgressText.running(batch, 200));
  }

  @Test
  void leavesOutWhatDoesNotFit() {
    assertEquals(
        "469/469 [==============================] - 2.3s - 4.3ms/step - loss: 0.2301 - accuracy:"
            + " 0.9312 - val_loss: 0.1102 - val_accuracy: 0.9664",
        ProgressText.finished(EPOCH, 469, 140));
    assertEquals(
        "469/469 - 2.3s - loss: 0.2301 - accuracy: 0.9312 - val_loss: 0.1102 - val_accuracy: 0.9664",
        ProgressText.finished(EPOCH, 469, 93));
    assertEquals(
        "2.3s - loss: 0.2301 - accuracy: 0.9312 - val_loss: 0.1102 - val_accuracy: 0.9664",
        ProgressText.finished(EPOCH, 469, 80));
    assertEquals(
        "loss: 0.2301 - accuracy: 0.9312 - val_loss: 0.1102 - val_accuracy: 0.9664",
        ProgressText.finished(EPOCH, 469, 79));
    assertEquals(
        "Epoch  3/10 - 2.3s - 4.3ms/step - loss: 0.2301 - accuracy: 0.9312 - val_loss: 0.1102 -"
            + " val_accuracy: 0.9664",
        ProgressText.line(EPOCH, 10, 469));
  }

  @Test
  void leavesOutWhatThereIsNot() {
    var epoch = new EpochRecord(1, 2.5, Double.NaN, Double.NaN, Double.NaN, 1, 0, 2, 0.1);
    assertEquals("Epoch 1/1 - 1.0s - 1.0s/step - loss: 2.5000", ProgressText.line(epoch, 1, 1));
  }

  @Test
  void neverFillsTheTerminal() {
    long seed = Long.getLong("descent.seed", System.nanoTime());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int i = 0; i < 10_000; i++) {
      int steps = 1 + random.nextInt(1 << random.nextInt(1, 31));
      int step = 1 + random.nextInt(steps);
      double loss = Math.exp(random.nextGaussian() * 20);
      double seconds = Math.exp(random.nextGaussian() * 10);
      int width = 20 + random.nextInt(150);
      String line =
          ProgressText.running(
              new BatchRecord(1, step, steps, step, loss, random.nextDouble(), seconds), width);
      int count = 2 * Integer.toString(steps).length() + 1;
      assertTrue(
          line.length() < Math.max(width, count + 1),
          () -> "seed " + seed + ", width " + width + ": " + line);
    }
  }

  @Test
  void bar() {
    assertEquals("[>....]", ProgressText.bar(0, 10, 5));
    assertEquals("[==>..]", ProgressText.bar(5, 10, 5));
    assertEquals("[====>]", ProgressText.bar(9, 10, 5));
    assertEquals("[=====]", ProgressText.bar(10, 10, 5));
  }

  @Test
  void numbersAreTheSameEverywhere() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertEquals("0.0731", Text.figure(0.07312));
      assertEquals("3.4760e+07", Text.figure(3.476e7));
      assertEquals("1.2000e-05", Text.figure(1.2e-5));
      assertEquals("0.0000", Text.figure(0));
      assertEquals("NaN", Text.figure(Double.NaN));
      assertEquals("Infinity", Text.figure(Double.POSITIVE_INFINITY));
      assertEquals("2.3s", Text.duration(2.31));
      assertEquals("10s", Text.duration(9.96));
      assertEquals("1m00s", Text.duration(59.6));
      assertEquals("1m05s", Text.duration(65.2));
      assertEquals("2h03m", Text.duration(7380));
      assertEquals("350us/step", Text.stepTime(350e-6));
      assertEquals("1.0ms/step", Text.stepTime(0.9996e-3));
      assertEquals("12ms/step", Text.stepTime(0.0121));
      assertEquals("1.2s/step", Text.stepTime(1.2));
      assertEquals("512 bytes", Text.bytes(512));
      assertEquals("2.6 MiB", Text.bytes(2_678_824));
      assertEquals("1.5 GiB", Text.bytes(3L << 29));
    } finally {
      Locale.setDefault(before);
    }
  }
}
