package dev.descent.peers;

/// A product's matrix multiplication. Used by one thread.
public interface Multiplier extends AutoCloseable {
  /// The product's version and which kernels it uses, in a few words.
  String description();

  /// Takes the operands that [#multiply] works on.
  ///
  /// @param a row-major, `m x k` or transposed; not modified
  /// @param b row-major, `k x n` or transposed; not modified
  void prepare(Shape shape, float[] a, float[] b);

  /// Multiplies so many times in a row.
  void multiply(int times);

  /// The product, `m x n`, row-major.
  float[] result();

  @Override
  default void close() {}
}
