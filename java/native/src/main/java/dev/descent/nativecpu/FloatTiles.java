package dev.descent.nativecpu;

import java.util.List;
import java.util.stream.Stream;

/// The tiles of sums that products in float32 go by; those of an instruction set give the same
/// bits.
enum FloatTiles {
  AVX2(InstructionSet.AVX2, "multiply", "AVX2, tile 6 x 16"),
  AVX512(InstructionSet.AVX512, "multiply", "AVX-512, tile 6 x 64"),
  /// Loads fewer bytes for each multiply-add, and 32 rows leave it no tile of few rows.
  AVX512_TALL(InstructionSet.AVX512, "multiply_tall", "AVX-512, tile 12 x 32");

  private final InstructionSet set;
  private final String function;
  private final String words;

  FloatTiles(InstructionSet set, String function, String words) {
    this.set = set;
    this.function = function;
    this.words = words;
  }

  /// Those of a set, the likeliest first.
  static List<FloatTiles> of(InstructionSet set) {
    return Stream.of(values()).filter(tiles -> tiles.set == set).toList();
  }

  InstructionSet set() {
    return set;
  }

  /// The name in the library.
  String function() {
    return set.function(function);
  }

  /// The same for sums of runs.
  String runs() {
    return function() + "_runs";
  }

  /// For explanations.
  String words() {
    return words;
  }
}
