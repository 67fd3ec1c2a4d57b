package dev.descent.data.known;

import dev.descent.internal.RandomStream;
import java.util.Arrays;

/// Paints a [DigitPath] as grey levels with soft edges, centred by mass as MNIST's digits are. One
/// object paints many, one after the other.
final class DigitPen {
  static final int WIDTH = 28;

  /// The digit with the width of its lines fits into a square of this side, as in MNIST.
  private static final double BOX = 20;

  private static final double SMALLEST = 0.9;
  private static final double THINNEST = 0.85;
  private static final double THICKEST = 1.95;
  private static final double SHARPEST = 0.7;
  private static final double SOFTEST = 1.3;

  /// How much lighter or heavier the hand may be at a stroke's start, and at its end.
  private static final double PRESSURE = 0.25;

  private static final double FAINTEST = 0.82;
  private static final double GRAIN = 0.12;
  private static final int WHITE = 255;

  private final DigitPath path = new DigitPath();
  private final double[] ink = new double[WIDTH * WIDTH];

  /// Draws a digit.
  ///
  /// @param pixels receives 28 x 28 bytes from index `at`. Modified.
  void draw(int digit, RandomStream random, byte[] pixels, int at) {
    double radius = random.nextDouble(THINNEST, THICKEST);
    double extent = BOX * random.nextDouble(SMALLEST, 1) - 2 * radius;
    path.write(digit, extent, random);
    double edge = random.nextDouble(SHARPEST, SOFTEST);
    double first = radius * (1 + PRESSURE * random.nextDouble(-1, 1));
    double last = radius * (1 + PRESSURE * random.nextDouble(-1, 1));
    Arrays.fill(ink, 0);
    int size = path.size();
    for (int i = 1; i < size; i++) {
      if (!path.penUp(i)) {
        double t = i / (double) size;
        line(i, first + t * (last - first), edge);
      }
    }
    print(random, pixels, at);
  }

  /// Inks the pixels near the line from point `i` - 1 to point `i`.
  private void line(int i, double radius, double edge) {
    double centre = (WIDTH - 1) / 2.0;
    double x0 = path.x(i - 1) + centre;
    double y0 = path.y(i - 1) + centre;
    double dx = path.x(i) + centre - x0;
    double dy = path.y(i) + centre - y0;
    double reach = radius + edge / 2;
    double length = Math.max(dx * dx + dy * dy, 1e-12);
    int left = Math.max(0, (int) Math.ceil(Math.min(x0, x0 + dx) - reach));
    int right = Math.min(WIDTH - 1, (int) Math.floor(Math.max(x0, x0 + dx) + reach));
    int top = Math.max(0, (int) Math.ceil(Math.min(y0, y0 + dy) - reach));
    int bottom = Math.min(WIDTH - 1, (int) Math.floor(Math.max(y0, y0 + dy) + reach));
    for (int py = top; py <= bottom; py++) {
      for (int px = left; px <= right; px++) {
        double u = px - x0;
        double v = py - y0;
        double t = Math.clamp((u * dx + v * dy) / length, 0, 1);
        double distance = Math.sqrt((u - t * dx) * (u - t * dx) + (v - t * dy) * (v - t * dy));
        double cover = Math.min(1, (reach - distance) / edge);
        int pixel = py * WIDTH + px;
        ink[pixel] = Math.max(ink[pixel], cover);
      }
    }
  }

  /// Turns ink into bytes, moved by whole pixels so that the centre of mass is the image's.
  private void print(RandomStream random, byte[] pixels, int at) {
    double mass = 0;
    double momentX = 0;
    double momentY = 0;
    for (int i = 0; i < ink.length; i++) {
      int column = i % WIDTH;
      int row = i / WIDTH;
      mass += ink[i];
      momentX += ink[i] * column;
      momentY += ink[i] * row;
    }
    double centre = (WIDTH - 1) / 2.0;
    int right = (int) Math.rint(centre - momentX / mass);
    int down = (int) Math.rint(centre - momentY / mass);
    double white = WHITE * random.nextDouble(FAINTEST, 1);
    for (int i = 0; i < ink.length; i++) {
      int px = i % WIDTH + right;
      int py = i / WIDTH + down;
      if (ink[i] > 0 && px >= 0 && px < WIDTH && py >= 0 && py < WIDTH) {
        double grain = 1 - GRAIN * random.nextDouble();
        pixels[at + py * WIDTH + px] = (byte) Math.rint(white * ink[i] * grain);
      }
    }
  }
}
