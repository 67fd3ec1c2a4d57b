package dev.descent.bench;

import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Matrix products of training at batch 32, 128 and 512, of a large square, and of odd sizes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:ObjectAlignmentInBytes=64"})
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls open first
public class MatMulBenchmark {
  @Param("cpu")
  private String backend;

  /// 0: as many as there are processors.
  @Param({"1", "0"})
  private int threads;

  /// `m x k x n`, `T` behind the operand that is given transposed: `784Tx128x512` is `X^T dY`.
  @Param({
    "32x784x512",
    "32x512x512",
    "32x512x10",
    "784Tx32x512",
    "32x512x512T",
    "128x784x512",
    "128x512x512",
    "128x512x10",
    "784Tx128x512",
    "512Tx128x10",
    "128x512x512T",
    "128x10x512T",
    "512x784x512",
    "784Tx512x512",
    "512x512x512T",
    "1024x1024x1024",
    "1x784x512",
    "7x33x17",
    "65x129x65",
    "129x131x127"
  })
  private String shape;

  private Kernel kernel;

  /// For JMH.
  public MatMulBenchmark() {}

  @Setup
  public void open() {
    String[] sizes = shape.split("x", -1);
    boolean transposeA = sizes[0].endsWith("T");
    boolean transposeB = sizes[2].endsWith("T");
    int m = Integer.parseInt(sizes[0].replace("T", ""));
    int k = Integer.parseInt(sizes[1]);
    int n = Integer.parseInt(sizes[2].replace("T", ""));
    var builder = new Kernel.Builder();
    Tensor a = builder.floats("a", transposeA ? k : m, transposeA ? m : k, -1, 1);
    Tensor b = builder.floats("b", transposeB ? n : k, transposeB ? k : n, -1, 1);
    Tensor out = builder.floats("out", m, n, 0, 1);
    kernel = builder.build(backend, threads, new MatMul(a, transposeA, b, transposeB, out));
  }

  @Benchmark
  public void multiply() {
    kernel.run();
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
