package dev.descent.nativecpu;

import java.util.Locale;

/// What multiplies tiles of bfloat16.
enum Tiles {
  /// The processor.
  AMX("AMX"),
  /// Plain C++ that gives the same bits on any processor: slow, for tests.
  AMX_TWIN("the twin of AMX");

  private final String words;

  Tiles(String words) {
    this.words = words;
  }

  /// The name within the functions' names.
  String set() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The name of one of its functions in the library.
  String function(String what) {
    return "descent_cpu_" + set() + "_" + what;
  }

  String words() {
    return words;
  }
}
