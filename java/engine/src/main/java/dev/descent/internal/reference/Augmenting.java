package dev.descent.internal.reference;

import dev.descent.internal.Distortion;
import dev.descent.internal.reference.Elements.Floats;
import dev.descent.program.DataOperation.Augment;

/// What augmentation means.
final class Augmenting {
  private final Augment operation;
  private final Floats x;
  private final Distortion distortion;
  private final int size;

  private Augmenting(Augment operation, Elements elements) {
    this.operation = operation;
    this.x = elements.floats(operation.x());
    this.distortion = new Distortion(operation);
    this.size = Math.toIntExact(operation.x().columns());
  }

  /// @param step how many updates came before
  static void execute(Augment operation, Elements elements, int step) {
    var augmenting = new Augmenting(operation, elements);
    Floats out = elements.floats(operation.out());
    for (int sample = 0; sample < operation.x().rows(); sample++) {
      double[] values = augmenting.sample(sample, step);
      for (int j = 0; j < values.length; j++) {
        out.set(sample, j, values[j]);
      }
    }
  }

  private double[] sample(int sample, int step) {
    distortion.draw(sample, step);
    int channels = operation.channels();
    double[] values = new double[size];
    double sum = 0;
    for (int e = 0; e < size; e++) {
      int position = e / channels;
      int row = position / operation.width();
      int column = position % operation.width();
      values[e] =
          between(sample, distortion.y(row, column), distortion.x(row, column), e % channels);
      sum += values[e];
    }
    if (operation.augmentation().changesValues()) {
      double mean = sum / size;
      for (int e = 0; e < size; e++) {
        values[e] = changed(values[e], mean);
      }
    }
    return values;
  }

  /// The value between four pixels; beyond the border that of the nearest point within it.
  private double between(int sample, double row, double column, int channel) {
    double y = Math.clamp(row, 0.0, operation.height() - 1.0);
    double x = Math.clamp(column, 0.0, operation.width() - 1.0);
    int top = (int) y;
    int left = (int) x;
    int bottom = Math.min(top + 1, operation.height() - 1);
    int right = Math.min(left + 1, operation.width() - 1);
    double down = y - top;
    double across = x - left;
    return (1 - down)
            * ((1 - across) * pixel(sample, top, left, channel)
                + across * pixel(sample, top, right, channel))
        + down
            * ((1 - across) * pixel(sample, bottom, left, channel)
                + across * pixel(sample, bottom, right, channel));
  }

  private double pixel(int sample, int row, int column, int channel) {
    return x.get(sample, (row * operation.width() + column) * operation.channels() + channel);
  }

  private double changed(double value, double mean) {
    double low = operation.low();
    double contrasted = mean + distortion.contrast() * (value - mean);
    double lit = low + distortion.brightness() * (contrasted - low);
    return Math.min(Math.max(lit, low), operation.high());
  }
}
