package dev.descent.internal.cpu.kernel;

/// Neighbouring places of a kernel in a line of an image, all with the same taps inside it. Reused from line to line.
public final class Places {
  private final int[] starts;
  private final int[] names;
  private final int channels;
  private final int step;
  private int taps;
  private int count;

  /// @param most taps of the kernel
  /// @param channels of a position
  /// @param step elements from what is under a tap to what is under it at the next place
  public Places(int most, int channels, int step) {
    this.starts = new int[most];
    this.names = new int[most];
    this.channels = channels;
    this.step = step;
  }

  /// Begins anew.
  ///
  /// @param places how many there are
  public void begin(int places) {
    taps = 0;
    count = places;
  }

  /// Adds a tap.
  ///
  /// @param name the tap's number
  /// @param start the index of the first element that it is over at the first place
  public void add(int name, int start) {
    starts[taps] = start;
    names[taps++] = name;
  }

  /// The taps inside the image.
  public int taps() {
    return taps;
  }

  /// How many places there are.
  public int count() {
    return count;
  }

  /// The channels of a position.
  public int channels() {
    return channels;
  }

  /// The number of a tap.
  public int name(int tap) {
    return names[tap];
  }

  /// The index of the first element that a tap is over at a place.
  public int start(int tap, int place) {
    return starts[tap] + place * step;
  }
}
