package dev.descent.data;

import java.util.Locale;
import java.util.Objects;

/// What becomes of missing values: of cells that are empty or hold `NA`, `N/A`, `NaN`, `null` or
/// `?`. In a column of categories a missing value is none of them, unless it is refused or its row
/// left out. A model keeps it, as a part of its [Preparation].
///
/// @param kind what is done
/// @param value what gaps become, where that is given; else 0
public record Missing(Kind kind, double value) {
  /// What is done about a missing value.
  public enum Kind {
    /// The file is refused, and its row and column named.
    REFUSE,
    /// The row is left out.
    DROP,
    /// It becomes the mean of its column in the training data.
    MEAN,
    /// It becomes the median of its column in the training data.
    MEDIAN,
    /// It becomes a given value.
    VALUE
  }

  /// Files with gaps are refused.
  public static final Missing REFUSE = new Missing(Kind.REFUSE, 0);

  /// Rows with gaps are left out.
  public static final Missing DROP = new Missing(Kind.DROP, 0);

  /// Gaps become the mean of their column.
  public static final Missing MEAN = new Missing(Kind.MEAN, 0);

  /// Gaps become the median of their column.
  public static final Missing MEDIAN = new Missing(Kind.MEDIAN, 0);

  /// Checks the value.
  ///
  /// @throws IllegalArgumentException if the value is not finite
  public Missing {
    Objects.requireNonNull(kind, "kind");
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("missing values can't become " + value);
    }
  }

  /// Missing values become this one.
  ///
  /// @param value finite
  /// @return what puts the value in
  public static Missing value(double value) {
    return new Missing(Kind.VALUE, value);
  }

  /// Reads what [#toString] gives: `refuse`, `drop`, `mean`, `median` or a number.
  ///
  /// @param text a word or a number
  /// @return what it says
  /// @throws IllegalArgumentException if it is none of them
  public static Missing parse(String text) {
    return switch (text) {
      case "refuse" -> REFUSE;
      case "drop" -> DROP;
      case "mean" -> MEAN;
      case "median" -> MEDIAN;
      default -> {
        if (!Columns.isNumber(text)) {
          throw new IllegalArgumentException("must be drop, mean, median or a number");
        }
        yield value(Double.parseDouble(text));
      }
    };
  }

  @Override
  public String toString() {
    return kind == Kind.VALUE ? Double.toString(value) : kind.name().toLowerCase(Locale.ROOT);
  }
}
