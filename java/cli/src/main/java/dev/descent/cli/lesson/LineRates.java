package dev.descent.cli.lesson;

import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.internal.page.Svg.Anchor;
import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.List;

/// The part of the line's lesson about how far to step: three learning rates, and their limit.
final class LineRates {
  private static final int[] MILESTONES = {0, 1, 2, 3, 5, 10, 100, 1000};
  private static final int ENGINE_STEPS = 10;
  private static final int PATH_STEPS = 1000;
  private static final int CURVE_STEPS = 100;

  private final LessonPage page;
  private final Words words;

  LineRates(LessonPage page) {
    this.page = page;
    this.words = page.words();
  }

  void table() {
    page.heading("rates.title").text("rates.text");
    List<List<String>> rows = new ArrayList<>();
    for (int step : MILESTONES) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(step)));
      for (double rate : LineLesson.RATES) {
        Line at = LineLesson.path(rate, step).getLast();
        row.add(at.isFinite() ? Numbers.parameter(at.m()) + ", " + Numbers.parameter(at.b()) : "—");
        row.add(Numbers.loss(LineLesson.mse(at)));
      }
      rows.add(row);
    }
    Line end = LineLesson.path(.1, PATH_STEPS).getLast();
    words
        .set("end.m", Numbers.fixed(end.m(), 6))
        .set("end.b", Numbers.fixed(end.b(), 6))
        .set(
            "overflow",
            Integer.toString(LineLesson.stepsToOverflow(LineLesson.RATES.getFirst(), PATH_STEPS)));
    page.table("rates.header", rows).text("rates.end");
    page.figures(page.figure(valley(), "rates.valley"), page.figure(curves(), "rates.curves"));
  }

  private Svg valley() {
    Valley valley = new Valley(words, words.text("rates.valley"));
    // The slow path is wide and lies below: the other follows the same valley.
    List<Line> slow = LineLesson.path(LineLesson.RATES.get(2), PATH_STEPS);
    valley.path(slow, "series3 wide");
    valley.path(LineLesson.path(LineLesson.RATES.get(1), PATH_STEPS), "series2");
    List<Line> fast = LineLesson.path(LineLesson.RATES.getFirst(), PATH_STEPS);
    valley.path(fast, "series1").levels().ends().at(slow.getLast(), "series3");
    valley.note(slow.getLast(), -10, 14, Anchor.END, words.text("rates.note.slow"));
    valley.note(fast.get(1), 0, -9, Anchor.MIDDLE, words.text("rates.note.fast"));
    return valley.svg();
  }

  private Svg curves() {
    Curves curves =
        new Curves(
            words.text("rates.title"),
            words.text("rates.curves"),
            Scale.linear(0, CURVE_STEPS),
            words.text("step.axis"),
            Scale.log(1e-2, 1e4),
            "MSE");
    List<String> labels = words.list("rates.labels");
    for (int series = 0; series < labels.size(); series++) {
      List<Line> path = LineLesson.path(LineLesson.RATES.get(series), CURVE_STEPS);
      curves.line(
          path.stream().mapToDouble(LineLesson::mse).toArray(),
          "series" + (series + 1),
          labels.get(series));
    }
    return curves.svg(true, false);
  }

  void limit() {
    LineLesson.Hessian h = LineLesson.hessian();
    words
        .set("mm", Numbers.plain(h.mm()))
        .set("mb", Numbers.plain(h.mb()))
        .set("bb", Numbers.plain(h.bb()))
        .set("across", Numbers.fixed(h.largest(), 3))
        .set("along", Numbers.fixed(h.smallest(), 3))
        .set("limit", Numbers.fixed(h.rateLimit(), 4));
    page.heading("limit.title").text("limit.text");
    List<List<String>> rows = new ArrayList<>();
    for (double rate : LineLesson.RATES) {
      double along = 1 - rate * h.smallest();
      rows.add(
          List.of(
              Numbers.plain(rate),
              Numbers.fixed(1 - rate * h.largest(), 4),
              Numbers.fixed(along, 4),
              Numbers.fixed(Math.ceil(Math.log(.5) / Math.log(along)), 0)));
    }
    page.table("limit.header", rows).text("limit.end");
  }

  void engine(EngineLine engine) {
    words.set("engine.steps", Integer.toString(ENGINE_STEPS));
    page.heading("engine.title").text("engine.text");
    List<List<String>> rows = new ArrayList<>();
    for (double rate : LineLesson.RATES) {
      Line hand = LineLesson.path(rate, ENGINE_STEPS).getLast();
      Line trained = engine.train(Optimizer.sgd((float) rate), ENGINE_STEPS);
      rows.add(
          List.of(
              Numbers.plain(rate),
              Numbers.fixed(hand.m(), 5),
              Numbers.fixed(trained.m(), 5),
              Numbers.fixed(hand.b(), 5),
              Numbers.fixed(trained.b(), 5)));
    }
    page.table("engine.header", rows).text("engine.end");
  }
}
