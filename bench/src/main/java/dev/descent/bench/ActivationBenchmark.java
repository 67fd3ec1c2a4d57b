package dev.descent.bench;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.Operation;
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

/// Activations of a hidden layer, alone, as they are where they can't be fused.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:ObjectAlignmentInBytes=64"})
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls open first
public class ActivationBenchmark {
  @Param("cpu")
  private String backend;

  /// 0: as many as there are processors.
  @Param({"1", "0"})
  private int threads;

  @Param({"RELU", "LEAKY_RELU", "SIGMOID", "TANH", "GELU", "SOFTMAX"})
  private Activation activation;

  @Param({"false", "true"})
  private boolean backward;

  @Param({"128x512", "129x511"})
  private String shape;

  private Kernel kernel;

  /// For JMH.
  public ActivationBenchmark() {}

  @Setup
  public void open() {
    String[] sizes = shape.split("x", -1);
    int rows = Integer.parseInt(sizes[0]);
    int columns = Integer.parseInt(sizes[1]);
    var builder = new Kernel.Builder();
    Tensor x = builder.floats("x", rows, columns, -1, 1);
    Tensor dOut = builder.floats("dOut", rows, columns, -1, 1);
    Tensor result = builder.floats("result", rows, columns, 0, 1);
    Operation operation =
        backward
            ? new ActivateBackward(activation, x, dOut, result)
            : new Activate(activation, x, result);
    kernel = builder.build(backend, threads, operation);
  }

  @Benchmark
  public void apply() {
    kernel.run();
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
