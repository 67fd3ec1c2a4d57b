package dev.descent.data.read;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The texts of a column of categories, each with a number from 0.
final class Categories {
  /// The number of a missing or unknown text.
  static final int NONE = -1;

  /// More are no categories; beyond, texts are not told apart.
  private static final int MOST = 1 << 16;

  private final Map<String, Integer> codes = new HashMap<>();
  private final List<String> texts = new ArrayList<>();
  private final boolean fixed;
  private long unknown;
  private @Nullable String firstUnknown;

  /// @param known texts in order; null for those that occur
  Categories(@Nullable List<String> known) {
    this.fixed = known != null;
    if (known != null) {
      known.forEach(text -> {
        codes.put(text, texts.size());
        texts.add(text);
      });
    }
  }

  int code(String text) {
    Integer code = codes.get(text);
    if (code != null) {
      return code;
    }
    if (fixed || texts.size() == MOST) {
      unknown++;
      firstUnknown = firstUnknown == null ? text : firstUnknown;
      return NONE;
    }
    codes.put(text, texts.size());
    texts.add(text);
    return texts.size() - 1;
  }

  List<String> texts() {
    return texts;
  }

  /// How often a text came that is not known.
  long unknown() {
    return unknown;
  }

  @Nullable String firstUnknown() {
    return firstUnknown;
  }
}
