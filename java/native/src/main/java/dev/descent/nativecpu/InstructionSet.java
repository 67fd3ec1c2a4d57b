package dev.descent.nativecpu;

import java.util.Optional;
import java.util.stream.Stream;

/// What the kernels are compiled for; the better the later.
enum InstructionSet {
  /// AVX2 with fused multiply-adds.
  AVX2("avx2", 1, 256),
  /// AVX-512 F, BW, DQ and VL.
  AVX512("avx512", 2, 512);

  /// The library's bit for AVX-512 with dot products of bfloat16.
  static final int BF16_FEATURE = 4;

  /// For the tiles of AMX, which need a permission too.
  static final int AMX_FEATURE = 8;

  /// For processors by Intel, whose dot products of bfloat16 are half as fast as multiply-adds.
  static final int INTEL_FEATURE = 16;

  private final String symbol;
  private final int feature;
  private final int bits;

  InstructionSet(String symbol, int feature, int bits) {
    this.symbol = symbol;
    this.feature = feature;
    this.bits = bits;
  }

  /// The best that a machine has.
  ///
  /// @param features as `descent_cpu_features` gives them
  static Optional<InstructionSet> best(int features) {
    return Stream.of(AVX512, AVX2).filter(set -> set.isIn(features)).findFirst();
  }

  boolean isIn(int features) {
    return (features & feature) != 0;
  }

  /// The name of one of its functions in the library.
  String function(String name) {
    return "descent_cpu_" + symbol + "_" + name;
  }

  /// The width of a vector.
  int bits() {
    return bits;
  }
}
