package dev.descent.bench;

import dev.descent.Engine;
import dev.descent.backend.Executable;
import dev.descent.internal.RandomStream;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A program of one operation on random numbers, put together by a benchmark, and then compiled.
final class Kernel implements AutoCloseable {
  private static final String STEP = "step";
  private static final long SEED = 1;

  private final Engine engine;
  private final Executable executable;

  private Kernel(Engine engine, Executable executable) {
    this.engine = engine;
    this.executable = executable;
  }

  /// Runs the operation once. That includes what a step costs anyway: waking the other threads.
  void run() {
    executable.run(STEP, 1);
  }

  @Override
  public void close() {
    engine.close();
  }

  /// The tensors of the program, with what they hold.
  static final class Builder {
    private final Program.Builder program = Program.builder();
    private final Map<Tensor, MemorySegment> contents = new LinkedHashMap<>();

    /// Random numbers.
    Tensor floats(String name, int rows, int columns, double low, double high) {
      var random = new RandomStream(SEED, contents.size(), 0);
      float[] values = new float[Math.multiplyExact(rows, columns)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(low, high);
      }
      Tensor tensor =
          program.buffer(name, Role.DATA, DType.F32, values.length).asMatrix(rows, columns);
      contents.put(tensor, MemorySegment.ofArray(values));
      return tensor;
    }

    /// Random labels from 0.
    Tensor labels(String name, int rows, int classes) {
      var random = new RandomStream(SEED, contents.size(), 0);
      int[] values = new int[rows];
      for (int i = 0; i < rows; i++) {
        values[i] = random.nextInt(classes);
      }
      Tensor tensor = program.buffer(name, Role.DATA, DType.I32, rows).asColumn();
      contents.put(tensor, MemorySegment.ofArray(values));
      return tensor;
    }

    /// The state at the start of an epoch.
    Tensor state() {
      return program.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    }

    Kernel build(String backend, int threads, Operation operation) {
      Engine engine = Engine.open(backend, threads);
      Executable executable = engine.compile(program.step(STEP, List.of(operation)).build());
      contents.forEach(executable::write);
      return new Kernel(engine, executable);
    }
  }
}
