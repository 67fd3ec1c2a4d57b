package dev.descent.cli.lesson;

import dev.descent.data.DataSet;
import dev.descent.internal.page.Svg;
import dev.descent.program.Padding;
import dev.descent.program.Window;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// A grey picture of a lesson.
///
/// @param width in pixels
/// @param height in pixels
/// @param values `height x width`, row-major; of a photo 0 is black and 1 white
@SuppressWarnings("ArrayRecordComponent") // a value of its own each time
record Picture(int width, int height, double[] values) {
  /// The side of a picture's drawing.
  private static final double SIDE = 168;

  /// A sample of a data set.
  static Picture of(DataSet data, int sample) {
    float[] row = data.row(sample);
    double[] values = IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray();
    return new Picture(data.imageWidth(), data.imageHeight(), values);
  }

  /// As bytes, 0 black to 255 white.
  byte[] bytes() {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(255 * Math.clamp(values[i], 0, 1));
    }
    return bytes;
  }

  double at(int x, int y) {
    return values[y * width + x];
  }

  /// Each value changed.
  Picture map(DoubleUnaryOperator change) {
    return new Picture(width, height, Arrays.stream(values).map(change).toArray());
  }

  /// The sums of products with a kernel at each place.
  Picture convolved(Picture kernel, int stride, Padding padding) {
    var window = new Window(height, width, kernel.height, kernel.width, stride, padding);
    double[] sums = new double[window.places()];
    for (int place = 0; place < sums.length; place++) {
      int top = place / window.outWidth() * stride - window.top();
      int left = place % window.outWidth() * stride - window.left();
      for (int i = 0; i < kernel.height; i++) {
        for (int j = 0; j < kernel.width; j++) {
          if (inside(left + j, top + i)) {
            sums[place] += at(left + j, top + i) * kernel.at(j, i);
          }
        }
      }
    }
    return new Picture(window.outWidth(), window.outHeight(), sums);
  }

  private boolean inside(int x, int y) {
    return x >= 0 && x < width && y >= 0 && y < height;
  }

  /// The largest of each square of so many pixels a side.
  Picture pooled(int size) {
    int columns = width / size;
    double[] largest = new double[columns * (height / size)];
    for (int i = 0; i < largest.length; i++) {
      largest[i] = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < size * size; j++) {
        int x = i % columns * size + j % size;
        int y = i / columns * size + j / size;
        largest[i] = Math.max(largest[i], at(x, y));
      }
    }
    return new Picture(columns, height / size, largest);
  }

  /// Turned about the middle, then enlarged, then shifted: each pixel is fetched from where it
  /// comes from, between four pixels in proportion to how near they are. What comes from outside is
  /// 0.
  ///
  /// @param degrees counterclockwise
  Picture warped(double degrees, double zoom, double right, double down) {
    double[] warped = new double[values.length];
    for (int i = 0; i < warped.length; i++) {
      double[] from = origin(i % width, i / width, degrees, zoom, right, down);
      warped[i] = between(from[0], from[1]);
    }
    return new Picture(width, height, warped);
  }

  /// Where a pixel of [#warped] comes from: x and y.
  double[] origin(int x, int y, double degrees, double zoom, double right, double down) {
    double middleX = (width - 1) / 2.0;
    double middleY = (height - 1) / 2.0;
    double angle = Math.toRadians(degrees);
    double u = (x - right - middleX) / zoom;
    double v = (y - down - middleY) / zoom;
    return new double[] {
      middleX + Math.cos(angle) * u - Math.sin(angle) * v,
      middleY + Math.sin(angle) * u + Math.cos(angle) * v,
    };
  }

  /// The value at a place between pixels.
  double between(double x, double y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    double sum = 0;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        if (inside(left + j, top + i)) {
          double share = (1 - Math.abs(x - (left + j))) * (1 - Math.abs(y - (top + i)));
          sum += share * at(left + j, top + i);
        }
      }
    }
    return sum;
  }

  /// Left and right changed.
  Picture mirrored() {
    double[] mirrored = new double[values.length];
    for (int i = 0; i < mirrored.length; i++) {
      mirrored[i] = at(width - 1 - i % width, i / width);
    }
    return new Picture(width, height, mirrored);
  }

  /// The values in rows of so many decimals, for lines of text.
  List<String> lines(int decimals, int columns) {
    return IntStream.range(0, height)
        .mapToObj(y -> {
          var line = new StringBuilder();
          for (int x = 0; x < width; x++) {
            line.append(Numbers.format("%" + columns + "s", Numbers.fixed(at(x, y), decimals)));
          }
          return line.toString();
        })
        .toList();
  }

  /// Drawn with 0 black and 1 white.
  Svg draw(String title, String description) {
    return draw(title, description, 0, 1);
  }

  /// Drawn from the smallest value, black, to the largest, white.
  Svg drawInFull(String title, String description) {
    double least = Arrays.stream(values).min().orElse(0);
    double most = Arrays.stream(values).max().orElse(1);
    return draw(title, description, least, most > least ? most : least + 1);
  }

  /// Neighbours of one level in a row are one rectangle.
  private Svg draw(String title, String description, double black, double white) {
    double unit = SIDE / Math.max(width, height);
    var svg = new Svg(width * unit, height * unit, title, description);
    for (int y = 0; y < height; y++) {
      int from = 0;
      for (int x = 1; x <= width; x++) {
        if (x == width || level(x, y, black, white) != level(from, y, black, white)) {
          int level = level(from, y, black, white);
          svg.pixel(from * unit, y * unit, (x - from) * unit, unit, level);
          from = x;
        }
      }
    }
    return svg;
  }

  private int level(int x, int y, double black, double white) {
    return (int) Math.round(255 * Math.clamp((at(x, y) - black) / (white - black), 0, 1));
  }
}
