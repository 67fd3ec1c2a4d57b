package dev.descent.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a run has to tell, as Markdown.
final class Report {
  /// What decides how fast matrix products can be, as Linux names it.
  private static final List<String> MATMUL_FEATURES =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16");

  private final List<String> lines = new ArrayList<>();

  /// Begins with all that it takes to run it again.
  static Report begin(String title, String commit, String command) {
    var report = new Report();
    report.lines.add("# " + title);
    report.lines.add("");
    report.item("machine", machine());
    report.item("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    report.item("Descent", commit);
    report.item("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report.item("command", "`" + command + "`");
    return report;
  }

  /// What Linux tells of the first processor, or something else where it tells nothing.
  private static String field(String name, String otherwise) {
    try (Stream<String> info = Files.lines(Path.of("/proc/cpuinfo"))) {
      return info.filter(line -> line.startsWith(name))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(otherwise);
    } catch (IOException e) {
      return otherwise;
    }
  }

  private static String machine() {
    String processor = field("model name", System.getProperty("os.arch"));
    List<String> flags = List.of(field("flags", "").split("\\s+"));
    String features =
        MATMUL_FEATURES.stream().filter(flags::contains).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%s (%s), %d processors, %s %s",
        processor,
        features.isEmpty() ? "none of " + String.join(", ", MATMUL_FEATURES) : features,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.version"));
  }

  void item(String name, String text) {
    lines.add("- " + name + ": " + text);
  }

  /// What each side says of itself.
  void sides(Map<Product, String> descriptions) {
    descriptions.forEach((side, description) -> item(side.toString(), description));
  }

  /// Begins a table.
  ///
  /// @param columns the first is text, the others are numbers
  void table(String title, List<String> columns) {
    lines.add("");
    lines.add("## " + title);
    lines.add("");
    row(columns);
    lines.add("|---" + "|---:".repeat(columns.size() - 1) + "|");
  }

  void row(List<String> cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
  }

  void paragraph(String text) {
    lines.add("");
    lines.add(text);
  }

  static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /// A share of the ceiling; a dash where there is no ceiling.
  static String share(double value, double ceiling) {
    return Double.isNaN(ceiling) ? "-" : number("%.0f %%", 100 * value / ceiling);
  }

  /// All of it.
  String text() {
    return String.join("\n", lines) + "\n";
  }
}
