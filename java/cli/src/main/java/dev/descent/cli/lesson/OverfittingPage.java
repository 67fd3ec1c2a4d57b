package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.train.EpochRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The lesson of overfitting: a network that learns a small training set by heart, and what helps.
/// All of it is trained by the engine while the lesson runs.
final class OverfittingPage implements Lesson.Author {
  private static final int[] MILESTONES = {1, 2, 5, 10, 20, 40, 60};

  @Override
  public void write(LessonPage page, Engine engine) {
    OverfittingRun small = OverfittingRun.train(engine, OverfittingRun.SMALL, 0);
    OverfittingRun dropout =
        OverfittingRun.train(engine, OverfittingRun.SMALL, OverfittingRun.DROPOUT);
    OverfittingRun large = OverfittingRun.train(engine, OverfittingRun.LARGE, 0);
    setValues(page.words(), small, dropout, large);
    page.text("intro").heading("run.title").text("run.text");
    run(page, small);
    page.heading("remedies.title").text("remedies.text");
    remedies(page, List.of(small, dropout, large));
    page.heading("practice.title").text("practice.text").formula("practice.commands");
  }

  private static void setValues(
      Words words, OverfittingRun small, OverfittingRun dropout, OverfittingRun large) {
    EpochRecord best = small.best();
    EpochRecord last = small.history().last();
    words
        .set("small", Integer.toString(OverfittingRun.SMALL))
        .set("large", Integer.toString(OverfittingRun.LARGE))
        .set("validation", Integer.toString(OverfittingRun.VALIDATION))
        .set("hidden", Integer.toString(OverfittingRun.HIDDEN))
        .set("epochs", Integer.toString(OverfittingRun.EPOCHS))
        .set("batch", Integer.toString(OverfittingRun.BATCH))
        .set("best.epoch", Integer.toString(best.epoch()))
        .set("best.loss", Numbers.fixed(best.valLoss(), 4))
        .set("last.loss", Numbers.fixed(last.valLoss(), 4))
        .set("last.train", Numbers.fixed(last.loss(), 4))
        .set("last.accuracy", percent(last.accuracy()))
        .set("last.valAccuracy", percent(last.valAccuracy()))
        .set("dropout", Float.toString(OverfittingRun.DROPOUT))
        .set("rate", Float.toString(OverfittingRun.RATE))
        .set("dropout.best", Numbers.fixed(dropout.best().valLoss(), 4))
        .set("large.best", Numbers.fixed(large.best().valLoss(), 4))
        .set("large.valAccuracy", percent(large.history().last().valAccuracy()));
  }

  private static void run(LessonPage page, OverfittingRun small) {
    List<List<String>> rows =
        IntStream.of(MILESTONES)
            .mapToObj(small::epoch)
            .map(epoch ->
                List.of(
                    Integer.toString(epoch.epoch()),
                    Numbers.fixed(epoch.loss(), 4),
                    Numbers.fixed(epoch.valLoss(), 4),
                    percent(epoch.accuracy()),
                    percent(epoch.valAccuracy())))
            .toList();
    page.table("run.header", rows).text("run.end");
    List<String> labels = page.words().list("run.labels");
    Curves losses = curves(page.words(), "run.losses", Scale.linear(0, top(small)), "loss.axis");
    losses
        .line(epochs(small), small.losses(), "series1", labels.get(0))
        .line(epochs(small), small.valLosses(), "series2", labels.get(1));
    EpochRecord best = small.best();
    losses.dots(new double[] {best.epoch()}, new double[] {best.valLoss()}, 5, "mark");
    losses.label(best.epoch(), best.valLoss(), page.words().text("run.note"));
    Curves accuracies = curves(page.words(), "run.accuracies", Scale.linear(0, 1), "accuracy.axis");
    accuracies
        .line(epochs(small), small.accuracies(), "series1", labels.get(0))
        .line(epochs(small), small.valAccuracies(), "series2", labels.get(1));
    page.figures(
        page.figure(losses.svg(true, false), "run.losses"),
        page.figure(accuracies.svg(true, true), "run.accuracies"));
  }

  private static void remedies(LessonPage page, List<OverfittingRun> runs) {
    List<String> names = page.words().list("remedies.names");
    List<List<String>> rows = new ArrayList<>();
    double top = runs.stream().mapToDouble(OverfittingPage::top).max().orElseThrow();
    Curves curves = curves(page.words(), "remedies.caption", Scale.linear(0, top), "valLoss.axis");
    for (int i = 0; i < runs.size(); i++) {
      OverfittingRun run = runs.get(i);
      EpochRecord last = run.history().last();
      rows.add(
          List.of(
              names.get(i),
              Numbers.fixed(last.loss(), 4),
              Numbers.fixed(run.best().valLoss(), 4),
              Integer.toString(run.best().epoch()),
              Numbers.fixed(last.valLoss(), 4),
              percent(last.valAccuracy())));
      curves.line(epochs(run), run.valLosses(), "series" + (i + 2), names.get(i));
    }
    page.table("remedies.header", rows).text("remedies.end");
    Svg drawing = curves.svg(true, false);
    page.figures(page.figure(drawing, "remedies.caption"));
  }

  private static Curves curves(Words words, String captionKey, Scale y, String axisKey) {
    return new Curves(
        words.text("run.title"),
        words.text(captionKey),
        Scale.linear(0, OverfittingRun.EPOCHS),
        words.text("epoch.axis"),
        y,
        words.text(axisKey));
  }

  private static double[] epochs(OverfittingRun run) {
    return run.epochs().stream().mapToDouble(EpochRecord::epoch).toArray();
  }

  /// A round value above all losses.
  private static double top(OverfittingRun run) {
    double[] all =
        IntStream.range(0, run.epochs().size())
            .mapToDouble(i -> Math.max(run.losses()[i], run.valLosses()[i]))
            .toArray();
    return Scale.around(all).high();
  }

  private static String percent(double share) {
    return Numbers.fixed(100 * share, 1) + " %";
  }
}
