package dev.descent.bench;

import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
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

/// Softmax with cross-entropy and its gradient.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:ObjectAlignmentInBytes=64"})
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls open first
public class SoftmaxBenchmark {
  @Param("cpu")
  private String backend;

  /// 0: as many as there are processors.
  @Param({"1", "0"})
  private int threads;

  @Param({"32x10", "128x10", "512x10", "128x24", "129x1000"})
  private String shape;

  private Kernel kernel;

  /// For JMH.
  public SoftmaxBenchmark() {}

  @Setup
  public void open() {
    String[] sizes = shape.split("x", -1);
    int rows = Integer.parseInt(sizes[0]);
    int classes = Integer.parseInt(sizes[1]);
    var builder = new Kernel.Builder();
    Tensor logits = builder.floats("logits", rows, classes, -5, 5);
    Tensor labels = builder.labels("labels", rows, classes);
    Tensor losses = builder.floats("losses", 1, 1, 0, 1);
    Tensor gradient = builder.floats("gradient", rows, classes, 0, 1);
    var operation = new SoftmaxCrossEntropy(logits, labels, builder.state(), losses, gradient);
    kernel = builder.build(backend, threads, operation);
  }

  @Benchmark
  public void lossAndGradient() {
    kernel.run();
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
