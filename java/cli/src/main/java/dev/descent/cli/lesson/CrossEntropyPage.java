package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.internal.page.Scale;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/// The lesson of cross-entropy: why a classifier is not trained on squared errors.
final class CrossEntropyPage implements Lesson.Author {
  private static final double[] PROBABILITIES = {.99, .9, .5, .1, .01, 1e-3, 1e-6};
  private static final double[] LOGITS = {-10, -5, -2, 0, 2, 5};
  private static final double[] STARTS = {0, -2, -4, -6, -8};
  private static final double[] EXTREMES = {-1e4, -100, 0, 100, 1e4};
  private static final double RATE = 1;
  private static final double GOAL = .9;
  private static final int MOST_STEPS = 100_000;
  private static final double RACE_START = -4;
  private static final int RACE_STEPS = 60;

  /// A classifier's answer for three classes, of which the first is right.
  private static final double[] ANSWER = {.7, .2, .1};

  @Override
  public void write(LessonPage page, Engine engine) {
    Words words = page.words();
    words
        .set("rate", Numbers.plain(RATE))
        .set("goal", Numbers.plain(GOAL))
        .set("race.start", Numbers.plain(RACE_START))
        .set("answer.loss", Numbers.fixed(-Math.log(ANSWER[0]), 4));
    page.text("intro", "labels.text");
    page.heading("losses.title").text("losses.text").formula("losses.formula");
    losses(page);
    slopes(page);
    race(page);
    page.heading("classes.title").text("classes.text").formula("classes.formula");
    page.text("classes.end");
    engine(page, engine);
  }

  private static void losses(LessonPage page) {
    List<List<String>> rows =
        DoubleStream.of(PROBABILITIES)
            .mapToObj(p ->
                List.of(
                    Numbers.plain(p),
                    Numbers.fixed(CrossEntropy.squaredError(1, p), 4),
                    Numbers.fixed(1 - p, 4),
                    Numbers.fixed(CrossEntropy.ofProbability(1, p), 4)))
            .toList();
    page.table("losses.header", rows).text("losses.end");
    List<String> labels = page.words().list("losses.labels");
    Curves curves =
        new Curves(
                page.words().text("losses.title"),
                page.words().text("losses.caption"),
                Scale.linear(0, 1),
                "p",
                Scale.linear(0, 7),
                page.words().text("losses.axis"))
            .function(p -> CrossEntropy.ofProbability(1, p), "series1", labels.get(0))
            .function(p -> CrossEntropy.ofProbability(0, p), "series1 dashed", labels.get(1))
            .function(p -> CrossEntropy.squaredError(1, p), "series2", labels.get(2))
            .function(p -> CrossEntropy.squaredError(0, p), "series2 dashed", labels.get(3));
    page.figures(page.figure(curves.svg(true, false), "losses.caption"));
  }

  private static void slopes(LessonPage page) {
    page.heading("slopes.title").text("slopes.text").formula("slopes.formula");
    List<List<String>> rows =
        DoubleStream.of(LOGITS)
            .mapToObj(z ->
                List.of(
                    Numbers.plain(z),
                    Numbers.fixed(CrossEntropy.probability(z), 6),
                    Numbers.fixed(CrossEntropy.squaredErrorSlope(1, z), 6),
                    Numbers.fixed(CrossEntropy.slope(1, z), 6)))
            .toList();
    page.table("slopes.header", rows).text("slopes.end");
    List<String> labels = page.words().list("slopes.labels");
    Curves curves =
        new Curves(
                page.words().text("slopes.title"),
                page.words().text("slopes.caption"),
                Scale.linear(-8, 8),
                "z",
                Scale.linear(-1.2, 0.6),
                page.words().text("slopes.axis"))
            .function(z -> CrossEntropy.slope(1, z), "series1", labels.get(0))
            .function(z -> CrossEntropy.squaredErrorSlope(1, z), "series2", labels.get(1));
    page.figures(page.figure(curves.svg(false, false), "slopes.caption"));
  }

  private static void race(LessonPage page) {
    page.heading("race.title").text("race.text");
    List<List<String>> rows = new ArrayList<>();
    for (double start : STARTS) {
      rows.add(
          List.of(
              Numbers.plain(start),
              Numbers.fixed(CrossEntropy.probability(start), 6),
              Integer.toString(steps(CrossEntropy::squaredErrorSlope, start)),
              Integer.toString(steps(CrossEntropy::slope, start))));
    }
    page.table("race.header", rows).text("race.end");
    List<String> labels = page.words().list("race.labels");
    Curves curves =
        new Curves(
                page.words().text("race.title"),
                page.words().text("race.caption"),
                Scale.linear(0, RACE_STEPS),
                page.words().text("step.axis"),
                Scale.linear(0, 1),
                "p")
            .line(race(CrossEntropy::slope), "series1", labels.get(0))
            .line(race(CrossEntropy::squaredErrorSlope), "series2", labels.get(1));
    page.figures(page.figure(curves.svg(true, true), "race.caption"));
  }

  private static int steps(CrossEntropy.Slope slope, double start) {
    return CrossEntropy.stepsTo(GOAL, slope, start, RATE, MOST_STEPS);
  }

  private static double[] race(CrossEntropy.Slope slope) {
    return DoubleStream.of(CrossEntropy.descent(slope, RACE_START, RATE, RACE_STEPS))
        .map(CrossEntropy::probability)
        .toArray();
  }

  /// The engine's loss on logits at which a formula by probabilities would be infinite.
  private static void engine(LessonPage page, Engine engine) {
    page.heading("engine.title").text("engine.text");
    Model logit = Model.sequential(1).dense(1).build(0);
    logit.set("dense1.weight", new float[] {1});
    logit.set("dense1.bias", new float[] {0});
    List<List<String>> rows = new ArrayList<>();
    for (double z : EXTREMES) {
      DataSet truth = DataSet.targets("logit", new float[] {(float) z}, 1, new float[] {1}, 1);
      double loss = engine.evaluate(logit, Loss.binaryCrossEntropy(), truth).loss();
      double naive = CrossEntropy.ofProbability(1, CrossEntropy.probability(z));
      rows.add(
          List.of(
              Numbers.plain(z),
              Double.isFinite(naive) ? Numbers.fixed(naive, 4) : page.words().text("infinite"),
              Numbers.fixed(CrossEntropy.ofLogit(1, z), 4),
              Numbers.fixed(loss, 4)));
    }
    page.table("engine.header", rows).text("engine.end");
  }
}
