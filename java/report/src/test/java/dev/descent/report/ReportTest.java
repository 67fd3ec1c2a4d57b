package dev.descent.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.data.Preparation.Targets;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import dev.descent.train.ConfusionMatrix;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportTest {
  private final Inputs random = Inputs.fresh();

  private static final String NASTY = "</td><script>alert(\"x\")</script>&\0";

  private static EpochRecord epoch(int epoch, double loss, double valLoss) {
    return new EpochRecord(epoch, loss, 0.9, valLoss, 0.8, 1.5, 0.5, 1000, 0.001);
  }

  /// Images with random pixels, classes that can't be told apart, and names from a hostile file.
  private static DataSet images(int rows, Inputs random) {
    byte[] pixels = new byte[rows * 12];
    random.nextBytes(pixels);
    int[] labels = random.ints(rows, 0, 3).toArray();
    return DataSet.images("data " + NASTY, pixels, 4, 3, labels, List.of("a", NASTY, "c"));
  }

  private static List<String> found(String regex, String text) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void aWholeRunIsShown() {
    DataSet data = images(80, random);
    Model model = Model.sequential(12).dense(5, Activation.TANH).dense(3).build(1);
    var recorder = new RunRecorder();
    try (Engine engine = Engine.open("reference")) {
      History history =
          engine
              .trainer(model)
              .optimizer(Optimizer.adam(0.01f))
              .callback(recorder)
              .validation(data)
              .fit(data, 3);
      Predictions predictions =
          Predictions.of(model, Loss.softmaxCrossEntropy(), engine.predict(model, data));
      String page =
          Report.of(history)
              .title(NASTY)
              .recorded(recorder)
              .predictions(data, predictions)
              .command("descent " + NASTY)
              .fact(NASTY, NASTY)
              .page()
              .toString();
      assertFalse(page.contains("<script"));
      assertMatrix(page, data, predictions);
      assertNorms(recorder, model);
      int wrong = data.size() - ConfusionMatrix.of(data, predictions).right();
      assertEquals(Math.min(24, wrong), found("<img alt=\"(sample)", page).size(), "pictures");
      for (String heading : List.of("Learning curves", "Weights and gradients", "Settings")) {
        assertTrue(page.contains("<h2>" + heading + "</h2>"), heading);
      }
    }
  }

  /// Blocks and cells end what a name's controls begin; all else that holds a name must isolate it.
  @Test
  void namesCannotTurnTheTextAroundThem() {
    byte[] pixels = random.bytes(60);
    String name = "\u202Ename\u2069\u2066";
    DataSet data =
        DataSet.images(
            name, pixels, 4, 3, new int[] {0, 1, 0, 1, 0}, List.of(name, "\u05D0\u202B"));
    Model model = Model.sequential(12).dense(2).build(1);
    try (Engine engine = Engine.open("reference")) {
      Predictions predictions =
          Predictions.of(model, Loss.softmaxCrossEntropy(), engine.predict(model, data));
      String page =
          Report.of(new History(List.of(), null, List.of()))
              .predictions(data, predictions)
              .page()
              .toString();
      String rest = page.replaceAll("(<t[dh][^>]*>)[^<]*", "$1");
      assertFalse(rest.matches("(?s).*[\\u202A-\\u202E\\u2066\\u2067].*"));
      assertTrue(rest.contains("samples of \u2068\uFFFDname\uFFFD\uFFFD\u2069 the"), rest);
      assertTrue(rest.contains("<b>\u2068\u05D0\uFFFD\u2069</b>") || !rest.contains("<b>"), rest);
    }
  }

  /// The matrix in the page against one that is counted here.
  private static void assertMatrix(String page, DataSet data, Predictions predictions) {
    int[][] counts = new int[3][3];
    for (int row = 0; row < data.size(); row++) {
      int best = 0;
      for (int c = 1; c < 3; c++) {
        best = predictions.probability(row, c) > predictions.probability(row, best) ? c : best;
      }
      counts[data.labels()[row]][best]++;
    }
    String table = page.substring(page.indexOf("<table class=\"confusion\">"));
    List<String> cells =
        found("<td [^>]*>([^<]*)</td>", table.substring(0, table.indexOf("</table>")));
    assertEquals(9, cells.size());
    for (int i = 0; i < 9; i++) {
      int count = counts[i / 3][i % 3];
      assertEquals(count == 0 ? "·" : Integer.toString(count), cells.get(i));
    }
  }

  private static void assertNorms(RunRecorder recorder, Model model) {
    assertEquals(12, recorder.norms().size());
    RunRecorder.Norm last = recorder.norms().getLast();
    assertEquals("dense2.bias", last.parameter());
    assertEquals(3, last.epoch());
    double sum = 0;
    for (float bias : model.get("dense2.bias")) {
      sum += bias * bias;
    }
    assertEquals(Math.sqrt(sum), last.weights(), 1e-6);
    assertTrue(last.gradients() > 0);
  }

  @Test
  void theEpochWhereOverfittingBeganIsMarked() {
    History over =
        new History(
            List.of(epoch(1, 1, 0.9), epoch(2, 0.5, 0.6), epoch(3, 0.2, 0.7), epoch(4, 0.1, 0.8)),
            null,
            List.of("overfitting: as was said"));
    assertEquals(2, over.overfitting().orElseThrow().epoch());
    String page = Report.of(over).page().toString();
    assertTrue(page.contains(">overfitting from epoch 2 on</text>"), page);
    assertTrue(page.contains("overfitting: as was said"), page);
    History good = new History(over.epochs().subList(0, 2), null, List.of());
    assertTrue(good.overfitting().isEmpty());
    assertTrue(Report.of(good).page().toString().contains(">lowest, epoch 2</text>"));
  }

  @Test
  void aStopIsMarked() {
    History history =
        new History(
            List.of(epoch(1, 1, 0.9), epoch(2, 0.5, 0.6)),
            null,
            List.of(),
            List.of(new History.Stop(1, 3, 10)));
    String page = Report.of(history).page().toString();
    assertTrue(page.contains("Training was stopped after step 3 of 10 in epoch 2"), page);
    assertTrue(page.contains("class=\"frame dashed\""), page);
  }

  @Test
  void whatIsNotThereIsLeftOut() {
    double nan = Double.NaN;
    for (History history :
        List.of(
            new History(List.of(), "interrupted", List.of()),
            new History(
                List.of(new EpochRecord(1, nan, nan, nan, nan, nan, nan, nan, 0.1)),
                "the loss became NaN",
                List.of()),
            new History(
                List.of(
                    new EpochRecord(1, 3e38, nan, Double.POSITIVE_INFINITY, nan, 0, 0, 1e9, 1e-30)),
                null,
                List.of()))) {
      String page = Report.of(history).page().toString();
      assertFalse(page.contains("NaN<") || page.contains("Infinity."), page);
      assertTrue(page.contains("<h2>Settings</h2>"), page);
    }
  }

  @Test
  void rowsThatAreNoPicturesAreListed() {
    DataSet data =
        DataSet.classes("rows", new float[] {1, 2, 3, 4}, 2, new int[] {0, 1}, List.of("p", "q"));
    Model model = Model.sequential(2).dense(2).build(1);
    // The first is right, the second wrong.
    Predictions predictions =
        Predictions.of(model, Loss.softmaxCrossEntropy(), new float[] {1, 0, 2, 0});
    String page =
        Report.of(new History(List.of(), null, List.of()))
            .predictions(data, predictions)
            .page()
            .toString();
    assertTrue(page.contains("3.0, 4.0"), page);
    assertFalse(page.contains("1.0, 2.0"), page);
    assertFalse(page.contains("<img"), page);
    assertTrue(page.contains("takes 1 for what they are (50.00 %)"), page);
  }

  @Test
  void predictionsMustFitTheData() {
    DataSet data =
        DataSet.classes("rows", new float[] {1, 2}, 1, new int[] {0, 1}, List.of("p", "q"));
    Model model = Model.sequential(1).dense(2).build(1);
    Predictions tooFew = Predictions.of(model, Loss.softmaxCrossEntropy(), new float[2]);
    Report report = Report.of(new History(List.of(), null, List.of()));
    assertThrows(IllegalArgumentException.class, () -> report.predictions(data, tooFew));
  }

  /// Two targets whose units are far apart, with names from a hostile file: the figures against
  /// those of a plain program in float64, the points against the values.
  @Test
  void targetValuesAreShownInTheirUnits() {
    int rows = 40;
    float[] values = random.floats(2L * rows);
    float[] outputs = random.floats(2L * rows);
    String name = "price " + NASTY + "\u202E" + "x".repeat(300);
    List<Target> targets = List.of(new Target(name, 200_000, 50_000), new Target("age", 0, 1));
    DataSet data =
        DataSet.targets("houses", random.floats(rows), 1, values, 2)
            .withPreparation(
                new Preparation(
                    new Table(
                        List.of(new NumberColumn("x", 0, 1, Double.NaN)),
                        List.of(),
                        List.of("x"),
                        true,
                        null),
                    new Targets(targets)));
    String page =
        Report.of(new History(List.of(), null, List.of()))
            .regression(data, outputs)
            .page()
            .toString();
    assertFalse(page.contains("<script"), page);
    assertFalse(page.replaceAll("(<t[dh][^>]*>)[^<]*", "$1").contains("\u202E"), page);
    for (int t = 0; t < 2; t++) {
      double squares = 0;
      double absolute = 0;
      double sum = 0;
      double squaredValues = 0;
      for (int row = 0; row < rows; row++) {
        double scale = t == 0 ? 50_000 : 1;
        double actual = (t == 0 ? 200_000 : 0) + scale * values[2 * row + t];
        double error = scale * ((double) outputs[2 * row + t] - values[2 * row + t]);
        squares += error * error;
        absolute += Math.abs(error);
        sum += actual;
        squaredValues += actual * actual;
      }
      double r2 = 1 - squares / (squaredValues - sum * sum / rows);
      for (double figure :
          new double[] {
            absolute / rows, Math.sqrt(squares / rows), squares / rows, r2, sum / rows
          }) {
        String cell = "<td>" + Figures.number(figure) + "</td>";
        assertTrue(page.contains(cell), () -> cell + " is not in " + page);
      }
    }
    assertEquals(4 * rows, found("(<circle class=\"dot series1\")", page).size());
    assertEquals(4, found("(<svg class=\"descent\")", page).size());
    assertEquals(12, found("(<tr><td>[0-9]+</td>\n?<td>)", page.replaceAll(">\\s+<", "><")).size());
  }

  @Test
  void oddTargetValuesAreShownToo() {
    float nan = Float.NaN;
    float huge = Float.MAX_VALUE;
    for (float[] outputs :
        List.of(
            new float[] {nan, nan},
            new float[] {1, nan},
            new float[] {huge, -huge},
            new float[2])) {
      DataSet data = DataSet.targets("few", new float[] {1, 2}, 1, new float[] {3, 3}, 1);
      String page =
          Report.of(new History(List.of(), null, List.of()))
              .regression(data, outputs)
              .page()
              .toString();
      assertFalse(page.contains("NaN") || page.contains("Infinity"), page);
      assertTrue(page.contains("Predicted against true: \u2068target 1\u2069"), page);
    }
    Report report = Report.of(new History(List.of(), null, List.of()));
    DataSet data = DataSet.targets("few", new float[] {1, 2}, 1, new float[] {3, 3}, 1);
    assertThrows(IllegalArgumentException.class, () -> report.regression(data, new float[3]));
  }

  /// Of many samples every so many-th is drawn, and the worst are still found.
  @Test
  void manyTargetValuesMakeNoLongPage() {
    int rows = 100_000;
    float[] outputs = new float[rows];
    outputs[77_777] = 50;
    DataSet data = DataSet.targets("many", new float[rows], 1, new float[rows], 1);
    String page =
        Report.of(new History(List.of(), null, List.of()))
            .regression(data, outputs)
            .page()
            .toString();
    assertTrue(page.length() < 500_000, () -> page.length() + " characters");
    assertTrue(page.contains("<td>77,777</td>"), "the worst");
  }
}
