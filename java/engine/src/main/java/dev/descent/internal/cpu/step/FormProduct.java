package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.FormEpilogue;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.PrefetchTargets;

/// A product whose operands are kept in the kernel's forms.
///
/// @param kernel that multiplies them
/// @param a the left operand, or its transpose
/// @param left which
/// @param b the right operand, or its transpose
/// @param right which
/// @param k the number of products that each element sums
record FormProduct(FormKernel kernel, Forms a, Forms.Kind left, Forms b, Forms.Kind right, int k) {
  /// Asks for both forms.
  FormProduct {
    a.want(left);
    b.want(right);
  }

  /// Overwrites a part of the result, unless an operand's form can't hold its numbers.
  ///
  /// @return whether it did
  boolean multiply(
      int row,
      int rows,
      int column,
      int columns,
      float[] c,
      int c0,
      int ldc,
      PrefetchTargets partners,
      int partners0) {
    return kernel.multiplyForms(
        a, left, row, rows, b, right, column, columns, k, c, c0, ldc, partners, partners0);
  }

  /// Computes a part of the result, its epilogue and its forms, unless an operand's form can't hold
  /// its numbers.
  ///
  /// @param result the forms of all of it
  /// @param kept whether it is written row by row too
  /// @return whether it did
  boolean multiply(
      int row,
      int rows,
      int column,
      int columns,
      Forms result,
      FormEpilogue epilogue,
      boolean kept) {
    return kernel.multiplyEpilogue(
        a, left, row, rows, b, right, column, columns, k, result, epilogue, kept);
  }

  /// Computes a part of the result as gradients, and updates parameters with them by Adam, if the
  /// kernel can do both in one.
  ///
  /// @param weights the parameters' forms
  /// @return whether it did
  boolean update(
      int row,
      int rows,
      int column,
      int columns,
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
    return kernel.multiplyAdam(
        a, left, row, rows, b, right, column, columns, k, weights, p, m, v, at, shrink, stepSize,
        scale, beta1, beta2, epsilon);
  }
}
