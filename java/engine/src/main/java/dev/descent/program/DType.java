package dev.descent.program;

/// The type of one element of a [Buffer].
public enum DType {
  /// IEEE 754 binary32.
  F32(4),
  /// Signed 32-bit integer: labels, row orders, counters.
  I32(4),
  /// Unsigned byte: pixels.
  U8(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /// {@return the size of one element in bytes}
  public int bytes() {
    return bytes;
  }
}
