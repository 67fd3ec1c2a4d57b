package dev.descent.internal;

/// A sequence of random numbers drawn from [Philox]: the same numbers for the same seed, stream and
/// substream on every machine. Not thread-safe; make one a thread.
public final class RandomStream {
  private final long seed;
  private final int stream;
  private final int substream;
  private final int[] block = new int[4];
  private long next;

  /// @param seed the user's seed
  /// @param stream what the numbers are for, so that different uses of a seed do not share numbers
  /// @param substream which of several: an epoch, a layer, a sample
  public RandomStream(long seed, int stream, int substream) {
    this.seed = seed;
    this.stream = stream;
    this.substream = substream;
  }

  /// The next 32 random bits.
  public int nextInt() {
    int word = (int) (next & 3);
    if (word == 0) {
      long counter = next >>> 2;
      Philox.block((int) counter, (int) (counter >>> 32), substream, stream, seed, block);
    }
    next++;
    return block[word];
  }

  /// A whole number in 0 to bound - 1, each equally likely (Lemire 2019: multiplication and
  /// rejection).
  ///
  /// @param bound at least 1
  public int nextInt(int bound) {
    long product = (nextInt() & 0xFFFF_FFFFL) * bound;
    if ((product & 0xFFFF_FFFFL) < bound) {
      long threshold = (1L << 32) % bound;
      while ((product & 0xFFFF_FFFFL) < threshold) {
        product = (nextInt() & 0xFFFF_FFFFL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /// A number in [0, 1) with 53 random bits.
  public double nextDouble() {
    long high = nextInt() & 0xFFFF_FFFFL;
    long low = nextInt() & 0xFFFF_FFFFL;
    return ((high << 21) | (low >>> 11)) * 0x1p-53;
  }

  /// A number in [low, high).
  public double nextDouble(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /// A normally distributed number with mean 0 and variance 1 (Box and Muller 1958).
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /// Fills order with a random permutation of 0 to its length - 1 (Fisher and Yates, Durstenfeld's
  /// form).
  ///
  /// @param order Modified.
  public void permutation(int[] order) {
    for (int i = 0; i < order.length; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
  }
}
