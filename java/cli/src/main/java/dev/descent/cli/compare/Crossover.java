package dev.descent.cli.compare;

import dev.descent.report.Measurement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Where in a sweep the faster device changes hands.
public final class Crossover {
  private Crossover() {}

  /// A line for each sweep of one thing while the other stays, in the order of the sweep: `hidden
  /// 512,512: cpu is the fastest at batch 32, opencl from batch 128 on`.
  ///
  /// @param measured each setting's measurements
  public static List<String> of(Map<Comparison.Setting, List<Measurement>> measured) {
    List<String> lines = new ArrayList<>();
    lines.addAll(lines(measured, s -> "hidden " + s.hidden(), s -> "batch " + s.batch()));
    lines.addAll(lines(measured, s -> "batch " + s.batch(), s -> "hidden " + s.hidden()));
    return lines;
  }

  private static List<String> lines(
      Map<Comparison.Setting, List<Measurement>> measured,
      Function<Comparison.Setting, String> fixed,
      Function<Comparison.Setting, String> varied) {
    Map<String, List<String>> words = new LinkedHashMap<>();
    Map<String, List<String>> winners = new LinkedHashMap<>();
    measured.forEach((setting, all) -> {
      if (all.size() > 1) {
        String name = fixed.apply(setting);
        words.computeIfAbsent(name, _ -> new ArrayList<>()).add(varied.apply(setting));
        winners
            .computeIfAbsent(name, _ -> new ArrayList<>())
            .add(Measurement.fastest(all).orElseThrow().name());
      }
    });
    List<String> lines = new ArrayList<>();
    winners.forEach((name, sequence) -> {
      if (sequence.size() > 1) {
        lines.add(name + ": " + line(words.getOrDefault(name, List.of()), sequence));
      }
    });
    return lines;
  }

  private static String line(List<String> words, List<String> winners) {
    if (winners.stream().distinct().count() == 1) {
      return winners.getFirst() + " is the fastest throughout";
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < winners.size(); i++) {
      if (i == 0 || !winners.get(i).equals(winners.get(i - 1))) {
        parts.add(
            i == 0
                ? winners.get(i) + " is the fastest at " + words.get(i)
                : winners.get(i) + " from " + words.get(i) + " on");
      }
    }
    return String.join(", ", parts);
  }
}
