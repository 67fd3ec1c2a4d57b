package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The lesson of optimizers: the same valley walked by each of them, by the formulas in float64 and
/// by the engine.
final class OptimizersPage implements Lesson.Author {
  private static final float RATE = .1f;
  private static final float MOMENTUM = .9f;
  private static final int[] MILESTONES = {1, 10, 100, 1000};
  private static final int PATH_STEPS = 200;
  private static final int RATE_STEPS = 100;
  private static final int ENGINE_STEPS = 10;
  private static final int ADAM_STEPS = 5;

  private static final List<Function<Float, Optimizer>> OPTIMIZERS =
      List.of(
          Optimizer::sgd,
          rate -> Optimizer.momentum(rate, MOMENTUM),
          rate -> Optimizer.nesterov(rate, MOMENTUM),
          Optimizer::adagrad,
          Optimizer::rmsprop,
          Optimizer::adam);

  private static final float[] RATES = {.01f, .1f, .3f, 1};

  @Override
  public void write(LessonPage page, Engine engine) {
    Words words = page.words();
    LineLesson.Hessian h = LineLesson.hessian();
    words
        .set("rate", decimal(RATE))
        .set("across", Numbers.fixed(h.largest(), 3))
        .set("along", Numbers.fixed(h.smallest(), 3))
        .set("ratio", Numbers.fixed(h.largest() / h.smallest(), 0))
        .set("limit", Numbers.fixed(h.rateLimit(), 4))
        .set("momentum.limit", Numbers.fixed(LineLesson.momentumRateLimit(MOMENTUM), 4))
        .set("nesterov.limit", Numbers.fixed(LineLesson.nesterovRateLimit(MOMENTUM), 4))
        .set("steps", Integer.toString(PATH_STEPS))
        .set("rate.steps", Integer.toString(RATE_STEPS))
        .set("engine.steps", Integer.toString(ENGINE_STEPS));
    page.text("intro").heading("rules.title").text("rules.text");
    for (Function<Float, Optimizer> optimizer : OPTIMIZERS) {
      String name = optimizer.apply(RATE).name();
      page.text("about." + name).formula("formula." + name);
    }
    paths(page);
    adam(page);
    rates(page);
    engine(page, new EngineLine(engine));
  }

  private static void paths(LessonPage page) {
    Words words = page.words();
    page.heading("paths.title").text("paths.text");
    List<List<String>> rows = new ArrayList<>();
    List<Block.Figure> figures = new ArrayList<>();
    Curves curves =
        new Curves(
            words.text("curves.caption"),
            words.text("paths.end"),
            Scale.linear(0, RATE_STEPS),
            words.text("step.axis"),
            Scale.log(1e-4, 1e4),
            "MSE");
    for (int i = 0; i < OPTIMIZERS.size(); i++) {
      Optimizer optimizer = OPTIMIZERS.get(i).apply(RATE);
      List<String> row = new ArrayList<>(List.of(words.text("name." + optimizer.name())));
      for (int steps : MILESTONES) {
        row.add(loss(optimizer, steps));
      }
      rows.add(row);
      List<Line> path = LineLesson.path(optimizer, PATH_STEPS);
      String classes = "series" + (i + 1);
      Svg valley = new Valley(words, row.getFirst()).path(path, classes).ends().svg();
      figures.add(page.figure(valley, "path." + optimizer.name()));
      double[] losses = path.stream().mapToDouble(LineLesson::mse).limit(RATE_STEPS + 1).toArray();
      curves.line(losses, classes, row.getFirst());
    }
    page.table("paths.header", rows).text("paths.end");
    figures.add(page.figure(curves.svg(true, false), "curves.caption"));
    page.add(new Block.Figures(figures));
  }

  /// Adam's state for the slope, in its first steps.
  private static void adam(LessonPage page) {
    page.heading("adam.title").text("adam.text");
    var adam = (Optimizer.Adam) Optimizer.adam(RATE);
    List<Line> path = LineLesson.path(adam, ADAM_STEPS);
    List<List<String>> rows = new ArrayList<>();
    double mean = 0;
    double square = 0;
    for (int step = 1; step <= ADAM_STEPS; step++) {
      double g = LineLesson.gradient(path.get(step - 1)).dm();
      mean = adam.beta1() * mean + (1 - (double) adam.beta1()) * g;
      square = adam.beta2() * square + (1 - (double) adam.beta2()) * g * g;
      rows.add(
          List.of(
              Integer.toString(step),
              Numbers.fixed(g, 4),
              Numbers.fixed(mean, 4),
              Numbers.fixed(mean / (1 - Math.pow(adam.beta1(), step)), 4),
              Numbers.fixed(square, 6),
              Numbers.fixed(square / (1 - Math.pow(adam.beta2(), step)), 4),
              Numbers.fixed(path.get(step).m() - path.get(step - 1).m(), 5)));
    }
    page.table("adam.header", rows).text("adam.end");
  }

  private static void rates(LessonPage page) {
    page.heading("rates.title").text("rates.text");
    List<String> header = new ArrayList<>(List.of(page.words().text("rates.corner")));
    for (float rate : RATES) {
      header.add("λ = " + decimal(rate));
    }
    List<List<String>> rows = new ArrayList<>();
    for (Function<Float, Optimizer> optimizer : OPTIMIZERS) {
      List<String> row = new ArrayList<>();
      row.add(page.words().text("name." + optimizer.apply(RATE).name()));
      for (float rate : RATES) {
        row.add(loss(optimizer.apply(rate), RATE_STEPS));
      }
      rows.add(row);
    }
    page.add(new Block.Table(header, rows)).text("rates.end");
  }

  private static void engine(LessonPage page, EngineLine engine) {
    page.heading("engine.title").text("engine.text");
    List<List<String>> rows = new ArrayList<>();
    for (Function<Float, Optimizer> each : OPTIMIZERS) {
      Optimizer optimizer = each.apply(RATE);
      Line hand = LineLesson.path(optimizer, ENGINE_STEPS).getLast();
      Line trained = engine.train(optimizer, ENGINE_STEPS);
      rows.add(
          List.of(
              page.words().text("name." + optimizer.name()),
              Numbers.fixed(hand.m(), 5),
              Numbers.fixed(trained.m(), 5),
              Numbers.fixed(hand.b(), 5),
              Numbers.fixed(trained.b(), 5)));
    }
    page.table("engine.header", rows).text("engine.end");
  }

  private static String loss(Optimizer optimizer, int steps) {
    return Numbers.loss(LineLesson.mse(LineLesson.path(optimizer, steps).getLast()));
  }

  /// A float as it was written: 0.1, not 0.10000000149.
  private static String decimal(float value) {
    return Numbers.plain(Double.parseDouble(Float.toString(value)));
  }
}
