package dev.descent.peers.mkl;

import dev.descent.peers.Multiplier;
import dev.descent.peers.Shape;
import dev.descent.peers.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.mkl.global.mkl_rt;

/// Row-major products in memory outside of the heap, on which a call costs nothing beside the
/// product.
public final class Multiplication implements Multiplier {
  private static final int LINE_BYTES = 64;
  private static final int MOST_TEXT = 256;
  private static final String SILENT = "it does not say for which instructions";
  private static final Pattern INSTRUCTIONS =
      Pattern.compile("for Intel.*enabled (?=processors)|for .* processors");

  private Shape shape = new Shape(1, 1, 1, false, false);
  private final int threads;
  private final String instructions;
  private FloatPointer a = new FloatPointer(1);
  private FloatPointer b = new FloatPointer(1);
  private FloatPointer c = new FloatPointer(1);

  private Multiplication(int threads) {
    mkl_rt.MKL_Set_Num_Threads(threads);
    this.threads = threads;
    prepare(shape, new float[1], new float[1]);
    mkl_rt.MKL_Verbose(1);
    multiply(1);
    mkl_rt.MKL_Verbose(0);
    instructions = instructions();
  }

  public static void main(String[] args) {
    Worker.multiply(() -> new Multiplication(Integer.parseInt(args[0])));
  }

  /// Which instructions the library takes it says only in the file for its talk, which the driver
  /// names, before the first product.
  private static String instructions() {
    String file = System.getenv("MKL_VERBOSE_OUTPUT_FILE");
    if (file == null) {
      return SILENT;
    }
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .map(INSTRUCTIONS::matcher)
          .filter(Matcher::find)
          .findFirst()
          .map(Matcher::group)
          .orElse(SILENT);
    } catch (IOException e) {
      return SILENT;
    }
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
      mkl_rt.cblas_sgemm(
          mkl_rt.CblasRowMajor,
          shape.transposeA() ? mkl_rt.CblasTrans : mkl_rt.CblasNoTrans,
          shape.transposeB() ? mkl_rt.CblasTrans : mkl_rt.CblasNoTrans,
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
    byte[] version = new byte[MOST_TEXT];
    mkl_rt.MKL_Get_Version_String(version, version.length);
    return String.format(Locale.ROOT, "%s; %s, %d threads", new String(version, StandardCharsets.US_ASCII).replace('\0', ' ').strip(),
            instructions,
            threads);
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
