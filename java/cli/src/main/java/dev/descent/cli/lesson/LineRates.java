package dev.descent.cli.lesson;

import dev.descent.train.Optimizer;
import java.util.List;

/// The part of the lesson's page about how far to step: learning rates, their limit, optimizers.
final class LineRates {
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

  private final Page page;

  LineRates(Page page) {
    this.page = page;
  }

  void table() {
    page.title("Three learning rates: 0.5 diverges, 0.1 arrives, 0.005 crawls");
    StringBuilder rates = new StringBuilder("    ");
    StringBuilder names = new StringBuilder("step");
    for (double rate : LineLesson.RATES) {
      rates.append("%28s".formatted("lambda = " + Page.plain(rate) + "     "));
      names.append("        m        b       MSE");
    }
    page.row("%s", rates.toString().stripTrailing());
    page.row("%s", names);
    for (int step : MILESTONES) {
      StringBuilder line = new StringBuilder("%4d".formatted(step));
      for (double rate : LineLesson.RATES) {
        Line at = LineLesson.path(rate, step).getLast();
        line.append(
            "%9s%9s%10s"
                .formatted(
                    Page.parameter(at.m()), Page.parameter(at.b()), Page.loss(LineLesson.mse(at))));
      }
      page.row("%s", line);
    }
    Line end = LineLesson.path(.1, 1000).getLast();
    page.blank();
    page.row(
        "After 1000 steps at 0.1 the line stands at m = %.6f, b = %.6f: it arrived.",
        end.m(), end.b());
    page.row("At 0.005 it has gone half the way down the valley. At 0.5 each step overshoots the");
    page.row(
        "valley by more than the one before; from step %d the loss is too large for a float64.",
        LineLesson.stepsToOverflow(LineLesson.RATES.get(0), 1000));
  }

  void limit() {
    page.title("Why: the curvature sets the limit");
    LineLesson.Hessian h = LineLesson.hessian();
    page.row(
        "The second derivatives form the Hessian [[%s, %s], [%s, %s]], the same everywhere on this",
        Page.plain(h.mm()), Page.plain(h.mb()), Page.plain(h.mb()), Page.plain(h.bb()));
    page.row(
        "surface. Its eigenvalues are the curvatures across the valley, %.3f, and along it,",
        h.largest());
    page.row(
        "%.3f. One step multiplies the distance to the minimum by 1 - lambda times the",
        h.smallest());
    page.row("curvature, in each of the two directions on its own:");
    page.blank();
    page.row(
        "    lambda   across the valley   along the valley   steps that halve the distance along");
    for (double rate : LineLesson.RATES) {
      double along = 1 - rate * h.smallest();
      page.row(
          "  %8s %19.4f %18.4f %37.0f",
          Page.plain(rate),
          1 - rate * h.largest(),
          along,
          Math.ceil(Math.log(.5) / Math.log(along)));
    }
    page.blank();
    page.row(
        "A factor beyond 1 or -1 grows for ever: lambda must stay below 2 / %.3f = %.4f.",
        h.largest(), h.rateLimit());
    page.row("0.5 does not. 0.1 does, but the flat direction still takes its time.");
  }

  void optimizers() {
    page.title("Optimizers: other ways to take a step");
    page.text(
        """
        SGD, the plain step above, uses one rate for all directions. Momentum keeps a part of
        the last step. Adagrad, RMSprop and Adam give each number of the model a rate of its
        own, from the gradients it has seen. The MSE with lambda = 0.1, same start:

        """);
    page.row("  optimizer     10 steps    100 steps   1000 steps");
    for (Optimizer optimizer : OPTIMIZERS) {
      page.row(
          "  %-9s %12s %12s %12s",
          optimizer.name(), loss(optimizer, 10), loss(optimizer, 100), loss(optimizer, 1000));
    }
    page.text(
        """

        Adagrad's rates only shrink, so it slows down before it arrives. RMSprop forgets old
        gradients, so its steps never get small: it ends by swinging about the minimum.
        """);
  }

  void engine(LineEngine engine) {
    page.title("The same, trained by the engine");
    page.row("%s, in float32, against the numbers above:", engine.name());
    page.blank();
    page.row("    lambda  steps   by hand: m           b      engine: m           b");
    for (double rate : LineLesson.RATES) {
      Line hand = LineLesson.path(rate, ENGINE_STEPS).getLast();
      Line trained = engine.train(rate, ENGINE_STEPS);
      page.row(
          "  %8s %6d %12.5f %11.5f   %12.5f %11.5f",
          Page.plain(rate), ENGINE_STEPS, hand.m(), hand.b(), trained.m(), trained.b());
    }
  }

  private static String loss(Optimizer optimizer, int steps) {
    return Page.loss(LineLesson.mse(LineLesson.path(optimizer, steps).getLast()));
  }
}
