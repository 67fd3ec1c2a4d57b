package dev.descent.data.read;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds texts that are different ones for a program, and one for a reader: `Rome` and `ROME`, or
/// two of which one has a mark of no width in it.
final class LookAlikes {
  private static final Pattern BLANKS = Pattern.compile("(?U)[\\s\\p{Cf}]+");

  /// Of more texts, as of names, some look alike by chance.
  private static final int MOST_TEXTS = 1000;

  private LookAlikes() {}

  /// A line if texts of a column look alike.
  static List<String> of(String file, String column, List<String> texts) {
    if (texts.size() > MOST_TEXTS) {
      return List.of();
    }
    return texts.stream()
        .collect(Collectors.groupingBy(LookAlikes::seen, TreeMap::new, Collectors.toList()))
        .values()
        .stream()
        .filter(alike -> alike.size() > 1)
        .limit(1)
        .map(alike ->
            "warning: %s: column %s: %s differ in case, blanks or hidden marks alone, and are taken"
                    .formatted(
                        file,
                        Cells.shown(column),
                        alike.stream().map(Cells::shown).collect(Collectors.joining(", ")))
                + " for different values")
        .toList();
  }

  private static String seen(String text) {
    String plain = BLANKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC)).replaceAll("");
    return plain.toLowerCase(Locale.ROOT);
  }
}
