package dev.descent.report;

import dev.descent.data.DataSet;
import dev.descent.internal.page.Html;
import dev.descent.internal.page.HtmlPage;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import dev.descent.train.History;
import dev.descent.train.Predictions;
import dev.descent.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A training run as one page of HTML that needs nothing else: learning curves with the point where
/// overfitting began, the learning rate, the norms of weights and gradients, the confusion matrix,
/// the worst predictions as pictures, or predicted against true values, and the settings.
///
/// ```java
/// var recorder = new RunRecorder();
/// History history = engine.trainer(model).callback(recorder).validation(test).fit(train, 5);
/// Report.of(history)
///     .recorded(recorder)
///     .predictions(test, Predictions.of(model, loss, engine.predict(model, test)))
///     .write(Path.of("run.html"));
/// ```
///
/// All but the history may be left out.
public final class Report {
  /// What reports look like beside [HtmlPage].
  static final String STYLE =
      """
      .tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
      .tiles div { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px;
        padding: .5rem .9rem; flex: 1 1 9.5rem; }
      .tiles dt { color: var(--faint); font-size: .85rem; line-height: 1.3; }
      .tiles dd { margin: .2rem 0 0; font-size: 1.35rem; font-weight: 600;
        font-variant-numeric: tabular-nums; }
      .command { white-space: pre-wrap; overflow-wrap: anywhere; }
      .confusion { font-size: .8rem; }
      .confusion th, .confusion td { padding: .2rem .4rem; text-align: center; border: 0;
        min-width: 2.1rem; }
      .confusion thead th:first-child { font-weight: 400; text-align: right; }
      .confusion tbody th { text-align: right; position: sticky; left: 0; background: var(--ground); }
      .confusion .none { color: var(--faint); }
      .confusion .right { background: rgb(0 114 178 / calc(.12 + .55 * var(--share))); }
      .confusion .wrong { background: rgb(213 94 0 / calc(.15 + .6 * var(--share)));
        font-weight: 600; }
      figure:has(.confusion) { max-width: none; }
      .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr));
        gap: 1rem .75rem; margin: 1rem 0; }
      .gallery figure { margin: 0; }
      .gallery img { border: 1px solid var(--rule); border-radius: 4px; display: block; }
      .gallery figcaption { line-height: 1.35; margin-top: .3rem; }
      .gallery b { color: var(--ink); overflow-wrap: anywhere; }
      .gallery span { display: block; font-size: .8rem; }
      summary { cursor: pointer; font-weight: 600; margin: 1rem 0 .5rem; }
      .facts td:first-child { color: var(--faint); }
      .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; vertical-align: top; }
      .facts td:first-child { white-space: nowrap; }
      @media (max-width: 40rem) {
        .confusion { font-size: .68rem; }
        .confusion th, .confusion td { padding: .15rem .2rem; min-width: 1.6rem; }
        .confusion thead th:first-child { white-space: normal; }
        .facts td:first-child { white-space: normal; }
      }
      @media print {
        .confusion { font-size: .62rem; }
        .confusion th, .confusion td { padding: .1rem .15rem; min-width: 1.45rem; }
        .confusion td, .tiles div { print-color-adjust: exact; }
        .gallery figure { break-inside: avoid; }
      }
      """;

  private final History history;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private String title = "Training run";
  private @Nullable String state;
  private @Nullable String command;
  private @Nullable RunRecorder recorder;
  private @Nullable PredictionsSection predictions;
  private @Nullable RegressionSection regression;

  private Report(History history) {
    this.history = history;
  }

  /// {@return a report on a history}
  ///
  /// @param history of a run, at its end or so far
  public static Report of(History history) {
    return new Report(history);
  }

  /// The page's heading; "Training run" unless set.
  ///
  /// @param title of the page
  /// @return this
  public Report title(String title) {
    this.title = title;
    return this;
  }

  /// How the run ended, in a line; unless set, what the history knows.
  ///
  /// @param state in one line, for the head of the page
  /// @return this
  public Report state(String state) {
    this.state = state;
    return this;
  }

  /// What the recorder saw of the run: settings and norms.
  ///
  /// @param recorder that was a callback of the run
  /// @return this
  public Report recorded(RunRecorder recorder) {
    this.recorder = recorder;
    return this;
  }

  /// Adds the confusion matrix and the worst predictions.
  ///
  /// @param data its rows have classes
  /// @param given the model's
  /// @return this
  /// @throws IllegalArgumentException if they do not fit together
  public Report predictions(DataSet data, Predictions given) {
    this.predictions = new PredictionsSection(data, given);
    return this;
  }

  /// Adds how far predicted target values are from the true ones, in their own units: figures, the
  /// values against each other, residuals, and the worst predictions.
  ///
  /// @param data its rows have target values
  /// @param outputs the model's, `size x outputs`, row-major; not modified
  /// @return this
  /// @throws IllegalArgumentException if there are not as many outputs as target values
  public Report regression(DataSet data, float[] outputs) {
    this.regression = new RegressionSection(data, outputs);
    return this;
  }

  /// Adds a line to the table of settings, or replaces the one of that name.
  ///
  /// @param name of the setting
  /// @param value of the setting
  /// @return this
  public Report fact(String name, String value) {
    facts.put(name, value);
    return this;
  }

  /// The command that runs the same training again.
  ///
  /// @param command as it can be typed into a shell
  /// @return this
  public Report command(String command) {
    this.command = command;
    return this;
  }

  /// Writes the page, over an earlier one of ours only (see
  /// [dev.descent.internal.format.OwnedFile]).
  ///
  /// @param file is replaced as a whole
  /// @throws dev.descent.DescentException if it can't be written
  public void write(Path file) {
    page().write(file);
  }

  /// {@return the page}
  public HtmlPage page() {
    HtmlPage page =
        new HtmlPage("en", title)
            .style(STYLE)
            .add(
                Html.element("h1", Html.text(title)),
                Html.paragraph(state == null ? end() : state));
    history.warnings().forEach(w -> page.add(Html.element("p", "note", Html.text(w))));
    if (!history.epochs().isEmpty()) {
      curves(page);
    }
    TrainingRun.Settings known = recorder == null ? null : recorder.settings();
    if (known != null) {
      FiltersSection.of(known.model(), known.validation())
          .ifPresent(section -> page.add(section.html()));
    }
    if (predictions != null) {
      page.add(predictions.html());
    }
    if (regression != null) {
      page.add(regression.html());
    }
    page.add(settings());
    return page;
  }

  private void curves(HtmlPage page) {
    var section = new HistorySection(history);
    page.add(section.summary(), section.curves());
    List<RunRecorder.Norm> norms = recorder == null ? List.of() : recorder.norms();
    if (!norms.isEmpty()) {
      double[] stops = history.stops().stream().mapToDouble(History.Stop::position).toArray();
      var normSection = new NormSection(norms, stops);
      page.add(
          Html.element("h2", Html.text("Weights and gradients")),
          normSection.html(),
          normSection.table());
    }
    page.add(Html.element("h2", Html.text("Learning rate and time")), section.pace());
    page.add(section.table());
  }

  private String end() {
    int count = history.epochs().size();
    String epochs = count == 1 ? "1 epoch" : Figures.format("%,d epochs", count);
    return history.stopReason() == null
        ? epochs + ", finished."
        : epochs + ", then " + history.stopReason() + ".";
  }

  private Html settings() {
    Map<String, String> all = new LinkedHashMap<>();
    TrainingRun.Settings known = recorder == null ? null : recorder.settings();
    if (recorder != null && known != null) {
      describe(all, known);
      all.put("Memory on the device", Figures.mebibytes(recorder.deviceBytes()));
      all.put("Started", String.valueOf(recorder.started()).replaceAll("[.]\\d+Z$", "Z"));
    }
    all.putAll(facts);
    return settings(all, command);
  }

  /// The last section: what decided the result, and how to get it again.
  ///
  /// @param known by name
  static Html settings(Map<String, String> known, @Nullable String command) {
    Map<String, String> all = new LinkedHashMap<>(known);
    all.putIfAbsent("Java", Runtime.version().toString());
    List<Html> rows = new ArrayList<>();
    all.forEach((name, value) ->
        rows.add(
            Html.element(
                "tr", Html.element("td", Html.text(name)), Html.element("td", Html.text(value)))));
    return Html.of(
        Html.element("h2", Html.text("Settings")),
        Html.element("table", "facts", Html.element("tbody", Html.of(rows))),
        command == null
            ? Html.EMPTY
            : Html.of(
                Html.element("h3", Html.text("The same again")),
                Html.element("pre", "command", Html.text(command))));
  }

  private static void describe(Map<String, String> facts, TrainingRun.Settings settings) {
    facts.put("Training data", settings.train().toString());
    DataSet validation = settings.validation();
    facts.put("Validation data", validation == null ? "none" : validation.toString());
    facts.put("Model", describe(settings.model()));
    facts.put("Loss", settings.loss().name());
    facts.put(
        "Optimizer",
        settings.optimizer().name()
            + ", learning rate "
            + Float.toString(settings.optimizer().learningRate()));
    facts.put("Batch", Figures.format("%,d", settings.batch()));
    if (!settings.augmentation().equals(Augmentation.NONE)) {
      facts.put("Augmentation", settings.augmentation().toString());
    }
    facts.put("Epochs requested", Figures.format("%,d", settings.epochs()));
    facts.put("Seed", Long.toString(settings.seed()));
    facts.put("Device", settings.device().toString());
  }

  /// `784 inputs; dense 512, relu; dropout 0.2; dense 10; 407,050 parameters`
  private static String describe(Model model) {
    List<String> parts = new ArrayList<>();
    parts.add(
        model.input().isRow()
            ? Figures.format("%,d inputs", model.inputs())
            : model.input() + " inputs");
    for (Layer layer : model.layers()) {
      parts.add(layer.describe());
    }
    parts.add(Figures.format("%,d parameters", model.parameterCount()));
    return String.join("; ", parts);
  }

  /// Something that can be folded away.
  static Html folded(String title, Html content, boolean open) {
    Html details = Html.element("details", Html.element("summary", Html.text(title)), content);
    return open ? details.with("open", "") : details;
  }
}
