package dev.descent.cli;

import dev.descent.backend.DeviceInfo;
import dev.descent.train.EpochRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The result of a comparison as text.
final class ComparisonTable {
  private static final String ROW = "%-12s %9s %17s %11s %10s %8s %10s %9s %7s";

  private final int steps;
  private final int samples;

  /// @param steps of an epoch
  /// @param samples of an epoch
  ComparisonTable(int steps, int samples) {
    this.steps = steps;
    this.samples = samples;
  }

  /// The lines of the table; the first contender that ran is what the others are compared with.
  List<String> lines(List<Contender> contenders) {
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
    double first = Double.NaN;
    for (Contender contender : contenders) {
      if (contender.epochs().isEmpty()) {
        continue;
      }
      double[] seconds = timed(contender.epochs());
      double median = median(seconds);
      first = Double.isNaN(first) ? median : first;
      lines.add(row(contender, seconds, median, first / median));
    }
    return lines;
  }

  private String row(Contender contender, double[] seconds, double median, double ratio) {
    EpochRecord last = contender.epochs().getLast();
    double accuracy = Double.isNaN(last.valAccuracy()) ? last.accuracy() : last.valAccuracy();
    return Text.format(
        ROW,
        contender.backend(),
        Text.format("%.3f", median),
        Text.format("(%.3f to %.3f)", seconds[0], seconds[seconds.length - 1]),
        Text.format("%,.0f", samples / median),
        Text.format("%.3f", 1e3 * median / steps),
        Text.duration(contender.startSeconds()),
        Text.bytes(contender.deviceBytes()),
        Text.format("%.4f", accuracy),
        Text.format("%.2fx", ratio));
  }

  /// What each contender ran on, a line each.
  static List<String> devices(List<Contender> contenders) {
    List<String> lines = new ArrayList<>();
    for (Contender contender : contenders) {
      DeviceInfo device = contender.device();
      if (device != null) {
        boolean told = device.backend().equals(contender.backend());
        lines.add(told ? device.toString() : contender.backend() + " is " + device);
      }
    }
    return lines;
  }

  /// The epochs' times, least first, without the first epoch, in which code and caches are still cold,
  /// where there are others.
  private static double[] timed(List<EpochRecord> epochs) {
    return epochs.stream()
        .skip(epochs.size() > 1 ? 1 : 0)
        .mapToDouble(EpochRecord::seconds)
        .sorted()
        .toArray();
  }

  private static double median(double[] sorted) {
    double[] middle = Arrays.copyOfRange(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1);
    return Arrays.stream(middle).average().orElseThrow();
  }
}
