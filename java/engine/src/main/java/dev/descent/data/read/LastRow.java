package dev.descent.data.read;

import java.util.function.IntToDoubleFunction;
import java.util.regex.Pattern;

/// Tells whether the last row of a table is what a spreadsheet adds up there, and no sample.
final class LastRow {
  /// How such rows are called, in the languages that spreadsheets are most used in.
  private static final Pattern TOTAL =
      Pattern.compile(
          "(?iU)(?:(?:grand|sub|column|general|overall)[ -]?)?(?:totals?|totale|totales|totaux|totaal|sums?"
              + "|average|mean)|summe|gesamt(?:summe)?|insgesamt|zwischensumme|mittelwert"
              + "|durchschnitt|somme|moyenne|somma|suma|soma|promedio|m\u00e9dia|razem|toplam|summa"
              + "|\u0438\u0442\u043e\u0433\u043e?|\u0432\u0441\u0435\u0433\u043e|\u0627\u0644\u0645\u062c\u0645\u0648\u0639|\u062c\u0645\u0639|\u0915\u0941\u0932"
              + "|\u5408\u8a08|\u7e3d\u8a08|\u603b\u8ba1|\u5408\u8ba1|\u5c0f\u8a08|\u5c0f\u8ba1|\u5e73\u5747|\ud569\uacc4|\ucd1d\uacc4");

  /// Rows above that must have something to add up.
  private static final int FEW_SUMMANDS = 3;

  /// Sums of floats are that exact, relative to their size.
  private static final double ROUNDING = 1e-5;

  private LastRow() {}

  /// Whether a text, which is in no other row, names a total.
  static boolean isTotal(String text) {
    return TOTAL.matcher(text.replaceAll("[\\s:]+$", "")).matches();
  }

  /// Whether the last value of a column is the sum of those above, which are not negative. Ends at
  /// the first rows where it is none.
  ///
  /// @param values by row
  /// @param last the last row
  static boolean isSum(IntToDoubleFunction values, int last) {
    double wanted = values.applyAsDouble(last);
    double most = wanted * (1 + ROUNDING);
    double sum = 0;
    int summands = 0;
    for (int row = last - 1; row >= 0; row--) {
      double value = values.applyAsDouble(row);
      sum += value;
      summands += value > 0 ? 1 : 0;
      if (!(value >= 0 && sum <= most)) {
        return false;
      }
    }
    return summands >= FEW_SUMMANDS && sum >= wanted * (1 - ROUNDING);
  }
}
