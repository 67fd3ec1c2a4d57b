package dev.descent.cli.lesson;

import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.List;

/// The mathematics of the lesson, in float64 and in closed form: the loss of a line on two points,
/// its derivatives, and the paths that training takes.
///
/// The loss is the mean squared error: `MSE(m, b) = 1/n sum (y_i - (m x_i + b))^2`.
public final class LineLesson {
  /// Where training starts.
  public static final Line START = new Line(-1, 5);

  /// The line through both points, where the loss is 0.
  public static final Line MINIMUM = new Line(2, 1);

  /// The learning rates that the lesson compares.
  public static final List<Double> RATES = List.of(.5, .1, .005);

  private static final double[] X = {1, 2};
  private static final double[] Y = {3, 5};

  private LineLesson() {}

  /// The number of points.
  public static int points() {
    return X.length;
  }

  public static double x(int point) {
    return X[point];
  }

  public static double y(int point) {
    return Y[point];
  }

  /// `(y_i - prediction)^2`.
  public static double squaredError(Line line, int point) {
    double error = Y[point] - line.predict(X[point]);
    return error * error;
  }

  /// The mean of the squared errors.
  public static double mse(Line line) {
    double sum = 0;
    for (int i = 0; i < X.length; i++) {
      sum += squaredError(line, i);
    }
    return sum / X.length;
  }

  /// The root of the mean of the squared errors.
  public static double rmse(Line line) {
    return Math.sqrt(mse(line));
  }

  /// The derivatives of the loss: `dMSE/dm = 2/n sum (m x_i + b - y_i) x_i` and
  /// `dMSE/db = 2/n sum (m x_i + b - y_i)`; for the two points, 5m + 3b - 13 and 3m + 2b - 8.
  ///
  /// @param dm by m
  /// @param db by b
  public record Gradient(double dm, double db) {}

  public static Gradient gradient(Line line) {
    double dm = 0;
    double db = 0;
    for (int i = 0; i < X.length; i++) {
      double error = line.predict(X[i]) - Y[i];
      dm += error * X[i];
      db += error;
    }
    return new Gradient(2 * dm / X.length, 2 * db / X.length);
  }

  /// The second derivatives, `[[mm, mb], [mb, bb]]`: the same everywhere, because the loss is
  /// quadratic. For the two points, [[5, 3], [3, 2]].
  public record Hessian(double mm, double mb, double bb) {
    /// The larger eigenvalue: the curvature where the surface is steepest.
    public double largest() {
      return (mm + bb) / 2 + Math.hypot((mm - bb) / 2, mb);
    }

    /// The smaller eigenvalue: the curvature along the valley.
    public double smallest() {
      return (mm * bb - mb * mb) / largest();
    }

    /// The learning rate from which gradient descent no longer arrives: `2 / largest`.
    public double rateLimit() {
      return 2 / largest();
    }
  }

  public static Hessian hessian() {
    double mm = 0;
    double mb = 0;
    for (double x : X) {
      mm += x * x;
      mb += x;
    }
    return new Hessian(2 * mm / X.length, 2 * mb / X.length, 2);
  }

  /// One step of gradient descent: `m - rate dMSE/dm`, `b - rate dMSE/db`.
  public static Line step(Line line, double rate) {
    Gradient g = gradient(line);
    return new Line(line.m() - rate * g.dm(), line.b() - rate * g.db());
  }

  /// The path of gradient descent: the start and the line after each step.
  public static List<Line> path(double rate, int steps) {
    List<Line> path = new ArrayList<>(steps + 1);
    path.add(START);
    for (int i = 0; i < steps; i++) {
      path.add(step(path.getLast(), rate));
    }
    return path;
  }

  /// The path of any optimizer.
  public static List<Line> path(Optimizer optimizer, int steps) {
    LineOptimizer run = new LineOptimizer(optimizer);
    List<Line> path = new ArrayList<>(steps + 1);
    path.add(START);
    for (int i = 0; i < steps; i++) {
      path.add(run.step(path.getLast()));
    }
    return path;
  }

  /// The learning rate from which gradient descent with momentum no longer arrives: `2 (1 + mu) /
  /// curvature`, where a step's polynomial `x^2 - (1 + mu - rate curvature) x + mu` gets a root of
  /// -1.
  public static double momentumRateLimit(double momentum) {
    return hessian().rateLimit() * (1 + momentum);
  }

  /// The same with Nesterov's momentum: `2 (1 + mu) / ((1 + 2 mu) curvature)`, from the polynomial
  /// `x^2 - (1 + mu) (1 - rate curvature) x + mu (1 - rate curvature)`.
  public static double nesterovRateLimit(double momentum) {
    return momentumRateLimit(momentum) / (1 + 2 * momentum);
  }

  /// How many steps it takes until the loss is no longer a finite float64, or -1 if that does not
  /// happen within `most` steps.
  public static int stepsToOverflow(double rate, int most) {
    Line line = START;
    for (int i = 1; i <= most; i++) {
      line = step(line, rate);
      if (!Double.isFinite(mse(line))) {
        return i;
      }
    }
    return -1;
  }
}
