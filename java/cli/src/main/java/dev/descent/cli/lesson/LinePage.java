package dev.descent.cli.lesson;

import dev.descent.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The lesson of `y = m x + b`: the model, its loss, its gradient and a step, each in numbers; then
/// what follows from them (see [LineRates] and [LineNetwork]).
final class LinePage implements Lesson.Author {
  private static final double RATE = .1;
  private static final int STEPS = 10;

  @Override
  public void write(LessonPage page, Engine engine) {
    setValues(page.words());
    model(page);
    surface(page);
    page.heading("gradient.title").text("gradient.text").formula("gradient.formula");
    page.text("gradient.start");
    steps(page);
    LineRates rates = new LineRates(page);
    rates.table();
    rates.limit();
    rates.engine(new EngineLine(engine));
    LineNetwork.write(page);
    page.heading("errata.title").text("errata.rmse", "errata.gradient", "errata.step");
  }

  private static void setValues(Words words) {
    Line start = LineLesson.START;
    LineLesson.Gradient g = LineLesson.gradient(start);
    Line first = LineLesson.step(start, RATE);
    words
        .set("error1", Numbers.plain(LineLesson.squaredError(start, 0)))
        .set("error2", Numbers.plain(LineLesson.squaredError(start, 1)))
        .set("mse", Numbers.plain(LineLesson.mse(start)))
        .set("rmse", Numbers.fixed(LineLesson.rmse(start), 4))
        .set("dm", Numbers.plain(g.dm()))
        .set("db", Numbers.plain(g.db()))
        .set("rate", Numbers.plain(RATE))
        .set("first.m", Numbers.fixed(first.m(), 1))
        .set("first.b", Numbers.fixed(first.b(), 1));
  }

  private static void model(LessonPage page) {
    page.text("intro").heading("model.title").text("model.text");
    Line start = LineLesson.START;
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < LineLesson.points(); i++) {
      double x = LineLesson.x(i);
      rows.add(
          List.of(
              Numbers.plain(x),
              Numbers.plain(LineLesson.y(i)),
              Numbers.plain(start.predict(x)),
              Numbers.plain(LineLesson.squaredError(start, i))));
    }
    page.table("model.header", rows);
    page.figures(page.figure(LineFit.draw(page.words(), start), "model.caption"));
    page.heading("loss.title").text("loss.text").formula("loss.formula").text("loss.rmse");
  }

  /// The losses on a grid of whole numbers; start and minimum stand in brackets.
  private static void surface(LessonPage page) {
    page.heading("surface.title").text("surface.text");
    int[] slopes = IntStream.rangeClosed(-2, 4).toArray();
    List<String> header = new ArrayList<>(List.of("MSE"));
    IntStream.of(slopes).forEach(m -> header.add("m = " + m));
    List<List<String>> rows = new ArrayList<>();
    for (int b = 6; b >= -1; b--) {
      List<String> row = new ArrayList<>(List.of("b = " + b));
      for (int m : slopes) {
        row.add(cell(new Line(m, b)));
      }
      rows.add(row);
    }
    page.add(new Block.Table(header, rows)).text("surface.valley");
  }

  private static String cell(Line line) {
    String loss = Numbers.fixed(LineLesson.mse(line), 1);
    boolean marked = line.equals(LineLesson.START) || line.equals(LineLesson.MINIMUM);
    return marked ? "[" + loss + "]" : loss;
  }

  private static void steps(LessonPage page) {
    page.heading("steps.title").text("steps.text").formula("steps.formula").text("steps.words");
    List<Line> path = LineLesson.path(RATE, STEPS);
    List<List<String>> rows = new ArrayList<>();
    List<Block.Stop> stops = new ArrayList<>();
    for (int step = 0; step < path.size(); step++) {
      List<String> row = row(step, path.get(step));
      rows.add(row);
      stops.add(stop(page, path, step, row));
    }
    page.table("steps.header", rows).text("steps.first").add(new Block.Walk(stops));
  }

  private static List<String> row(int step, Line line) {
    LineLesson.Gradient g = LineLesson.gradient(line);
    return List.of(
        Integer.toString(step),
        Numbers.fixed(line.m(), 5),
        Numbers.fixed(line.b(), 5),
        Numbers.fixed(LineLesson.mse(line), 5),
        Numbers.fixed(g.dm(), 5),
        Numbers.fixed(g.db(), 5));
  }

  private static Block.Stop stop(LessonPage page, List<Line> path, int step, List<String> row) {
    Words words = page.words();
    Line line = path.get(step);
    LineLesson.Gradient g = LineLesson.gradient(line);
    Line next = LineLesson.step(line, RATE);
    words
        .set("step", Integer.toString(step))
        .set("m", Numbers.fixed(line.m(), 4))
        .set("b", Numbers.fixed(line.b(), 4))
        .set("gm", Numbers.fixed(g.dm(), 4))
        .set("gb", Numbers.fixed(g.db(), 4))
        .set("next.m", Numbers.fixed(next.m(), 4))
        .set("next.b", Numbers.fixed(next.b(), 4));
    Valley valley = new Valley(words, words.text("walk.caption"));
    valley.path(path.subList(0, step + 1), "series2").ends().at(line, "series2");
    return new Block.Stop(
        words.text("walk.title"),
        page.figure(LineFit.draw(words, line), "walk.fit"),
        page.figure(valley.svg(), "walk.caption"),
        new Block.Table(words.list("steps.header"), List.of(row)),
        words.text("walk.text"));
  }
}
