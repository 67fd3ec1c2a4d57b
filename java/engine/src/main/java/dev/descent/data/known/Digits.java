package dev.descent.data.known;

import dev.descent.data.DataSet;
import dev.descent.data.Preparation.Picture;
import dev.descent.internal.RandomStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Digits that look handwritten, drawn by the program itself in the manner of MNIST: white on
/// black, 28 x 28 pixels, centred by mass, 60,000 to train on and 10,000 to validate on. They need
/// no download and are as hard: the usual network reaches 98 to 99 %.
///
/// A digit depends on the seed and its own number alone, and on no function whose last bit is the
/// platform's choice: the bytes are the same on every machine and with any number of threads.
public final class Digits {
  /// The number of digits to train on.
  public static final int TRAIN_ROWS = 60_000;

  /// The number of digits to validate on.
  public static final int TEST_ROWS = 10_000;

  private static final int PIXELS = DigitPen.WIDTH * DigitPen.WIDTH;
  private static final int CLASSES = 10;

  /// Digits that a thread draws in one go.
  private static final int BLOCK = 256;

  /// What the random numbers are for, among the uses of a seed.
  private static final int STREAM = 0xD161;

  private static final List<String> NAMES =
      IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();

  private Digits() {}

  /// {@return the digits to train on}
  ///
  /// @param seed the same seed draws the same digits
  public static DataSet train(long seed) {
    return draw("digits train", seed, 0, TRAIN_ROWS);
  }

  /// {@return the digits to validate on: others than [#train] has}
  ///
  /// @param seed the same seed draws the same digits
  public static DataSet test(long seed) {
    return draw("digits test", seed, TRAIN_ROWS, TEST_ROWS);
  }

  /// {@return some digits of the endless sequence that belongs to a seed}
  ///
  /// @param seed the same seed draws the same digits
  /// @param first the number of the first, from 0; [#train] begins at 0 and [#test] at 60,000
  /// @param count how many, at least 1
  public static DataSet draw(long seed, int first, int count) {
    return draw("digits", seed, first, count);
  }

  private static DataSet draw(String name, long seed, int first, int count) {
    if (first < 0
        || count < 1
        || count > Integer.MAX_VALUE / PIXELS
        || first > Integer.MAX_VALUE - count) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "digits from %d, %d of them: at most %d at a time",
              first,
              count,
              Integer.MAX_VALUE / PIXELS));
    }
    byte[] pixels = new byte[count * PIXELS];
    int[] labels = new int[count];
    IntStream.range(0, Math.ceilDiv(count, BLOCK))
        .parallel()
        .forEach(block -> {
          int from = block * BLOCK;
          drawBlock(seed, first, from, Math.min(count, from + BLOCK), pixels, labels);
        });
    return DataSet.images(name, pixels, DigitPen.WIDTH, DigitPen.WIDTH, labels, NAMES)
        .withPicture(Picture.digits(DigitPen.WIDTH, DigitPen.WIDTH));
  }

  private static void drawBlock(
      long seed, int first, int from, int to, byte[] pixels, int[] labels) {
    DigitPen pen = new DigitPen();
    for (int i = from; i < to; i++) {
      RandomStream random = new RandomStream(seed, STREAM, first + i);
      labels[i] = random.nextInt(CLASSES);
      pen.draw(labels[i], random, pixels, i * PIXELS);
    }
  }
}
