package dev.descent.nativecpu;

import static dev.descent.nativecpu.Calls.ARRAY;
import static dev.descent.nativecpu.Calls.FLOAT;
import static dev.descent.nativecpu.Calls.INT;
import static dev.descent.nativecpu.Calls.LONG;

import dev.descent.internal.cpu.kernel.Forms;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// A matrix's forms, off the heap, as tiles are loaded at half the speed from elsewhere than a
/// cache line.
final class NativeForms implements Forms {
  /// x, x0, ldx; row, column, rows, columns; the address of the matrix' forms
  private static final MethodHandle CONVERT =
      Calls.handle(FunctionDescriptor.ofVoid(ARRAY, INT, INT, INT, INT, INT, INT, LONG));

  /// p, m, v, at; g, g0; rows, columns; shrink, step size, scale, beta1, beta2, epsilon; row,
  /// column; the address of the matrix' forms
  private static final MethodHandle ADAM_FORMS =
      Calls.handle(
          FunctionDescriptor.ofVoid(
              ARRAY, ARRAY, ARRAY, INT, ARRAY, INT, INT, INT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT,
              FLOAT, INT, INT, LONG));

  private static final int LINE = 64;
  private static final int TILE = 1024;

  /// The k of a tile, and the lanes of a strip: the rows of a left operand, or the columns of a
  /// right one, that lie together.
  private static final int STRIP = 32;

  /// Of the kinds' addresses, then the matrix' rows and columns, and the parts of a number, as
  /// `descent_cpu_forms` has them.
  private static final int DESCRIPTION = 4 * Long.BYTES + 4 * Integer.BYTES;

  private final FormCalls calls;
  private final int rows;
  private final int columns;
  private final @Nullable MemorySegment[] memory = new MemorySegment[Kind.values().length];
  private final MemorySegment description = Arena.ofAuto().allocate(DESCRIPTION, Long.BYTES);
  private boolean wanted;

  NativeForms(FormCalls calls, int rows, int columns) {
    this.calls = calls;
    this.rows = rows;
    this.columns = columns;
    long at = (long) Kind.values().length * Long.BYTES;
    for (int value : new int[] {rows, columns, calls.parts()}) {
      description.set(ValueLayout.JAVA_INT, at, value);
      at += Integer.BYTES;
    }
  }

  /// The bytes of a form, as `descent_cpu_form_bytes` gives them.
  ///
  /// @param lanes rows of a left operand, or columns of a right one
  static long bytes(int lanes, int count, int parts) {
    return (lanes + STRIP - 1) / STRIP * stripBytes(count, parts);
  }

  private static long stripBytes(int count, int parts) {
    int record = parts > 1 ? 3 * LINE : 0;
    return (count + STRIP - 1) / STRIP * (record + parts * 2L * TILE);
  }

  /// Which of the addresses in the description is a kind's.
  private static int place(Kind kind) {
    return switch (kind) {
      case LEFT -> 0;
      case LEFT_TURNED -> 1;
      case RIGHT -> 2;
      case RIGHT_TURNED -> 3;
    };
  }

  /// Whether the lanes of a form are the matrix' rows, and k its columns.
  private static boolean isByRows(Kind kind) {
    return kind == Kind.LEFT || kind == Kind.RIGHT_TURNED;
  }

  private int count(Kind kind) {
    return isByRows(kind) ? columns : rows;
  }

  @Override
  public void want(Kind kind) {
    if (memory[place(kind)] == null) {
      int lanes = isByRows(kind) ? rows : columns;
      MemorySegment form = Arena.ofAuto().allocate(bytes(lanes, count(kind), calls.parts()), LINE);
      memory[place(kind)] = form;
      description.set(ValueLayout.JAVA_LONG, (long) place(kind) * Long.BYTES, form.address());
      wanted = true;
    }
  }

  @Override
  public boolean isWanted() {
    return wanted;
  }

  /// Where the strip of a lane begins, in a form that is wanted.
  ///
  /// @param lane a multiple of [Forms#UNIT]
  long address(Kind kind, int lane) {
    long start = description.get(ValueLayout.JAVA_LONG, (long) place(kind) * Long.BYTES);
    return start + lane / STRIP * stripBytes(count(kind), calls.parts());
  }

  /// The address of what the library is told of them.
  long address() {
    return description.address();
  }

  @Override
  public void convert(float[] x, int x0, int ldx, int row, int column, int rows, int columns) {
    try {
      CONVERT.invokeExact(
          calls.convert(), Segments.of(x), x0, ldx, row, column, rows, columns, address());
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public void adam(
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
      int column) {
    try {
      ADAM_FORMS.invokeExact(
          calls.adam(),
          Segments.of(p),
          Segments.of(m),
          Segments.of(v),
          at,
          Segments.of(g),
          g0,
          rows,
          columns,
          shrink,
          stepSize,
          scale,
          beta1,
          beta2,
          epsilon,
          row,
          column,
          address());
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public long bytes() {
    long sum = 0;
    for (MemorySegment form : memory) {
      sum += form == null ? 0 : form.byteSize();
    }
    return sum;
  }
}
