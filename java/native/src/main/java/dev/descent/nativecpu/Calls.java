package dev.descent.nativecpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// How the library's functions are called: a handle for each kind, which takes the function's
/// address first. The handles are constants, so that the compiler makes a call of some nanoseconds
/// of each, in which the segments around the arrays are no objects.
///
/// Arrays are passed as they lie in the heap, where the collector leaves them during a call.
final class Calls {
  private static final MemoryLayout ARRAY = ValueLayout.ADDRESS;
  private static final MemoryLayout INT = ValueLayout.JAVA_INT;
  private static final MemoryLayout LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout FLOAT = ValueLayout.JAVA_FLOAT;

  /// columns, rows, count; a, a0, row stride, k stride; b, b0, ldb; c, c0, ldc; add; parameters,
  /// first and last moments that an update takes next, or null, and where
  private static final FunctionDescriptor PRODUCT =
      FunctionDescriptor.ofVoid(
          INT, INT, INT, ARRAY, INT, INT, INT, ARRAY, INT, INT, ARRAY, INT, INT, INT, ARRAY, ARRAY,
          ARRAY, INT);

  static final MethodHandle MULTIPLY = handle(PRODUCT);

  /// The same, and scratch memory.
  static final MethodHandle MULTIPLY_BF16 = handle(PRODUCT.appendArgumentLayouts(ARRAY));

  /// The same, and the number of parts, the addresses of the operands' forms, and which are there
  /// already.
  static final MethodHandle MULTIPLY_BY_TILES =
      handle(PRODUCT.appendArgumentLayouts(INT, LONG, LONG, INT));

  /// columns, rows, count; the addresses of the operands' forms; c, c0, ldc; what an update takes
  /// next, or null, and where; the number of parts; returns whether it was done
  static final MethodHandle MULTIPLY_FORMS =
      handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, INT, INT, ARRAY, ARRAY, ARRAY, INT, INT));

  /// columns, rows, count; the addresses of the operands' forms; bias, or null, and where; whether
  /// ReLU follows; what its derivative is computed from, or null, and where; out, or null, and where;
  /// the distance of both's rows; row, column; the address of the result's forms; returns whether it
  /// was done
  static final MethodHandle MULTIPLY_EPILOGUE =
      handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, INT, INT, ARRAY, INT, ARRAY, INT, INT, INT,
              INT, LONG));

  /// x, x0, ldx; row, column, rows, columns; the address of the matrix' forms
  static final MethodHandle CONVERT =
      handle(FunctionDescriptor.ofVoid(ARRAY, INT, INT, INT, INT, INT, INT, LONG));

  /// p, m, v, at; g, g0; rows, columns; shrink, step size, scale, beta1, beta2, epsilon; row,
  /// column; the address of the matrix' forms
  static final MethodHandle ADAM_FORMS =
      handle(
          FunctionDescriptor.ofVoid(
              ARRAY, ARRAY, ARRAY, INT, ARRAY, INT, INT, INT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT,
              FLOAT, INT, INT, LONG));

  /// columns, rows, count; the addresses of the operands' forms; p, m, v, at; shrink, step size,
  /// scale, beta1, beta2, epsilon; row, column; the address of the parameters' forms; returns
  /// whether it was done
  static final MethodHandle MULTIPLY_ADAM =
      handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, ARRAY, ARRAY, INT, FLOAT, FLOAT, FLOAT, FLOAT,
              FLOAT, FLOAT, INT, INT, LONG));

  /// x, x0, ldx; bias, bias0; out, out0, ldout; rows, columns
  static final MethodHandle ADD_BIAS =
      handle(FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, ARRAY, INT, INT, INT, INT));

  /// x, x0, ldx; out, out0, ldout; rows, columns
  static final MethodHandle UNARY =
      handle(FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, INT, INT, INT));

  /// saved, saved0, ldsaved; dOut, dOut0, lddOut; dX, dX0, lddX; rows, columns
  static final MethodHandle BACKWARD =
      handle(
          FunctionDescriptor.ofVoid(ARRAY, INT, INT, ARRAY, INT, INT, ARRAY, INT, INT, INT, INT));

  /// x, x0; shift; out, out0; count
  static final MethodHandle EXP =
      handle(FunctionDescriptor.ofVoid(ARRAY, INT, FLOAT, ARRAY, INT, INT));

  /// p, m, v, at; g, g0; count; shrink, step size, scale, beta1, beta2, epsilon
  static final MethodHandle ADAM =
      handle(
          FunctionDescriptor.ofVoid(
              ARRAY, ARRAY, ARRAY, INT, ARRAY, INT, INT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT));

  /// The operations that were done.
  private static final MethodHandle PEAK = handle(FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE));

  private Calls() {}

  /// Runs a function that repeats an instruction in registers.
  ///
  /// @return the operations
  static double peak(MemorySegment function) {
    try {
      return (double) PEAK.invokeExact(function);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(FunctionDescriptor function) {
    return Linker.nativeLinker().downcallHandle(function, Linker.Option.critical(true));
  }

  /// What a handle is never seen to throw: its functions return, and its types are checked by
  /// tests.
  static AssertionError impossible(Throwable e) {
    return new AssertionError("a call of a native kernel failed", e);
  }
}
