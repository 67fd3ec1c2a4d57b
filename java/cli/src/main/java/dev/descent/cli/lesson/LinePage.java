package dev.descent.cli.lesson;

import dev.descent.train.Optimizer;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The lesson as a page of plain text, at most 88 columns, in ASCII: every terminal shows it alike.
final class LinePage {
  private static final double RATE = .1;
  private static final int[] MILESTONES = {0, 1, 2, 3, 5, 10, 100, 1000};

  private static final int ENGINE_STEPS = 10;
  private static final List<Optimizer> OPTIMIZERS =
      List.of(
          Optimizer.sgd(.1f),
          Optimizer.momentum(.1f, .9f),
          Optimizer.nesterov(.1f, .9f),
          Optimizer.adagrad(.1f),
          Optimizer.rmsprop(.1f),
          Optimizer.adam(.1f));

  private final PrintStream out;

  private LinePage(PrintStream out) {
    this.out = out;
  }

  static void print(PrintStream out, @Nullable LineEngine engine) {
    LinePage page = new LinePage(out);
    page.model();
    page.loss();
    page.surface();
    page.gradient();
    page.steps();
    page.rates();
    page.limit();
    page.optimizers();
    if (engine != null) {
      page.engine(engine);
    }
    page.network();
    page.errata();
  }

  private void model() {
    title("Training the simplest model: y = mx + b");
    text(
        """
        Two points, (1, 3) and (2, 5), and a line that shall go through them. m is its slope
        and b its intercept: the two numbers that training finds. It starts with a guess,
        m = -1 and b = 5. The error at a point is y minus the prediction; it is squared, so
        that errors above and below the line do not cancel, and large ones count more.

        """);
    Line start = LineLesson.START;
    row("        x       y   prediction   squared error");
    for (int i = 0; i < LineLesson.points(); i++) {
      double x = LineLesson.x(i);
      row(
          "  %7s %7s %12s %15s",
          plain(x),
          plain(LineLesson.y(i)),
          plain(start.predict(x)),
          plain(LineLesson.squaredError(start, i)));
    }
  }

  private void loss() {
    title("The loss: one number for how wrong the line is");
    Line start = LineLesson.START;
    row("  MSE  = (1 + 4) / 2 = %s", plain(LineLesson.mse(start)));
    row("  RMSE = sqrt(%s)   = %.4f", plain(LineLesson.mse(start)), LineLesson.rmse(start));
    text(
        """

        MSE is the mean squared error. RMSE is its square root and has the unit of y: the
        line is off by about 1.6. Both are smallest for the same line, and training uses MSE.
        """);
  }

  private void surface() {
    title("The loss surface: the loss of every line");
    text(
        """
        Each pair (m, b) is a line and has a loss. Seen as heights, the losses form a
        surface, and training walks down on it. Start and minimum are marked.

        """);
    StringBuilder header = new StringBuilder("     MSE   m =");
    for (int m = -2; m <= 4; m++) {
      header.append("%7d  ".formatted(m));
    }
    row("%s", header.toString().stripTrailing());
    for (int b = 6; b >= -1; b--) {
      StringBuilder line = new StringBuilder("      b = %2d  ".formatted(b));
      for (int m = -2; m <= 4; m++) {
        line.append(cell(new Line(m, b)));
      }
      row("%s", line.toString().stripTrailing());
    }
    text(
        """

        The surface is a long narrow valley: across it the loss climbs fast, along it hardly.
        Its lowest point is m = 2, b = 1, where the line meets both points: MSE = 0.
        """);
  }

  private static String cell(Line line) {
    String loss = decimal("%.1f", LineLesson.mse(line));
    boolean marked = line.equals(LineLesson.START) || line.equals(LineLesson.MINIMUM);
    return marked ? "%9s".formatted("[" + loss + "]") : "%8s ".formatted(loss);
  }

  private void gradient() {
    title("The gradient: which way");
    LineLesson.Gradient g = LineLesson.gradient(LineLesson.START);
    text(
        """
        The gradient holds the loss's derivative by each number of the model. It points to
        where the loss grows fastest, so training goes the other way. For these two points

          dMSE/dm = 2/n sum (mx + b - y) x = 5m + 3b - 13
          dMSE/db = 2/n sum (mx + b - y)   = 3m + 2b - 8

        """);
    row(
        "At the start, m = -1 and b = 5, the gradient is (%s, %s): more slope and more",
        plain(g.dm()), plain(g.db()));
    row("intercept make the loss smaller, and the slope matters three times as much.");
  }

  private void steps() {
    title("The step: how far");
    text(
        """
        The learning rate, lambda, says how far one step goes:

          m := m - lambda dMSE/dm          b := b - lambda dMSE/db

        A batch is the part of the data that one step looks at, an epoch is one pass over all
        of the data. Here a batch holds both points, so one step is one epoch. With
        lambda = 0.1:

        """);
    row("   step         m         b         MSE     dMSE/dm     dMSE/db");
    List<Line> path = LineLesson.path(RATE, 10);
    for (int step = 0; step < path.size(); step++) {
      Line line = path.get(step);
      LineLesson.Gradient g = LineLesson.gradient(line);
      row(
          "  %5d %9.5f %9.5f %11.5f %11.5f %11.5f",
          step, line.m(), line.b(), LineLesson.mse(line), g.dm(), g.db());
    }
    Line first = path.get(1);
    row("");
    row(
        "The first step by hand: m = -1 - 0.1 (-3) = %.1f, b = 5 - 0.1 (-1) = %.1f.",
        first.m(), first.b());
  }

  private void rates() {
    title("Three learning rates: 0.5 diverges, 0.1 arrives, 0.005 crawls");
    StringBuilder rates = new StringBuilder("    ");
    StringBuilder names = new StringBuilder("step");
    for (double rate : LineLesson.RATES) {
      rates.append("%28s".formatted("lambda = " + plain(rate) + "     "));
      names.append("        m        b       MSE");
    }
    row("%s", rates.toString().stripTrailing());
    row("%s", names);
    for (int step : MILESTONES) {
      StringBuilder line = new StringBuilder("%4d".formatted(step));
      for (double rate : LineLesson.RATES) {
        Line at = LineLesson.path(rate, step).getLast();
        line.append("%9s%9s%10s".formatted(brief(at.m()), brief(at.b()), loss(at)));
      }
      row("%s", line);
    }
    Line end = LineLesson.path(RATE, 1000).getLast();
    row("");
    row("After 1000 steps at 0.1 the line stands at m = %.6f, b = %.6f: it arrived.", end.m(),
        end.b());
    row("At 0.005 it has gone half the way down the valley. At 0.5 each step overshoots the");
    row(
        "valley by more than the one before; from step %d the loss is too large for a float64.",
        LineLesson.stepsToOverflow(LineLesson.RATES.get(0), 1000));
  }

  private void limit() {
    title("Why: the curvature sets the limit");
    LineLesson.Hessian h = LineLesson.hessian();
    row(
        "The second derivatives form the Hessian [[%s, %s], [%s, %s]], the same everywhere on this",
        plain(h.mm()), plain(h.mb()), plain(h.mb()), plain(h.bb()));
    row("surface. Its eigenvalues are the curvatures across the valley, %.3f, and along it,",
        h.largest());
    row("%.3f. One step multiplies the distance to the minimum by 1 - lambda times the", h.smallest());
    row("curvature, in each of the two directions on its own:");
    row("");
    row("    lambda   across the valley   along the valley   steps that halve the distance along");
    for (double rate : LineLesson.RATES) {
      double along = 1 - rate * h.smallest();
      row(
          "  %8s %19.4f %18.4f %37.0f",
          plain(rate), 1 - rate * h.largest(), along, Math.ceil(Math.log(.5) / Math.log(along)));
    }
    row("");
    row("A factor beyond 1 or -1 grows for ever: lambda must stay below 2 / %.3f = %.4f.",
        h.largest(), h.rateLimit());
    row("0.5 does not. 0.1 does, but the flat direction still takes its time.");
  }

  private void optimizers() {
    title("Optimizers: other ways to take a step");
    text(
        """
        SGD, the plain step above, uses one rate for all directions. Momentum keeps a part of
        the last step. Adagrad, RMSprop and Adam give each number of the model a rate of its
        own, from the gradients it has seen. The MSE with lambda = 0.1, same start:

        """);
    row("  optimizer     10 steps    100 steps   1000 steps");
    for (Optimizer optimizer : OPTIMIZERS) {
      row(
          "  %-9s %12s %12s %12s",
          optimizer.name(),
          loss(LineLesson.path(optimizer, 10).getLast()),
          loss(LineLesson.path(optimizer, 100).getLast()),
          loss(LineLesson.path(optimizer, 1000).getLast()));
    }
    text(
        """

        Adagrad's rates only shrink, so it slows down before it arrives. RMSprop forgets old
        gradients, so its steps never get small: it ends by swinging about the minimum.
        """);
  }

  private void engine(LineEngine engine) {
    title("The same, trained by the engine");
    row("%s, in float32, against the numbers above:", engine.name());
    row("");
    row("    lambda  steps   by hand: m           b      engine: m           b");
    for (double rate : LineLesson.RATES) {
      Line hand = LineLesson.path(rate, ENGINE_STEPS).getLast();
      Line trained = engine.train(rate, ENGINE_STEPS);
      row(
          "  %8s %6d %12.5f %11.5f   %12.5f %11.5f",
          plain(rate), ENGINE_STEPS, hand.m(), hand.b(), trained.m(), trained.b());
    }
  }

  private void network() {
    title("From a neuron to a network");
    text(
        """
        The line is a neuron with one input: a weight m and a bias b. More neurons make
        layers, and layers are chained. Two hidden neurons, 3x + 1 and -x + 2, and an output
        neuron that adds them and subtracts 2:

        """);
    Line one = TwoLayers.collapsed();
    row("  (3x + 1) + (-x + 2) - 2 = %sx + %s", plain(one.m()), plain(one.b()));
    text(
        """

        Linear neurons in a chain are still a line: W2 (W1 x + b1) + b2 = (W2 W1) x +
        (W2 b1 + b2). With ReLU, which gives 0 for what is negative, the same weights bend:

        """);
    row("      x   one neuron   two layers, linear   two layers, ReLU");
    for (int x = -2; x <= 4; x++) {
      row(
          "  %5d %12s %20s %18s",
          x,
          plain(one.predict(x)),
          plain(TwoLayers.predict(x, false)),
          plain(TwoLayers.predict(x, true)));
    }
  }

  private void errata() {
    title("If your numbers differ: three slips on the course's slides");
    LineLesson.Gradient g = LineLesson.gradient(LineLesson.START);
    Line first = LineLesson.path(RATE, 1).getLast();
    text(
        """
        1. RMSE is written there with 1/n outside the root. It belongs inside: the slide's own
           value, 1.6, is sqrt(2.5) = 1.5811.
        2. The derivatives are given as 9m + 5b - 23 and 5m + 3b - 13, which makes -7 and -3 at
           the start. They fit three points, with (2, 5) twice. For the two points they are
        """);
    row("   5m + 3b - 13 and 3m + 2b - 8, and the gradient at the start is (%s, %s).",
        plain(g.dm()), plain(g.db()));
    text(
        """
        3. The update subtracts the gradient, but the slide's numbers lose its sign:
           -1 - 7 lambda moves away from the minimum. The first step at lambda = 0.1 goes to
        """);
    row("   m = %.1f, b = %.1f.", first.m(), first.b());
    row("");
  }

  private void title(String title) {
    out.println();
    out.println(title);
    out.println("-".repeat(title.length()));
    out.println();
  }

  private void text(String lines) {
    out.print(lines.indent(0));
  }

  private void row(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private static String loss(Line line) {
    double loss = LineLesson.mse(line);
    double size = Math.abs(loss);
    if (!Double.isFinite(loss)) {
      return "overflow";
    }
    if (loss == 0) {
      return "0";
    }
    return size < 1e4 && size >= 1e-4 ? fixed(loss, 7) : decimal("%.3e", loss);
  }

  /// At most eight characters.
  private static String brief(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    return Math.abs(value) < 1e4 ? fixed(value, 6) : decimal("%.1e", value);
  }

  /// With as many decimals as leave that many characters, besides the sign.
  private static String fixed(double value, int characters) {
    int whole = Math.max(1, (int) Math.log10(Math.max(1, Math.abs(value))) + 1);
    return decimal("%." + Math.max(0, characters - whole - 1) + "f", value);
  }

  private static String decimal(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /// A number without an exponent and without zeros at its end.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
