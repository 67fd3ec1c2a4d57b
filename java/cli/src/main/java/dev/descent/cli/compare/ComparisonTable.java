package dev.descent.cli.compare;

import dev.descent.backend.DeviceInfo;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Text;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.report.Measurement;
import java.util.ArrayList;
import java.util.List;

/// The result of a comparison as text.
final class ComparisonTable {
  private static final String ROW = "%-12s %9s %17s %11s %10s %8s %10s %9s %7s";
  private static final int LONGEST_BAR = 50;

  private ComparisonTable() {}

  /// The lines of the table; the first that ran is what the others are compared with.
  static List<String> lines(List<Measurement> measurements) {
    List<String> lines = new ArrayList<>();
    lines.add(
        Text.format(
            ROW,
            "backend",
            "s/epoch",
            "(least to most)",
            "samples/s",
            "ms/step",
            "start",
            "memory",
            "accuracy",
            "speed"));
    for (Measurement m : measurements) {
      lines.add(row(m, measurements.getFirst().medianSeconds() / m.medianSeconds()));
    }
    return lines;
  }

  private static String row(Measurement m, double ratio) {
    double[] seconds = m.seconds();
    return Text.format(
        ROW,
        m.name(),
        Text.format("%.3f", m.medianSeconds()),
        Text.format("(%.3f to %.3f)", seconds[0], seconds[seconds.length - 1]),
        Text.format("%,.0f", m.samplesPerSecond()),
        Text.format("%.3f", 1e3 * m.secondsPerStep()),
        Text.duration(m.startSeconds()),
        Text.bytes(m.deviceBytes()),
        Text.format("%.4f", m.accuracy()),
        Text.format("%.2fx", ratio));
  }

  /// Bars of the samples a second: longer is faster.
  static List<String> bars(List<Measurement> measurements) {
    double most = measurements.stream().mapToDouble(Measurement::samplesPerSecond).max().orElse(1);
    List<String> lines = new ArrayList<>();
    for (Measurement m : measurements) {
      int length = (int) Math.max(1, Math.round(LONGEST_BAR * m.samplesPerSecond() / most));
      lines.add(
          Text.format(
              "%-12s %s %,.0f samples/s", m.name(), "#".repeat(length), m.samplesPerSecond()));
    }
    return lines;
  }

  /// What each contender ran on, or why it could not run, a line each.
  static List<String> devices(List<Contender> contenders) {
    List<String> lines = new ArrayList<>();
    for (Contender contender : contenders) {
      DeviceInfo device = contender.device();
      Throwable failure = contender.failure();
      if (device != null) {
        boolean told = device.backend().equals(contender.backend());
        lines.add(told ? device.toString() : contender.backend() + " is " + device);
      } else if (failure != null) {
        lines.add(contender.backend() + " can't run here: " + reason(contender.backend(), failure));
      }
    }
    return lines;
  }

  /// Why a contender failed, without its name before the reason.
  static String reason(String backend, Throwable failure) {
    String reason = UsageErrors.oneLine(Failures.describe(failure));
    return reason.startsWith(backend + ": ") ? reason.substring(backend.length() + 2) : reason;
  }
}
