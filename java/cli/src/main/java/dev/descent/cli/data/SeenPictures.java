package dev.descent.cli.data;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.program.Augmentation;

/// Images beside what training makes of them, step after step.
final class SeenPictures {
  /// An image, then the same as it is seen in the steps.
  static final int COLUMNS = 10;

  /// A sheet of more is refused.
  private static final int MOST_SAMPLES = 10_000;

  private static final int MOST = 255;

  private SeenPictures() {}

  /// The images and what is seen of them, line by line.
  ///
  /// @param data images of bytes, with classes
  /// @param count about how many images there are in the result
  /// @return [#COLUMNS] of each of the first images
  static DataSet of(DataSet data, Augmentation augmentation, long seed, int count) {
    int samples = Math.min(Math.min(data.size(), MOST_SAMPLES), Math.ceilDiv(count, COLUMNS));
    int features = data.features();
    DataSet first = data.slice(0, samples);
    byte[] pixels = new byte[Math.multiplyExact(samples * COLUMNS, features)];
    int[] labels = new int[samples * COLUMNS];
    try (Engine engine = Engine.open("cpu")) {
      for (int column = 0; column < COLUMNS; column++) {
        float[] seen =
            engine.augmented(
                first,
                column == 0 ? Augmentation.NONE : augmentation,
                seed,
                Math.max(0, column - 1));
        for (int sample = 0; sample < samples; sample++) {
          int to = sample * COLUMNS + column;
          labels[to] = data.labels()[sample];
          for (int j = 0; j < features; j++) {
            pixels[to * features + j] = (byte) Math.round(seen[sample * features + j] * MOST);
          }
        }
      }
    }
    return DataSet.images(
        data.name(), pixels, data.imageWidth(), data.imageHeight(), labels, data.classNames());
  }
}
