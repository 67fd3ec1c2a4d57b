package dev.descent.internal.cpu.kernel;

/// A matrix as the products of a [FormKernel] take it, in one or more forms, kept from product to
/// product. What makes the matrix writes them, part by part, while the part is in a cache.
///
/// Parts begin at rows and columns that are multiples of [#UNIT], and end there or where the matrix
/// does. Different workers may write different parts at the same time.
public interface Forms {
  /// Where parts begin.
  int UNIT = 32;

  /// In which place of a product a matrix is taken.
  enum Kind {
    /// As the left operand.
    LEFT,
    /// Its transpose as the left operand.
    LEFT_TURNED,
    /// As the right operand.
    RIGHT,
    /// Its transpose as the right operand.
    RIGHT_TURNED;

    public static Kind left(boolean turned) {
      return turned ? LEFT_TURNED : LEFT;
    }

    public static Kind right(boolean turned) {
      return turned ? RIGHT_TURNED : RIGHT;
    }
  }

  /// Asks for a form. To be called before any part is written.
  void want(Kind kind);

  /// Whether there is any form to write.
  boolean isWanted();

  /// Writes a part, element (i, j) of which is at `x[x0 + i * ldx + j]`.
  ///
  /// @param row the part's first row
  /// @param column its first column
  void convert(float[] x, int x0, int ldx, int row, int column, int rows, int columns);

  /// [Elementwise#adam] for a part whose elements lie side by side, and writes its new parameters.
  ///
  /// @param row the part's first row
  /// @param column its first column
  void adam(
      float[] p,
      float[] m,
      float[] v,
      int at,
      float[] g,
      int g0,
      int rows,
      int columns,
      float shrink,
      float stepSize,
      float scale,
      float beta1,
      float beta2,
      float epsilon,
      int row,
      int column);

  /// The bytes that they take.
  long bytes();
}
