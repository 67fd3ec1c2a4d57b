package dev.descent.internal.cpu.kernel;

/// A kernel that computes with operands in [Forms] of its own, which are made once and kept.
public interface FormKernel extends PanelKernel {
  /// Makes the forms of a matrix, of which none is wanted yet.
  Forms forms(int rows, int columns);

  /// Whether forms hold all numbers, so that products by forms are always done.
  boolean holdsAllNumbers();

  /// `c = a b`, or with their transposes, for a rectangle of c.
  ///
  /// @param a where its forms were made by [#forms]
  /// @param left [Forms.Kind#LEFT] or [Forms.Kind#LEFT_TURNED]
  /// @param row the rectangle's first row, a multiple of [Forms#UNIT]
  /// @param b where its forms were made by [#forms]
  /// @param right [Forms.Kind#RIGHT] or [Forms.Kind#RIGHT_TURNED]
  /// @param column its first column, likewise
  /// @param count the k of the product
  /// @param c elements from c0 on, ldc apart; modified
  /// @param partners as in [PanelKernel#multiplyPanel]
  /// @param partners0 likewise
  /// @return whether it was done: nothing was where an operand has numbers that its form can't hold
  boolean multiplyForms(
      Forms a,
      Forms.Kind left,
      int row,
      int rows,
      Forms b,
      Forms.Kind right,
      int column,
      int columns,
      int count,
      float[] c,
      int c0,
      int ldc,
      PrefetchTargets partners,
      int partners0);

  /// [#multiplyForms], the epilogue and [Forms#convert] in one, with the bits of one after the other.
  ///
  /// @param result the forms of all of c
  /// @param epilogue what else all of c goes through
  /// @param kept whether the result is written row by row too
  /// @return whether it was done: nothing was where an operand has numbers that its form can't hold
  boolean multiplyEpilogue(
      Forms a,
      Forms.Kind left,
      int row,
      int rows,
      Forms b,
      Forms.Kind right,
      int column,
      int columns,
      int count,
      Forms result,
      FormEpilogue epilogue,
      boolean kept);

  /// [#multiplyForms] for gradients, and [Forms#adam] with them, in one, for kernels that do both at
  /// the same time.
  ///
  /// @param weights the forms of the parameters
  /// @param p parameters, of which the rectangle's lie side by side, from `at` on; modified
  /// @return whether it was done: if not, nothing was
  default boolean multiplyAdam(
      Forms a,
      Forms.Kind left,
      int row,
      int rows,
      Forms b,
      Forms.Kind right,
      int column,
      int columns,
      int count,
      Forms weights,
      float[] p,
      float[] m,
      float[] v,
      int at,
      float shrink,
      float stepSize,
      float scale,
      float beta1,
      float beta2,
      float epsilon) {
    return false;
  }
}
