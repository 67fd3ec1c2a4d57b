package dev.descent.internal.cpu.vector;

import static dev.descent.internal.cpu.vector.VectorConstants.LANES;
import static dev.descent.internal.cpu.vector.VectorConstants.SPECIES;

import jdk.incubator.vector.FloatVector;

/// Chains of fused multiply-adds in registers: the peak of the machine's arithmetic.
public final class VectorChains {
  private static final int ROUNDS = 1000;

  /// As many chains as hide the latency: 4 cycles, 2 instructions a cycle, and some to spare.
  private static final int CHAINS = 12;

  private VectorChains() {}

  public static double unit() {
    // Reading the result keeps the loop; it can't be negative.
    return chains() < 0 ? 0 : 2.0 * CHAINS * ROUNDS * LANES;
  }

  /// Each chain runs `v = 1 * 0.001 + v`. The chain is what is added to: as a factor, the compiler
  /// would copy the addend for each operation. And a round is written out four times, as the
  /// compiler would unroll a shorter loop so that operations that wait for each other stand side by
  /// side, at half of the speed.
  private static float chains() {
    FloatVector x = FloatVector.broadcast(SPECIES, 1f);
    FloatVector y = FloatVector.broadcast(SPECIES, 0.001f);
    FloatVector a = x;
    FloatVector b = x;
    FloatVector c = x;
    FloatVector d = x;
    FloatVector e = x;
    FloatVector f = x;
    FloatVector g = x;
    FloatVector h = x;
    FloatVector i = x;
    FloatVector j = x;
    FloatVector k = x;
    FloatVector l = x;
    for (int n = 0; n < ROUNDS; n += 4) {
      a = x.fma(y, a);
      b = x.fma(y, b);
      c = x.fma(y, c);
      d = x.fma(y, d);
      e = x.fma(y, e);
      f = x.fma(y, f);
      g = x.fma(y, g);
      h = x.fma(y, h);
      i = x.fma(y, i);
      j = x.fma(y, j);
      k = x.fma(y, k);
      l = x.fma(y, l);
      a = x.fma(y, a);
      b = x.fma(y, b);
      c = x.fma(y, c);
      d = x.fma(y, d);
      e = x.fma(y, e);
      f = x.fma(y, f);
      g = x.fma(y, g);
      h = x.fma(y, h);
      i = x.fma(y, i);
      j = x.fma(y, j);
      k = x.fma(y, k);
      l = x.fma(y, l);
      a = x.fma(y, a);
      b = x.fma(y, b);
      c = x.fma(y, c);
      d = x.fma(y, d);
      e = x.fma(y, e);
      f = x.fma(y, f);
      g = x.fma(y, g);
      h = x.fma(y, h);
      i = x.fma(y, i);
      j = x.fma(y, j);
      k = x.fma(y, k);
      l = x.fma(y, l);
      a = x.fma(y, a);
      b = x.fma(y, b);
      c = x.fma(y, c);
      d = x.fma(y, d);
      e = x.fma(y, e);
      f = x.fma(y, f);
      g = x.fma(y, g);
      h = x.fma(y, h);
      i = x.fma(y, i);
      j = x.fma(y, j);
      k = x.fma(y, k);
      l = x.fma(y, l);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k);
    return sum.add(l).lane(0);
  }
}
