package dev.descent.nativecpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// How the library's functions are called: by a handle for each kind, which takes the function's
/// address first. Whoever calls a kind has its handle as a constant, so that the compiler makes a
/// call of some nanoseconds of it, in which the segments around the arrays are no objects. To make
/// one takes some ten milliseconds of a JVM that has just started.
///
/// Arrays are passed as they lie in the heap, where the collector leaves them during a call.
final class Calls {
  static final MemoryLayout ARRAY = ValueLayout.ADDRESS;
  static final MemoryLayout INT = ValueLayout.JAVA_INT;
  static final MemoryLayout LONG = ValueLayout.JAVA_LONG;
  static final MemoryLayout FLOAT = ValueLayout.JAVA_FLOAT;

  /// columns, rows, count; a, a0, row stride, k stride; b, b0, ldb; c, c0, ldc; add; parameters,
  /// first and last moments that an update takes next, or null, and where
  static final FunctionDescriptor PRODUCT =
      FunctionDescriptor.ofVoid(
          INT, INT, INT, ARRAY, INT, INT, INT, ARRAY, INT, INT, ARRAY, INT, INT, INT, ARRAY, ARRAY,
          ARRAY, INT);

  /// columns, lines, rows, runs, count; a, a0, strides of lines, rows, k and runs; b, b0, strides of lines, k and runs;
  /// bias or null, bias0; c, c0, ldc; add
  static final FunctionDescriptor RUNS =
      FunctionDescriptor.ofVoid(
          INT, INT, INT, INT, INT, ARRAY, INT, INT, INT, INT, INT, ARRAY, INT, INT, INT, INT, ARRAY,
          INT, ARRAY, INT, INT, INT);

  private Calls() {}

  /// Runs a function that repeats an instruction in registers.
  ///
  /// @return the operations
  static double peak(MemorySegment function) {
    try {
      return (double) Peak.CALL.invokeExact(function);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// Made when somebody asks.
  private static final class Peak {
    /// The operations that were done.
    static final MethodHandle CALL = handle(FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE));

    private Peak() {}
  }

  /// A handle for functions of a kind.
  @SuppressWarnings("restricted")
  static MethodHandle handle(FunctionDescriptor function) {
    return Linker.nativeLinker().downcallHandle(function, Linker.Option.critical(true));
  }

  /// What a handle is never seen to throw: its functions return, and its types are checked by
  /// tests.
  static AssertionError impossible(Throwable e) {
    return new AssertionError("a call of a native kernel failed", e);
  }
}
