package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.train.objective.Optimizer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Against values worked out by hand, finite differences and closed forms.
class LineLessonTest {
  @Test
  void predictionsAndSquaredErrorsAtTheStart() {
    Line start = LineLesson.START;
    assertEquals(4, start.predict(1));
    assertEquals(3, start.predict(2));
    assertEquals(1, LineLesson.squaredError(start, 0));
    assertEquals(4, LineLesson.squaredError(start, 1));
    assertEquals(2.5, LineLesson.mse(start));
    assertEquals(1.5811388300841898, LineLesson.rmse(start), 1e-15);
  }

  @Test
  void lossesOnTheSurface() {
    assertEquals(4.5, LineLesson.mse(new Line(-1, 4)));
    assertEquals(1.0, LineLesson.mse(new Line(0, 4)));
    assertEquals(0, LineLesson.mse(LineLesson.MINIMUM));
  }

  @Test
  void theGradientEqualsTheDerivedFormulaAndFiniteDifferences() {
    assertEquals(new LineLesson.Gradient(-3, -1), LineLesson.gradient(LineLesson.START));
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100; i++) {
      double m = random.nextDouble(-10, 10);
      double b = random.nextDouble(-10, 10);
      LineLesson.Gradient g = LineLesson.gradient(new Line(m, b));
      assertEquals(5 * m + 3 * b - 13, g.dm(), 1e-12);
      assertEquals(3 * m + 2 * b - 8, g.db(), 1e-12);
      double h = 1e-4;
      assertEquals((loss(m + h, b) - loss(m - h, b)) / (2 * h), g.dm(), 1e-7);
      assertEquals((loss(m, b + h) - loss(m, b - h)) / (2 * h), g.db(), 1e-7);
    }
  }

  @Test
  void theHessianItsEigenvaluesAndTheLimit() {
    LineLesson.Hessian h = LineLesson.hessian();
    assertEquals(new LineLesson.Hessian(5, 3, 2), h);
    // The roots of x^2 - 7x + 1.
    assertEquals((7 + Math.sqrt(45)) / 2, h.largest(), 1e-14);
    assertEquals((7 - Math.sqrt(45)) / 2, h.smallest(), 1e-14);
    assertEquals(0.2918, h.rateLimit(), 5e-5);
  }

  @Test
  void theLimitIsWhereTrainingTurnsFromArrivingToDiverging() {
    double limit = LineLesson.hessian().rateLimit();
    double below = LineLesson.mse(LineLesson.path(limit * 0.99, 2000).getLast());
    double above = LineLesson.mse(LineLesson.path(limit * 1.01, 2000).getLast());
    assertTrue(below < 1e-10, "below the limit " + below);
    assertTrue(above > 1e10, "above the limit " + above);
  }

  @Test
  void tenStepsAtEachRate() {
    assertEquals(3.476e7, LineLesson.mse(LineLesson.path(.5, 10).getLast()), 0.0005e7);
    assertEquals(1.34829, LineLesson.mse(LineLesson.path(.1, 10).getLast()), 5e-6);
    assertEquals(2.12682, LineLesson.mse(LineLesson.path(.005, 10).getLast()), 5e-6);
  }

  @Test
  void aThousandStepsArrive() {
    Line end = LineLesson.path(.1, 1000).getLast();
    assertEquals(1.999999, end.m(), 5e-7);
    assertEquals(1.000002, end.b(), 5e-7);
  }

  @Test
  void pathsEqualTheClosedForm() {
    LineLesson.Hessian h = LineLesson.hessian();
    for (double rate : LineLesson.RATES) {
      List<Line> path = LineLesson.path(rate, 40);
      for (int k = 0; k <= 40; k++) {
        // The distance (-3, 4) from the minimum, split along the two eigenvectors (3, l - 5).
        double m = 0;
        double b = 0;
        for (double l : new double[] {h.largest(), h.smallest()}) {
          double share = (-3 * 3 + 4 * (l - 5)) / (9 + (l - 5) * (l - 5));
          m += share * 3 * Math.pow(1 - rate * l, k);
          b += share * (l - 5) * Math.pow(1 - rate * l, k);
        }
        double tolerance = 1e-10 * Math.max(1, Math.hypot(m, b));
        assertEquals(2 + m, path.get(k).m(), tolerance, rate + ", step " + k);
        assertEquals(1 + b, path.get(k).b(), tolerance, rate + ", step " + k);
      }
    }
  }

  @Test
  void onlyTheLargeRateOverflows() {
    // The loss grows as 2.4271^(2k), about 10^(0.7702 k): beyond 1.8e308 near step 400.
    int steps = LineLesson.stepsToOverflow(.5, 1000);
    assertTrue(steps > 390 && steps < 410, "step " + steps);
    assertEquals(-1, LineLesson.stepsToOverflow(.1, 1000));
    assertEquals(-1, LineLesson.stepsToOverflow(.5, 100));
  }

  @Test
  void optimizersTakeTheirFirstStepsAsByHand() {
    assertLine(-.7, 5.1, Optimizer.sgd(.1f), 1);
    assertLine(-.7, 5.1, Optimizer.momentum(.1f, .9f), 1);
    // v = 0.9 (-3, -1) + (-1.2, 0.1) = (-3.9, -0.8)
    assertLine(-.31, 5.18, Optimizer.momentum(.1f, .9f), 2);
    // g + 0.9 v = 1.9 (-3, -1)
    assertLine(-.43, 5.19, Optimizer.nesterov(.1f, .9f), 1);
    // g / |g|
    assertLine(-.9, 5.1, Optimizer.adagrad(.1f), 1);
    assertLine(-.9, 5.1, Optimizer.adam(.1f), 1);
    // g / sqrt(0.01 g^2)
    assertLine(0, 6, Optimizer.rmsprop(.1f), 1);
  }

  /// Ten steps worked out apart from this program, in NumPy.
  @Test
  void optimizersAfterTenSteps() {
    assertLine(new Line(-0.6298228729770325, 5.080756360305559), Optimizer.adagrad(.1f));
    assertLine(new Line(-0.05556925348877677, 4.297640191345202), Optimizer.rmsprop(.1f));
    assertLine(new Line(-0.3491945640908376, 5.005632724367923), Optimizer.adam(.1f));
    assertLine(new Line(-0.3328042103039153, 4.965798661108831), Optimizer.adamw(.1f, .01f));
  }

  @Test
  void twoLinearLayersAreOneAndWithReluTheyAreNot() {
    Line one = TwoLayers.collapsed();
    assertEquals(new Line(2, 1), one);
    boolean differs = false;
    for (double x = -5; x <= 5; x += 0.25) {
      assertEquals(2 * x + 1, TwoLayers.predict(x, false), 1e-12);
      double relu = Math.max(0, 3 * x + 1) + Math.max(0, -x + 2) - 2;
      assertEquals(relu, TwoLayers.predict(x, true), 1e-12);
      differs |= relu != 2 * x + 1;
    }
    assertTrue(differs);
  }

  private static double loss(double m, double b) {
    return (Math.pow(m + b - 3, 2) + Math.pow(2 * m + b - 5, 2)) / 2;
  }

  private static void assertLine(double m, double b, Optimizer optimizer, int steps) {
    Line line = LineLesson.path(optimizer, steps).getLast();
    // The settings are floats: 0.1f is 1.5e-9 off.
    assertEquals(m, line.m(), 2e-6, optimizer.name());
    assertEquals(b, line.b(), 2e-6, optimizer.name());
  }

  private static void assertLine(Line expected, Optimizer optimizer) {
    Line line = LineLesson.path(optimizer, 10).getLast();
    assertEquals(expected.m(), line.m(), 1e-12, optimizer.name());
    assertEquals(expected.b(), line.b(), 1e-12, optimizer.name());
  }
}
