package dev.descent.nativecpu;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import dev.descent.internal.cpu.kernel.Race;
import dev.descent.internal.cpu.kernel.RunKernel;
import dev.descent.internal.cpu.kernel.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The product in float32, with the bits of the kernels in Java.
final class FloatMatMul extends NativeMatMul implements RunKernel {
  /// [Calls#PRODUCT].
  private static final MethodHandle MULTIPLY = Calls.handle(Calls.PRODUCT);

  /// The products that a sum adds up in the timing: the panel comes from the second-level cache.
  private static final int COUNT = 784;

  /// For two tiles and a busy machine; on a quiet one they take some milliseconds.
  private static final long LIMIT_NANOS = 100_000_000;

  /// Timed once in the life of the virtual machine.
  private static final Map<InstructionSet, FloatTiles> FASTEST = new ConcurrentHashMap<>();

  private final FloatTiles tiles;
  private final MemorySegment function;
  private final MemorySegment runs;

  FloatMatMul(NativeLibrary library, FloatTiles tiles, Elementwise math) {
    super(library, tiles.set().function("peak"), math);
    this.tiles = tiles;
    this.function = library.function(tiles.function());
    this.runs = library.function(tiles.runs());
  }

  /// By the tiles that a timing finds to be the fastest on a processor by Intel. Those by AMD are
  /// at their peak with the first, whatever the number of rows (Zen 4: 117 of 118 GFLOP/s).
  static FloatMatMul fastest(NativeLibrary library, InstructionSet set, Elementwise math) {
    FloatTiles tiles =
        library.isIntel()
            ? FASTEST.computeIfAbsent(set, s -> winner(library, s, math))
            : FloatTiles.of(set).getFirst();
    return new FloatMatMul(library, tiles, math);
  }

  private static FloatTiles winner(NativeLibrary library, InstructionSet set, Elementwise math) {
    List<FloatTiles> tiles = FloatTiles.of(set);
    List<FloatMatMul> kernels = tiles.stream().map(t -> new FloatMatMul(library, t, math)).toList();
    float[] a = Race.operand(Panels.GROUP * COUNT + Workspace.LEAD);
    float[] b = Race.operand(COUNT * WIDTH + Workspace.LEAD);
    float[] c = new float[Panels.GROUP * WIDTH + Workspace.LEAD];
    int winner =
        Race.winner(
            kernels.size(),
            i -> kernels.get(i).rate(a, b, c),
            System::nanoTime,
            System.nanoTime() + LIMIT_NANOS);
    return tiles.get(winner);
  }

  /// Parts of a panel a nanosecond.
  private double rate(float[] a, float[] b, float[] c) {
    int lead = Workspace.LEAD;
    long start = System.nanoTime();
    multiplyPanel(
        WIDTH, Panels.GROUP, COUNT, a, lead, COUNT, 1, b, lead, WIDTH, c, lead, WIDTH, false);
    return 1.0 / Math.max(1, System.nanoTime() - start);
  }

  @Override
  public String describe() {
    return tiles.words();
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
    try {
      MULTIPLY.invokeExact(
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
          partners0);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }

  /// Made where there is a convolution.
  private static final class Runs {
    static final MethodHandle MULTIPLY = Calls.handle(Calls.RUNS);

    private Runs() {}
  }

  @Override
  public void multiplyRuns(
      int columns,
      int lines,
      int rows,
      int number,
      int count,
      float[] a,
      int a0,
      int aLine,
      int rowStride,
      int kStride,
      int aRun,
      float[] b,
      int b0,
      int bLine,
      int ldb,
      int bRun,
      float @Nullable [] bias,
      int bias0,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    try {
      Runs.MULTIPLY.invokeExact(
          runs,
          columns,
          lines,
          rows,
          number,
          count,
          Segments.of(a),
          a0,
          aLine,
          rowStride,
          kStride,
          aRun,
          Segments.of(b),
          b0,
          bLine,
          ldb,
          bRun,
          Segments.orNull(bias),
          bias0,
          Segments.of(c),
          c0,
          ldc,
          add ? 1 : 0);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
