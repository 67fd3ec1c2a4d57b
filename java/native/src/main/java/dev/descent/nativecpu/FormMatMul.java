package dev.descent.nativecpu;

import static dev.descent.nativecpu.Calls.ARRAY;
import static dev.descent.nativecpu.Calls.INT;
import static dev.descent.nativecpu.Calls.LONG;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormEpilogue;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/// The matrix product in C++ of a precision whose operands can be kept in [Forms].
abstract class FormMatMul extends NativeMatMul implements FormKernel {
  /// columns, rows, count; the addresses of the operands' forms; c, c0, ldc; what an update takes
  /// next, or null, and where; the number of parts; returns whether it was done
  private static final MethodHandle MULTIPLY_FORMS =
      Calls.handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, INT, INT, ARRAY, ARRAY, ARRAY, INT, INT));

  /// columns, rows, count; the addresses of the operands' forms; bias, or null, and where; whether
  /// ReLU follows; what its derivative is computed from, or null, and where; out, or null, and where;
  /// the distance of both's rows; row, column; the address of the result's forms; returns whether it
  /// was done
  private static final MethodHandle MULTIPLY_EPILOGUE =
      Calls.handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, INT, INT, ARRAY, INT, ARRAY, INT, INT, INT,
              INT, LONG));

  private final FormCalls forms;

  /// @param peak as of [NativeMatMul]
  /// @param math likewise
  FormMatMul(NativeLibrary library, String peak, Elementwise math, FormCalls forms) {
    super(library, peak, math);
    this.forms = forms;
  }

  @Override
  public final Forms forms(int rows, int columns) {
    return new NativeForms(forms, rows, columns);
  }

  @Override
  public final boolean holdsAllNumbers() {
    return forms.parts() == 1;
  }

  @Override
  public final boolean multiplyForms(
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
              MULTIPLY_FORMS.invokeExact(
                  forms.multiply(),
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
                  forms.parts())
          != 0;
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public final boolean multiplyEpilogue(
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
      boolean kept) {
    int at = row * epilogue.ld() + column;
    try {
      return (int)
              MULTIPLY_EPILOGUE.invokeExact(
                  forms.multiplyEpilogue(),
                  columns,
                  rows,
                  count,
                  ((NativeForms) a).address(left, row),
                  ((NativeForms) b).address(right, column),
                  Segments.orNull(epilogue.bias()),
                  epilogue.bias0() + column,
                  epilogue.relu() ? 1 : 0,
                  Segments.orNull(epilogue.saved()),
                  epilogue.saved0() + at,
                  Segments.orNull(kept ? epilogue.out() : null),
                  epilogue.out0() + at,
                  epilogue.ld(),
                  row,
                  column,
                  ((NativeForms) result).address())
          != 0;
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
