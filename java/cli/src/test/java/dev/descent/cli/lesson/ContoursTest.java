package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.lesson.Contours.Curve;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContoursTest {
  @Test
  void aCircleIsOneClosedLineOfItsRadius() {
    List<Curve> curves = on(-2, 2, 80, (x, y) -> x * x + y * y).at(1);
    assertEquals(1, curves.size());
    Curve circle = curves.getFirst();
    assertTrue(isClosed(circle));
    for (int i = 0; i < circle.xs().length; i++) {
      assertEquals(1, Math.hypot(circle.xs()[i], circle.ys()[i]), 1e-3);
    }
    assertEquals(2 * Math.PI, length(circle), 1e-2);
  }

  @Test
  void aStraightLineIsExact() {
    List<Curve> curves = on(0, 1, 7, (x, y) -> x + 2 * y).at(1.25);
    assertEquals(1, curves.size());
    Curve line = curves.getFirst();
    for (int i = 0; i < line.xs().length; i++) {
      assertEquals(1.25, line.xs()[i] + 2 * line.ys()[i], 1e-12);
    }
    assertEquals(Math.hypot(1, 0.5), length(line), 1e-12);
  }

  @Test
  void aSaddleGivesTwoLinesThatDoNotTouch() {
    for (double level : new double[] {-0.01, 0.01}) {
      List<Curve> curves = on(-1, 1, 9, (x, y) -> x * y).at(level);
      assertEquals(2, curves.size());
      for (Curve curve : curves) {
        double side = curve.xs()[0] * curve.ys()[0] * Math.signum(level);
        assertTrue(side > 0, "a line changes its quadrant");
      }
    }
  }

  @Test
  void twoPitsGiveTwoLinesAndOneAboveThePass() {
    DoubleBinaryOperator pits =
        (x, y) -> (Math.pow(x - 1, 2) + y * y) * (Math.pow(x + 1, 2) + y * y);
    assertEquals(2, on(-2, 2, 101, pits).at(0.5).size());
    assertEquals(1, on(-2, 2, 101, pits).at(1.5).size());
  }

  @Test
  void nothingIsDrawnWhereTheLevelIsNotReached() {
    assertEquals(0, on(0, 1, 5, (x, y) -> x + y).at(3).size());
    assertEquals(0, on(0, 1, 5, (_, _) -> 1).at(1).size());
    assertEquals(0, on(0, 1, 5, (_, _) -> Double.NaN).at(1).size());
  }

  @Test
  void linesOfAnySurfaceCloseOrEndAtTheBorder() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int cells = random.nextInt(1, 12);
      for (Curve curve : on(0, 1, cells, (_, _) -> random.nextInt(4)).at(1.5)) {
        int last = curve.xs().length - 1;
        assertTrue(last >= 1, "seed " + seed);
        assertTrue(
            isClosed(curve)
                || (isBorder(curve.xs()[0], curve.ys()[0])
                    && isBorder(curve.xs()[last], curve.ys()[last])),
            "seed " + seed);
      }
    }
  }

  private static Contours on(double low, double high, int cells, DoubleBinaryOperator function) {
    double[] axis =
        IntStream.rangeClosed(0, cells).mapToDouble(i -> low + (high - low) * i / cells).toArray();
    return new Contours(axis, axis, function);
  }

  private static boolean isClosed(Curve curve) {
    int last = curve.xs().length - 1;
    return curve.xs()[0] == curve.xs()[last] && curve.ys()[0] == curve.ys()[last];
  }

  private static boolean isBorder(double x, double y) {
    return x == 0 || x == 1 || y == 0 || y == 1;
  }

  private static double length(Curve curve) {
    double length = 0;
    for (int i = 1; i < curve.xs().length; i++) {
      length += Math.hypot(curve.xs()[i] - curve.xs()[i - 1], curve.ys()[i] - curve.ys()[i - 1]);
    }
    return length;
  }
}
