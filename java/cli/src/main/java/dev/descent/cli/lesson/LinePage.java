package dev.descent.cli.lesson;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The lesson's page: first the model, its loss, its gradient and a step, each in numbers; then
/// what follows from them (see [LineRates] and [LineNetwork]).
final class LinePage {
  private static final double RATE = .1;

  private final Page page;

  private LinePage(Page page) {
    this.page = page;
  }

  /// @param engine shown beside the numbers by hand; null leaves that part out
  static void print(PrintStream out, @Nullable LineEngine engine) {
    Page page = new Page(out);
    LinePage line = new LinePage(page);
    line.model();
    line.loss();
    line.surface();
    line.gradient();
    line.steps();
    LineRates rates = new LineRates(page);
    rates.table();
    rates.limit();
    rates.optimizers();
    if (engine != null) {
      rates.engine(engine);
    }
    LineNetwork network = new LineNetwork(page);
    network.collapse();
    network.errata();
  }

  private void model() {
    page.title("Training the simplest model: y = mx + b");
    page.text(
        """
        Two points, (1, 3) and (2, 5), and a line that shall go through them. m is its slope
        and b its intercept: the two numbers that training finds. It starts with a guess,
        m = -1 and b = 5. The error at a point is y minus the prediction; it is squared, so
        that errors above and below the line do not cancel, and large ones count more.

        """);
    Line start = LineLesson.START;
    page.row("        x       y   prediction   squared error");
    for (int i = 0; i < LineLesson.points(); i++) {
      double x = LineLesson.x(i);
      page.row(
          "  %7s %7s %12s %15s",
          Page.plain(x),
          Page.plain(LineLesson.y(i)),
          Page.plain(start.predict(x)),
          Page.plain(LineLesson.squaredError(start, i)));
    }
  }

  private void loss() {
    page.title("The loss: one number for how wrong the line is");
    Line start = LineLesson.START;
    page.row("  MSE  = (1 + 4) / 2 = %s", Page.plain(LineLesson.mse(start)));
    page.row(
        "  RMSE = sqrt(%s)   = %.4f", Page.plain(LineLesson.mse(start)), LineLesson.rmse(start));
    page.text(
        """

        MSE is the mean squared error. RMSE is its square root and has the unit of y: the
        line is off by about 1.6. Both are smallest for the same line, and training uses MSE.
        """);
  }

  private void surface() {
    page.title("The loss surface: the loss of every line");
    page.text(
        """
        Each pair (m, b) is a line and has a loss. Seen as heights, the losses form a
        surface, and training walks down on it. Start and minimum are marked.

        """);
    StringBuilder header = new StringBuilder("     MSE   m =");
    for (int m = -2; m <= 4; m++) {
      header.append("%7d  ".formatted(m));
    }
    page.row("%s", header.toString().stripTrailing());
    for (int b = 6; b >= -1; b--) {
      StringBuilder line = new StringBuilder("      b = %2d  ".formatted(b));
      for (int m = -2; m <= 4; m++) {
        line.append(cell(new Line(m, b)));
      }
      page.row("%s", line.toString().stripTrailing());
    }
    page.text(
        """

        The surface is a long narrow valley: across it the loss climbs fast, along it hardly.
        Its lowest point is m = 2, b = 1, where the line meets both points: MSE = 0.
        """);
  }

  private static String cell(Line line) {
    String loss = Page.decimal("%.1f", LineLesson.mse(line));
    boolean marked = line.equals(LineLesson.START) || line.equals(LineLesson.MINIMUM);
    return marked ? "%9s".formatted("[" + loss + "]") : "%8s ".formatted(loss);
  }

  private void gradient() {
    page.title("The gradient: which way");
    LineLesson.Gradient g = LineLesson.gradient(LineLesson.START);
    page.text(
        """
        The gradient holds the loss's derivative by each number of the model. It points to
        where the loss grows fastest, so training goes the other way. For these two points

          dMSE/dm = 2/n sum (mx + b - y) x = 5m + 3b - 13
          dMSE/db = 2/n sum (mx + b - y)   = 3m + 2b - 8

        """);
    page.row(
        "At the start, m = -1 and b = 5, the gradient is (%s, %s): more slope and more",
        Page.plain(g.dm()), Page.plain(g.db()));
    page.row("intercept make the loss smaller, and the slope matters three times as much.");
  }

  private void steps() {
    page.title("The step: how far");
    page.text(
        """
        The learning rate, lambda, says how far one step goes:

          m := m - lambda dMSE/dm          b := b - lambda dMSE/db

        A batch is the part of the data that one step looks at, an epoch is one pass over all
        of the data. Here a batch holds both points, so one step is one epoch. With
        lambda = 0.1:

        """);
    page.row("   step         m         b         MSE     dMSE/dm     dMSE/db");
    List<Line> path = LineLesson.path(RATE, 10);
    for (int step = 0; step < path.size(); step++) {
      Line line = path.get(step);
      LineLesson.Gradient g = LineLesson.gradient(line);
      page.row(
          "  %5d %9.5f %9.5f %11.5f %11.5f %11.5f",
          step, line.m(), line.b(), LineLesson.mse(line), g.dm(), g.db());
    }
    Line first = path.get(1);
    page.blank();
    page.row(
        "The first step by hand: m = -1 - 0.1 (-3) = %.1f, b = 5 - 0.1 (-1) = %.1f.",
        first.m(), first.b());
  }
}
