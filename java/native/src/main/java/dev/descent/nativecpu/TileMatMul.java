package dev.descent.nativecpu;

import static dev.descent.nativecpu.Calls.ARRAY;
import static dev.descent.nativecpu.Calls.FLOAT;
import static dev.descent.nativecpu.Calls.INT;
import static dev.descent.nativecpu.Calls.LONG;

import dev.descent.backend.Precision;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The product by tiles of bfloat16, of numbers that are rounded to it or are sums of three.
final class TileMatMul extends FormMatMul {
  /// [Calls#PRODUCT], the number of parts, the addresses of the operands' forms, and which are there
  /// already.
  private static final MethodHandle MULTIPLY_BY_TILES =
      Calls.handle(Calls.PRODUCT.appendArgumentLayouts(INT, LONG, LONG, INT));

  /// columns, rows, count; the addresses of the operands' forms; p, m, v, at; shrink, step size,
  /// scale, beta1, beta2, epsilon; row, column; the address of the parameters' forms; returns
  /// whether it was done
  private static final MethodHandle MULTIPLY_ADAM =
      Calls.handle(
          FunctionDescriptor.of(
              INT, INT, INT, INT, LONG, LONG, ARRAY, ARRAY, ARRAY, INT, FLOAT, FLOAT, FLOAT, FLOAT,
              FLOAT, FLOAT, INT, INT, LONG));

  private static final int PARTS_X6 = 3;

  /// The products of parts that make one of float32's accuracy; half as many where an operand is
  /// exact.
  private static final int PRODUCTS_X6 = 6;

  private final Tiles tiles;
  private final int parts;
  private final MemorySegment function;
  private final MemorySegment multiplyAdam;

  /// What operands that are not kept are converted to: each thread has its own.
  private final ThreadLocal<TileForms> own;

  /// @param precision [Precision#BF16] or [Precision#BF16X6]
  TileMatMul(NativeLibrary library, Tiles tiles, Precision precision, Elementwise math) {
    this(library, tiles, precision == Precision.BF16X6 ? PARTS_X6 : 1, math);
  }

  private TileMatMul(NativeLibrary library, Tiles tiles, int parts, Elementwise math) {
    super(library, tiles.function("peak"), math, FormCalls.of(library, tiles.set(), parts));
    this.tiles = tiles;
    this.parts = parts;
    this.function = library.function(tiles.function("multiply"));
    this.multiplyAdam = library.function(tiles.function("multiply_adam"));
    this.own = ThreadLocal.withInitial(() -> new TileForms(parts));
  }

  @Override
  public String describe() {
    return "%s in %s, tile 32 x 32".formatted(tiles.words(), parts == 1 ? "bf16" : "bf16x6");
  }

  @Override
  public double peak() {
    return parts == 1 ? super.peak() : super.peak() / PRODUCTS_X6;
  }

  @Override
  public boolean needsWarmUp() {
    return false;
  }

  @Override
  public boolean readsInPlace(int m) {
    return true;
  }

  @Override
  public boolean crowdsSets(int m, int stride) {
    return false;
  }

  @Override
  public int groupRows(int usual) {
    return Math.max(usual, TileForms.ROWS);
  }

  @Override
  public void beginProducts() {
    own.get().begin();
  }

  @Override
  public void nextPanel() {
    own.get().nextPanel();
  }

  @Override
  public void endProducts() {
    own.get().end();
  }

  @Override
  public void multiplyPanel(
      int columns,
      int rows,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      boolean add,
      PrefetchTargets partners,
      int partners0) {
    TileForms made = own.get();
    int ready =
        made.left(rows, count, a, a0, rowStride, kStride) | made.right(columns, count, b, b0, ldb);
    try {
      MULTIPLY_BY_TILES.invokeExact(
          function,
          columns,
          rows,
          count,
          Segments.of(a),
          a0,
          rowStride,
          kStride,
          Segments.of(b),
          b0,
          ldb,
          Segments.of(c),
          c0,
          ldc,
          add ? 1 : 0,
          partners.parameters(),
          partners.first(),
          partners.last(),
          partners0,
          parts,
          made.leftAddress(),
          made.rightAddress(),
          ready);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  @Override
  public boolean multiplyAdam(
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
    try {
      return (int)
              MULTIPLY_ADAM.invokeExact(
                  multiplyAdam,
                  columns,
                  rows,
                  count,
                  ((NativeForms) a).address(left, row),
                  ((NativeForms) b).address(right, column),
                  Segments.of(p),
                  Segments.of(m),
                  Segments.of(v),
                  at,
                  shrink,
                  stepSize,
                  scale,
                  beta1,
                  beta2,
                  epsilon,
                  row,
                  column,
                  ((NativeForms) weights).address())
          != 0;
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
