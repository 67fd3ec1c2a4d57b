package dev.descent.bench;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
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

/// An optimizer's update of all parameters of the 784-512-512-10 model, as it is where it can't be
/// fused.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:ObjectAlignmentInBytes=64"})
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls open first
public class OptimizerBenchmark {
  @Param("cpu")
  private String backend;

  /// 0: as many as there are processors.
  @Param({"1", "0"})
  private int threads;

  @Param({"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"})
  private String optimizer;

  @Param({"669706", "1001"})
  private int size;

  private Kernel kernel;

  /// For JMH.
  public OptimizerBenchmark() {}

  @Setup
  public void open() {
    var builder = new Kernel.Builder();
    Tensor p = builder.floats("parameters", 1, size, -1, 1);
    Tensor g = builder.floats("gradients", 1, size, -1, 1);
    Tensor m = builder.floats("m", 1, size, -1, 1);
    Tensor v = builder.floats("v", 1, size, 0.01, 1);
    Tensor rates = builder.floats("rates", 1, 1, 0.001, 0.001);
    Tensor state = builder.state();
    Operation update =
        switch (optimizer) {
          case "sgd" -> new SgdUpdate(p, g, rates, state);
          case "momentum" -> new MomentumUpdate(p, g, m, rates, state, 0.9f, false);
          case "nesterov" -> new MomentumUpdate(p, g, m, rates, state, 0.9f, true);
          case "adagrad" -> new AdagradUpdate(p, g, v, rates, state, 1e-10f);
          case "rmsprop" -> new RmsPropUpdate(p, g, v, rates, state, 0.99f, 1e-8f);
          case "adam" -> new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0);
          case "adamw" -> new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0.01f);
          default -> throw new IllegalArgumentException("no optimizer " + optimizer);
        };
    kernel = builder.build(backend, threads, update);
  }

  @Benchmark
  public void update() {
    kernel.run();
  }

  @TearDown
  public void close() {
    kernel.close();
  }
}
