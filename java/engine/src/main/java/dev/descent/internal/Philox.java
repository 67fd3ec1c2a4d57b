package dev.descent.internal;

/// Philox4x32-10, a counter-based random number generator (Salmon, Moraes, Dror, Shaw: "Parallel
/// random numbers: as easy as 1, 2, 3", 2011): 128 random bits are a pure function of a 128-bit
/// counter and a 64-bit key, so any number of threads or devices draw the same numbers in any
/// order.
public final class Philox {
  /// How often words are mixed.
  public static final int ROUNDS = 10;

  /// The first word's multiplier.
  public static final long MULTIPLIER_0 = 0xD2511F53L;

  /// The third word's multiplier.
  public static final long MULTIPLIER_1 = 0xCD9E8D57L;

  /// What the key's low word grows by in a round.
  public static final int WEYL_0 = 0x9E3779B9;

  /// What the key's high word grows by in a round.
  public static final int WEYL_1 = 0xBB67AE85;

  private static final long MASK = 0xFFFF_FFFFL;

  private Philox() {}

  /// Computes one block.
  ///
  /// @param counter0 to counter3 the counter, least significant word first
  /// @param key the key, its low word first
  /// @param out receives four random words. Modified.
  public static void block(
      int counter0, int counter1, int counter2, int counter3, long key, int[] out) {
    int c0 = counter0;
    int c1 = counter1;
    int c2 = counter2;
    int c3 = counter3;
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & 0xFFFF_FFFFL);
      long p1 = MULTIPLIER_1 * (c2 & 0xFFFF_FFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /// Blocks that [#blocks] computes at a time.
  public static final int BLOCKS = 64;

  /// Computes [#BLOCKS] blocks whose counters follow one another in their low word: what [#block]
  /// gives for each.
  ///
  /// @param counter0 of the first block
  /// @param out receives word w of block b at `w * BLOCKS + b`, as an unsigned number. Modified.
  public static void blocks(int counter0, int counter2, int counter3, long key, long[] out) {
    for (int b = 0; b < BLOCKS; b++) {
      out[b] = (counter0 + b) & MASK;
      out[BLOCKS + b] = 0;
      out[2 * BLOCKS + b] = counter2 & MASK;
      out[3 * BLOCKS + b] = counter3 & MASK;
    }
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      round(out, k0 & MASK, k1 & MASK);
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
  }

  /// In one array, so that the compiler sees that nothing overlaps, and vectorises.
  private static void round(long[] c, long k0, long k1) {
    for (int b = 0; b < BLOCKS; b++) {
      long p0 = MULTIPLIER_0 * c[b];
      long p1 = MULTIPLIER_1 * c[b + 2 * BLOCKS];
      long word0 = (p1 >>> 32) ^ c[b + BLOCKS] ^ k0;
      long word2 = (p0 >>> 32) ^ c[b + 3 * BLOCKS] ^ k1;
      c[b] = word0;
      c[b + BLOCKS] = p1 & MASK;
      c[b + 2 * BLOCKS] = word2;
      c[b + 3 * BLOCKS] = p0 & MASK;
    }
  }
}
