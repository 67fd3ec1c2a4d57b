package dev.descent.report;

import dev.descent.internal.page.Html;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.Monitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// The learning curves of a report, and the figures of each epoch.
final class HistorySection {
  /// A longer table is folded.
  private static final int OPEN_EPOCHS = 20;

  private final History history;
  private final double[] epochs;
  private final double[] stops;

  HistorySection(History history) {
    this.history = history;
    this.epochs = values(EpochRecord::epoch);
    this.stops = history.stops().stream().mapToDouble(History.Stop::position).toArray();
  }

  private double[] values(ToDoubleFunction<EpochRecord> figure) {
    return history.epochs().stream().mapToDouble(figure).toArray();
  }

  /// The most important figures, large.
  Html summary() {
    EpochRecord last = history.last();
    List<Html> tiles = new ArrayList<>();
    tile(tiles, "training loss", Figures.number(last.loss()));
    tile(tiles, "training accuracy", Figures.percent(last.accuracy()));
    tile(tiles, "validation loss", Figures.number(last.valLoss()));
    tile(tiles, "validation accuracy", Figures.percent(last.valAccuracy()));
    history
        .best(Monitor.VAL_ACCURACY)
        .ifPresent(best ->
            tile(
                tiles,
                "best validation accuracy, epoch " + best.epoch(),
                Figures.percent(best.valAccuracy())));
    return Html.element("dl", "tiles", Html.of(tiles));
  }

  private static void tile(List<Html> tiles, String name, String figure) {
    if (!figure.equals(Figures.NONE)) {
      Html term = Html.element("dt", Html.text(name));
      tiles.add(Html.element("div", term, Html.element("dd", Html.text(figure))));
    }
  }

  Html curves() {
    return Html.of(
        Html.element("h2", Html.text("Learning curves")),
        Html.row(Html.figure(loss().draw(), lossCaption()), accuracy()),
        metrics(),
        stopsNote());
  }

  private Curves loss() {
    Curves loss =
        new Curves("Loss", "loss")
            .line("training", epochs, values(EpochRecord::loss))
            .line("validation", epochs, values(EpochRecord::valLoss))
            .stops(stops)
            .fromZero();
    lowest()
        .ifPresent(epoch ->
            loss.mark(
                epoch.epoch(),
                epoch.valLoss(),
                history.overfitting().isPresent()
                    ? "overfitting from epoch " + epoch.epoch() + " on"
                    : "lowest, epoch " + epoch.epoch()));
    return loss;
  }

  private Optional<EpochRecord> lowest() {
    return history.overfitting().or(() -> history.best(Monitor.VAL_LOSS));
  }

  private String lossCaption() {
    String gap =
        "Training loss is the mean over an epoch while the model still learns, so validation may"
            + " lie below it at first.";
    return history
        .overfitting()
        .map(epoch ->
            String.format(
                Locale.ROOT,
                "The model overfits: from epoch %d on its loss still falls on the data that it"
                    + " learns from, and rises on data that it has not seen. Fewer epochs, a"
                    + " smaller model, dropout or more data would help.",
                epoch.epoch()))
        .orElse(gap);
  }

  private Html accuracy() {
    Curves accuracy =
        new Curves("Accuracy", "share of correct predictions")
            .line("training", epochs, values(EpochRecord::accuracy))
            .line("validation", epochs, values(EpochRecord::valAccuracy))
            .stops(stops);
    if (accuracy.isEmpty()) {
      return Html.EMPTY;
    }
    EpochRecord last = history.last();
    double gap = last.accuracy() - last.valAccuracy();
    String caption =
        Double.isNaN(gap)
            ? ""
            : Figures.format(
                "In the last epoch training accuracy is %.2f points %s validation accuracy.",
                100 * Math.abs(gap), gap >= 0 ? "above" : "below");
    return Html.figure(accuracy.draw(), caption);
  }

  /// What was measured of the validation data beside loss and accuracy.
  private Html metrics() {
    Curves curves = new Curves("Metrics", "of the validation data").stops(stops);
    for (String name : metricNames()) {
      curves.line(
          Figures.isolated(name),
          epochs,
          values(epoch -> epoch.metrics().getOrDefault(name, Double.NaN)));
    }
    return curves.isEmpty() ? Html.EMPTY : Html.row(Html.figure(curves.draw(), ""));
  }

  private List<String> metricNames() {
    return history.epochs().stream()
        .flatMap(epoch -> epoch.metrics().keySet().stream())
        .distinct()
        .toList();
  }

  private Html stopsNote() {
    return Html.of(
        history.stops().stream()
            .map(stop ->
                Html.element(
                    "p",
                    "faint",
                    Html.text(
                        "Training was stopped after %s, and resumed there: the broken line."
                            .formatted(place(stop)))))
            .toList());
  }

  /// `epoch 3`, or `step 120 of 469 in epoch 4`
  static String place(History.Stop stop) {
    return stop.step() == 0
        ? "epoch " + stop.epochs()
        : Figures.format(
            "step %,d of %,d in epoch %,d", stop.step(), stop.steps(), stop.epochs() + 1);
  }

  /// The charts of the learning rate and of the time of an epoch.
  Html pace() {
    Curves rates =
        new Curves("Learning rate", "")
            .line("at the end of the epoch", epochs, values(EpochRecord::learningRate))
            .stops(stops)
            .fromZero();
    Curves times =
        new Curves("Time", "seconds")
            .line("training", epochs, values(EpochRecord::seconds))
            .line("validation", epochs, validationSeconds())
            .stops(stops)
            .fromZero();
    List<Html> figures = new ArrayList<>();
    for (Curves curves : List.of(rates, times)) {
      if (!curves.isEmpty()) {
        figures.add(Html.figure(curves.draw(), ""));
      }
    }
    return Html.row(figures.toArray(Html[]::new));
  }

  private double[] validationSeconds() {
    return values(epoch -> Double.isNaN(epoch.valLoss()) ? Double.NaN : epoch.valSeconds());
  }

  /// The figures of all epochs.
  Html table() {
    List<List<String>> rows = new ArrayList<>();
    for (EpochRecord epoch : history.epochs()) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  Integer.toString(epoch.epoch()),
                  Figures.number(epoch.loss()),
                  Figures.percent(epoch.accuracy()),
                  Figures.number(epoch.valLoss()),
                  Figures.percent(epoch.valAccuracy()),
                  Figures.number(epoch.learningRate()),
                  Figures.seconds(epoch.seconds()),
                  Double.isNaN(epoch.samplesPerSecond())
                      ? Figures.NONE
                      : Figures.format("%,.0f", epoch.samplesPerSecond())));
      for (String name : metricNames()) {
        row.add(Figures.number(epoch.metrics().getOrDefault(name, Double.NaN)));
      }
      rows.add(row);
    }
    List<String> head =
        new ArrayList<>(
            List.of(
                "epoch",
                "loss",
                "accuracy",
                "val. loss",
                "val. accuracy",
                "learning rate",
                "time",
                "samples/s"));
    metricNames().forEach(name -> head.add("val. " + Figures.isolated(name)));
    Html table = Html.table(head, rows);
    return Report.folded("All epochs", table, rows.size() <= OPEN_EPOCHS);
  }
}
