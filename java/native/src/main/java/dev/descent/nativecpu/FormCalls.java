package dev.descent.nativecpu;

import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import java.lang.foreign.MemorySegment;

/// The functions of one kind of products by forms.
///
/// @param multiply from form to form
/// @param convert writes a part's forms
/// @param adam updates a part and writes its forms
/// @param parts of a number
record FormCalls(MemorySegment multiply, MemorySegment convert, MemorySegment adam, int parts) {
  /// @param set the name within the functions' names
  static FormCalls of(NativeLibrary library, String set, int parts) {
    String prefix = "descent_cpu_" + set;
    return new FormCalls(
        library.function(prefix + "_multiply_forms"),
        library.function(prefix + "_convert"),
        library.function(prefix + "_adam_forms"),
        parts);
  }

  Forms forms(int rows, int columns) {
    return new NativeForms(this, rows, columns);
  }

  /// See [dev.descent.internal.cpu.kernel.FormKernel#multiplyForms].
  boolean multiply(
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
      int partners0) {
    try {
      return (int)
              Calls.MULTIPLY_FORMS.invokeExact(
                  multiply,
                  columns,
                  rows,
                  count,
                  ((NativeForms) a).address(left, row),
                  ((NativeForms) b).address(right, column),
                  Segments.of(c),
                  c0,
                  ldc,
                  partners.parameters(),
                  partners.first(),
                  partners.last(),
                  partners0,
                  parts)
          != 0;
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
