package dev.descent.bench;

import dev.descent.Engine;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.Program;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.train.objective.Optimizer;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/// A whole training step of the 784-512-512-10 model with Adam: gathering the batch, both passes,
/// the update.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:ObjectAlignmentInBytes=64"})
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls open first
public class StepBenchmark {
  private static final long SEED = 1;
  private static final float RATE = 0.001f;

  @Param("cpu")
  private String backend;

  /// 0: as many as there are processors.
  @Param({"1", "0"})
  private int threads;

  @Param({"32", "128", "512"})
  private int batch;

  private Engine engine;
  private Executable executable;
  private Tensor state;

  /// For JMH.
  public StepBenchmark() {}

  @Setup
  public void open() {
    engine = Engine.open(backend, threads);
    DataSet data = Digits.draw(SEED, 0, batch);
    Model model =
        Model.sequential(data.features())
            .dense(512, Activation.RELU)
            .dense(512, Activation.RELU)
            .dense(10)
            .build(SEED);
    Program program =
        engine.trainer(model).optimizer(Optimizer.adam(RATE)).batch(batch).program(data);
    executable = engine.compile(program);
    int[] order = IntStream.range(0, batch).toArray();
    write(program, "train.samples", MemorySegment.ofArray(data.bytes()));
    write(program, "train.labels", MemorySegment.ofArray(data.labels()));
    write(program, "train.order", MemorySegment.ofArray(order));
    write(program, "rates", MemorySegment.ofArray(new float[] {RATE}));
    write(program, "parameters", MemorySegment.ofArray(model.parameters()));
    state = tensor(program, "state");
  }

  private void write(Program program, String name, MemorySegment values) {
    executable.write(tensor(program, name), values);
  }

  private static Tensor tensor(Program program, String name) {
    return program.buffers().stream()
        .filter(b -> b.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no buffer " + name))
        .asRow();
  }

  /// Always the first batch, so that the data set need not be longer.
  @Benchmark
  public void step() {
    executable.write(state, MemorySegment.ofArray(new int[StepState.SIZE]));
    executable.run("train", 1);
  }

  @TearDown
  public void close() {
    engine.close();
  }
}
