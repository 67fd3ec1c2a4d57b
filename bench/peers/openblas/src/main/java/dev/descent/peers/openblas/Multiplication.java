package dev.descent.peers.openblas;

import dev.descent.peers.Multiplier;
import dev.descent.peers.Shape;
import dev.descent.peers.Worker;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/// Row-major products in memory outside of the heap, on which a call costs nothing beside the
/// product.
public final class Multiplication implements Multiplier {
  private static final int LINE_BYTES = 64;
  private static final long MOST_TEXT = 1024;

  private Shape shape = new Shape(1, 1, 1, false, false);
  private final int threads;
  private FloatPointer a = new FloatPointer(1);
  private FloatPointer b = new FloatPointer(1);
  private FloatPointer c = new FloatPointer(1);

  private Multiplication(int threads) {
    // Loads the library, which reads the number of threads from the environment that the driver
    // sets.
    Loader.load(openblas.class);
    this.threads = threads;
  }

  public static void main(String[] args) {
    Worker.multiply(() -> new Multiplication(Integer.parseInt(args[0])));
  }

  @Override
  public void prepare(Shape shape, float[] a, float[] b) {
    close();
    this.shape = shape;
    this.a = allocate(a.length).put(a);
    this.b = allocate(b.length).put(b);
    this.c = allocate(shape.m() * shape.n());
  }

  /// On a cache line's start, as the library wants it for its best.
  private static FloatPointer allocate(int size) {
    var memory = new FloatPointer(size + LINE_BYTES / Float.BYTES);
    long ahead = Math.floorMod(-memory.address(), (long) LINE_BYTES);
    return memory.position(ahead / Float.BYTES);
  }

  @Override
  public void multiply(int times) {
    for (int i = 0; i < times; i++) {
      openblas.cblas_sgemm(
          openblas.CblasRowMajor,
          shape.transposeA() ? openblas.CblasTrans : openblas.CblasNoTrans,
          shape.transposeB() ? openblas.CblasTrans : openblas.CblasNoTrans,
          shape.m(),
          shape.n(),
          shape.k(),
          1f,
          a,
          shape.strideA(),
          b,
          shape.strideB(),
          0f,
          c,
          shape.n());
    }
  }

  @Override
  public float[] result() {
    float[] result = new float[shape.m() * shape.n()];
    c.get(result);
    return result;
  }

  @Override
  public String description() {
    return String.format(Locale.ROOT, "%s, kernels for %s, %d threads", text("openblas_get_config"), text("openblas_get_corename"), threads);
  }

  /// What one of the library's functions that take nothing and return text says.
  @SuppressWarnings("restricted") // native access, which the driver grants
  private static String text(String function) {
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(
                SymbolLookup.loaderLookup().findOrThrow(function),
                FunctionDescriptor.of(ValueLayout.ADDRESS));
    try {
      MemorySegment text = (MemorySegment) handle.invokeExact();
      return text.reinterpret(MOST_TEXT).getString(0).strip();
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call " + function, e);
    }
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
