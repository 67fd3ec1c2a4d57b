package dev.descent.report;

import dev.descent.internal.page.Html;
import dev.descent.internal.page.HtmlPage;
import dev.descent.internal.page.Svg;
import dev.descent.train.EpochRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Backends that did the same training, side by side, as one page of HTML that needs nothing else:
/// for each setting a table, bars and the learning curves; who is faster from where on; and what
/// could not run, with the reason.
public final class ComparisonReport {
  private static final double WIDTH = 440;
  private static final double BAR = 22;
  private static final double ROW = 34;
  private static final double NAMES = 110;
  private static final double VALUES = 90;

  private final String title;
  private final Map<String, List<Measurement>> groups = new LinkedHashMap<>();
  private final Map<String, List<String>> groupRemarks = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private final Map<String, String> lacking = new LinkedHashMap<>();
  private final Map<String, String> facts = new LinkedHashMap<>();
  private @Nullable String command;

  /// Starts a report.
  ///
  /// @param title of the page
  public ComparisonReport(String title) {
    this.title = title;
  }

  /// Adds the measurements of one setting; the first is what the others are compared with.
  ///
  /// @param setting what the others do not have: `batch 128`
  /// @param measurements of all contenders
  /// @param about what is to be said of them: whether their learning curves agree
  /// @return this
  public ComparisonReport add(String setting, List<Measurement> measurements, List<String> about) {
    groups.put(setting, List.copyOf(measurements));
    groupRemarks.put(setting, List.copyOf(about));
    return this;
  }

  /// Adds a remark on the whole: where the faster device changes.
  ///
  /// @param text plain, a paragraph
  /// @return this
  public ComparisonReport remark(String text) {
    remarks.add(text);
    return this;
  }

  /// Adds a backend that could not run.
  ///
  /// @param name of the contender
  /// @param reason in one line
  /// @return this
  public ComparisonReport lacking(String name, String reason) {
    lacking.put(name, reason);
    return this;
  }

  /// Adds a line to the table of settings.
  ///
  /// @param name of the setting
  /// @param value of the setting
  /// @return this
  public ComparisonReport fact(String name, String value) {
    facts.put(name, value);
    return this;
  }

  /// The command that compares the same again.
  ///
  /// @param newCommand as it can be typed into a shell
  /// @return this
  public ComparisonReport command(String newCommand) {
    this.command = newCommand;
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
            .style(Report.STYLE)
            .add(
                Html.element("h1", Html.text(title)),
                Html.paragraph(
                    "The same training on each: the same first weights, the same batches, an epoch"
                        + " in turn. Times are medians without the first epoch; the speed is that"
                        + " of the first line."));
    if (!remarks.isEmpty()) {
      List<Html> items = remarks.stream().map(r -> Html.element("li", Html.text(r))).toList();
      page.add(Html.element("ul", Html.of(items)));
    }
    lacking.forEach((name, reason) ->
        page.add(Html.element("p", "note", Html.text(name + " could not run: " + reason))));
    if (groups.size() > 1) {
      page.add(sweep());
    }
    groups.forEach((setting, measurements) -> {
      if (!measurements.isEmpty()) {
        page.add(group(setting, measurements));
        groupRemarks
            .getOrDefault(setting, List.of())
            .forEach(remark -> page.add(Html.element("p", "faint", Html.text(remark))));
      }
    });
    Map<String, String> all = new LinkedHashMap<>(facts);
    groups
        .values()
        .forEach(group -> group.forEach(m -> all.put("Device of " + m.name(), m.device())));
    return page.add(Report.settings(all, command));
  }

  /// The samples a second of all settings, a row each, and who was the fastest.
  private Html sweep() {
    List<String> names =
        groups.values().stream().flatMap(List::stream).map(Measurement::name).distinct().toList();
    List<String> header = new ArrayList<>(List.of("samples/s"));
    header.addAll(names);
    header.add("fastest");
    List<List<Html>> rows = new ArrayList<>();
    groups.forEach((setting, measurements) -> {
      Measurement fastest = Measurement.fastest(measurements).orElse(null);
      List<Html> row = new ArrayList<>(List.of(Html.text(setting)));
      for (String name : names) {
        row.add(
            measurements.stream()
                .filter(m -> m.name().equals(name))
                .findFirst()
                .map(m -> rate(m, m.equals(fastest)))
                .orElse(Html.text(Figures.NONE)));
      }
      row.add(Html.text(fastest == null ? Figures.NONE : fastest.name()));
      rows.add(row);
    });
    return Html.of(Html.element("h2", Html.text("All settings")), Html.tableOf(header, rows));
  }

  private static Html rate(Measurement m, boolean fastest) {
    Html rate = Html.text(Figures.format("%,.0f", m.samplesPerSecond()));
    return fastest ? Html.element("b", rate) : rate;
  }

  private static Html group(String setting, List<Measurement> measurements) {
    return Html.of(
        Html.element("h2", Html.text(setting)),
        table(measurements),
        Html.row(
            Html.figure(bars(measurements), "Longer is faster."),
            Html.figure(
                losses(measurements).draw(),
                "Training losses: lines that lie on each other learn the same.")));
  }

  private static Html table(List<Measurement> measurements) {
    double first = measurements.getFirst().medianSeconds();
    List<List<String>> rows = new ArrayList<>();
    for (Measurement m : measurements) {
      double[] seconds = m.seconds();
      rows.add(
          List.of(
              m.name(),
              Figures.format("%.3f", m.medianSeconds()),
              Figures.format("%.3f to %.3f", seconds[0], seconds[seconds.length - 1]),
              Figures.format("%,.0f", m.samplesPerSecond()),
              Figures.format("%.3f", 1e3 * m.secondsPerStep()),
              Figures.seconds(m.startSeconds()),
              Figures.mebibytes(m.deviceBytes()),
              Figures.percent(m.accuracy()),
              Figures.format("%.2f×", first / m.medianSeconds())));
    }
    return Html.table(
        List.of(
            "backend",
            "s/epoch",
            "least to most",
            "samples/s",
            "ms/step",
            "start",
            "memory",
            "accuracy",
            "speed"),
        rows);
  }

  private static Svg bars(List<Measurement> measurements) {
    double most =
        measurements.stream().mapToDouble(Measurement::samplesPerSecond).max().orElseThrow();
    var svg = new Svg(WIDTH, 44 + ROW * measurements.size(), "Samples a second", "see the table");
    svg.text(0, 18, Svg.Anchor.START, "", "Samples a second");
    for (int i = 0; i < measurements.size(); i++) {
      Measurement m = measurements.get(i);
      double top = 34 + ROW * i;
      double length = (WIDTH - NAMES - VALUES) * m.samplesPerSecond() / most;
      svg.text(NAMES - 8, top + 15, Svg.Anchor.END, "small", m.name());
      svg.rectangle(NAMES, top, Math.max(1, length), BAR, "dot " + Curves.classes(i));
      svg.text(
          NAMES + length + 8,
          top + 15,
          Svg.Anchor.START,
          "small",
          Figures.format("%,.0f", m.samplesPerSecond()));
    }
    return svg;
  }

  private static Curves losses(List<Measurement> measurements) {
    var curves = new Curves("Training loss", "loss").fromZero();
    for (Measurement m : measurements) {
      curves.line(
          m.name(),
          m.epochs().stream().mapToDouble(EpochRecord::epoch).toArray(),
          m.epochs().stream().mapToDouble(EpochRecord::loss).toArray());
    }
    return curves;
  }
}
