package dev.descent.peers.descent;

import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;
import java.util.Locale;

/// A backend with the precision of its products, written `BACKEND` or `BACKEND+PRECISION`.
final class Variant {
  private static final String DEFAULT_BACKEND = "cpu";

  private Variant() {}

  /// @param text may be empty
  static Engine open(String text, int threads) {
    int plus = text.indexOf('+');
    String backend = plus < 0 ? text : text.substring(0, plus);
    Precision precision =
        plus < 0
            ? Precision.FP32
            : Precision.valueOf(text.substring(plus + 1).toUpperCase(Locale.ROOT));
    return Engine.open(
        backend.isEmpty() ? DEFAULT_BACKEND : backend, new BackendOptions(0, threads, precision));
  }
}
