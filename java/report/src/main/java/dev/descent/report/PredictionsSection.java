package dev.descent.report;

import dev.descent.data.DataSet;
import dev.descent.internal.format.Png;
import dev.descent.internal.page.Html;
import dev.descent.train.ClassMetrics;
import dev.descent.train.ConfusionMatrix;
import dev.descent.train.Predictions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// What a model got wrong: the confusion matrix, the most frequent mistakes, and the samples that
/// it was furthest off.
final class PredictionsSection {
  /// A larger matrix can't be read.
  private static final int MOST_CLASSES = 50;

  private static final int MISTAKES = 10;
  private static final int SAMPLES = 24;
  private static final int VALUES = 6;

  /// The least size of a picture on the page, in CSS pixels, and the largest that is shown as it
  /// is.
  private static final int PICTURE = 84;

  private static final int LARGEST_PICTURE = 512;

  private final DataSet data;
  private final Predictions predictions;
  private final ClassMetrics metrics;
  private final ConfusionMatrix matrix;

  PredictionsSection(DataSet data, Predictions predictions) {
    this.data = data;
    this.predictions = predictions;
    this.metrics = ClassMetrics.of(data, predictions);
    this.matrix = metrics.matrix();
  }

  Html html() {
    int wrong = data.size() - matrix.right();
    return Html.of(
        Html.element("h2", Html.text("Right and wrong")),
        Html.paragraph(
            Figures.format(
                "Of %,d samples of %s the model takes %,d for what they are (%s) and %,d for"
                    + " something else.",
                data.size(),
                Figures.isolated(data.name()),
                matrix.right(),
                Figures.percent((double) matrix.right() / data.size()),
                wrong)),
        matrix(),
        classes(),
        wrong == 0 ? Html.EMPTY : mistakes(),
        wrong == 0 ? Html.EMPTY : samples());
  }

  /// A row for each true class, a column for each predicted one. Correct predictions are shaded in
  /// one colour, mistakes in another, the darker the larger their share of the row.
  private Html matrix() {
    if (matrix.classes() > MOST_CLASSES) {
      return Html.paragraph(
          String.format(
              Locale.ROOT,
              "A matrix of %,d classes would be too large to read.",
              matrix.classes()));
    }
    List<Html> head = new ArrayList<>(List.of(heading("true \\ predicted", "col")));
    matrix.classNames().forEach(name -> head.add(heading(name, "col")));
    List<Html> rows = new ArrayList<>();
    for (int actual = 0; actual < matrix.classes(); actual++) {
      List<Html> cells = new ArrayList<>(List.of(heading(matrix.classNames().get(actual), "row")));
      for (int predicted = 0; predicted < matrix.classes(); predicted++) {
        cells.add(cell(actual, predicted));
      }
      rows.add(Html.element("tr", Html.of(cells)));
    }
    Html table =
        Html.element(
            "table",
            "confusion",
            Html.element("thead", Html.element("tr", Html.of(head))),
            Html.element("tbody", Html.of(rows)));
    return Html.figure(
        Html.element("div", "scroll", table).with("tabindex", "0"),
        "The confusion matrix: each row holds the samples of a class, each column what they were"
            + " taken for.");
  }

  /// Precision, recall, F1 and AUC of each class, and their means.
  private Html classes() {
    List<List<String>> rows = new ArrayList<>();
    for (int label = 0; label < matrix.classes(); label++) {
      rows.add(
          List.of(
              matrix.classNames().get(label),
              Figures.format("%,d", matrix.samples(label)),
              Figures.percent(metrics.precision(label)),
              Figures.percent(metrics.recall(label)),
              Figures.percent(metrics.f1(label)),
              Figures.number(metrics.auc(label))));
    }
    rows.add(
        List.of(
            "mean over the classes",
            Figures.format("%,d", data.size()),
            Figures.percent(metrics.precision()),
            Figures.percent(metrics.recall()),
            Figures.percent(metrics.f1()),
            Figures.number(metrics.auc())));
    Html table = Html.table(List.of("class", "samples", "precision", "recall", "F1", "AUC"), rows);
    return Html.of(
        Html.element("h3", Html.text("Each class")),
        rows.size() <= MOST_CLASSES + 1 ? table : Report.folded("All classes", table, false),
        Html.paragraph(
            "Precision: how many of those taken for the class are of it. Recall: how many of the"
                + " class are taken for it. F1: their harmonic mean. AUC: how well the class's"
                + " probability tells it from the rest, from 0.5, not at all, to 1."));
  }

  private static Html heading(String name, String scope) {
    return Html.element("th", Html.text(name)).with("scope", scope);
  }

  private Html cell(int actual, int predicted) {
    int count = matrix.count(actual, predicted);
    if (count == 0) {
      return Html.element("td", "none", Html.text("·"));
    }
    double share = (double) count / matrix.samples(actual);
    return Html.element(
            "td", actual == predicted ? "right" : "wrong", Html.text(Figures.format("%,d", count)))
        .with("style", Figures.format("--share: %.3f", share))
        .with(
            "title",
            Figures.format(
                "%s taken for %s: %,d, %.1f %% of its samples",
                Figures.isolated(matrix.classNames().get(actual)),
                Figures.isolated(matrix.classNames().get(predicted)),
                count,
                100 * share));
  }

  private Html mistakes() {
    List<List<String>> rows = new ArrayList<>();
    for (ConfusionMatrix.Mistake mistake : matrix.mistakes().stream().limit(MISTAKES).toList()) {
      rows.add(
          List.of(
              matrix.classNames().get(mistake.actual()),
              matrix.classNames().get(mistake.predicted()),
              Figures.format("%,d", mistake.count()),
              Figures.percent((double) mistake.count() / matrix.samples(mistake.actual()))));
    }
    return Html.of(
        Html.element("h3", Html.text("The most frequent mistakes")),
        Html.table(List.of("true", "taken for", "samples", "of its class"), rows));
  }

  private Html samples() {
    List<Integer> worst =
        IntStream.range(0, data.size())
            .filter(row -> predictions.best(row) != data.labels()[row])
            .boxed()
            .sorted(Comparator.comparingDouble(this::trust))
            .limit(SAMPLES)
            .toList();
    boolean pictures =
        data.isBytes()
            && data.imageWidth() > 0
            && Math.max(data.imageWidth(), data.imageHeight()) <= LARGEST_PICTURE;
    return Html.of(
        Html.element("h3", Html.text("The worst predictions")),
        Html.paragraph("The samples whose true class the model believed in least."),
        pictures ? gallery(worst) : rows(worst));
  }

  /// How probable the true class was to the model.
  private double trust(int row) {
    return predictions.probability(row, data.labels()[row]);
  }

  private Html gallery(List<Integer> rows) {
    return Html.element("div", "gallery", Html.of(rows.stream().map(this::picture).toList()));
  }

  private Html picture(int row) {
    int width = data.imageWidth();
    int height = data.imageHeight();
    double scale = (double) PICTURE / Math.max(width, height);
    String truth = Figures.isolated(data.classNames().get(data.labels()[row]));
    String guess = Figures.isolated(data.classNames().get(predictions.best(row)));
    return Html.element(
        "figure",
        Html.image(
            Png.grey(data.bytes(), row * data.features(), width, height),
            "sample " + row + ": " + truth + " taken for " + guess,
            (int) Math.max(1, Math.round(width * scale)),
            (int) Math.max(1, Math.round(height * scale))),
        Html.element(
            "figcaption",
            Html.element("b", Html.text(truth)),
            Html.text(" taken for "),
            Html.element("b", Html.text(guess)),
            Html.element(
                "span",
                "faint",
                Html.text(
                    Figures.format(
                        "%.1f %%, row %,d",
                        100 * predictions.probability(row, predictions.best(row)), row)))));
  }

  private Html rows(List<Integer> worst) {
    List<List<String>> rows = new ArrayList<>();
    for (int row : worst) {
      rows.add(
          List.of(
              Figures.format("%,d", row),
              data.classNames().get(data.labels()[row]),
              data.classNames().get(predictions.best(row)),
              Figures.percent(predictions.probability(row, predictions.best(row))),
              Figures.percent(trust(row)),
              values(row)));
    }
    return Html.table(List.of("row", "true", "taken for", "with", "true class", "values"), rows);
  }

  private String values(int row) {
    return values(data.row(row), VALUES);
  }

  /// The first values of a row as text.
  static String values(float[] values, int most) {
    String first =
        String.join(
            ", ",
            IntStream.range(0, Math.min(most, values.length))
                .mapToObj(i -> Float.toString(values[i]))
                .toList());
    return values.length > most ? first + ", …" : first;
  }
}
