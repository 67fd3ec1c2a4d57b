package dev.descent.internal.reference;

import dev.descent.backend.Backend;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.internal.HostMemory;
import dev.descent.program.Buffer;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The reference backend with a bug.
public final class MutantBackend implements Backend {
  /// What a mutant does instead of the reference.
  public interface Bug {
    /// Executes an operation.
    default void execute(Operation operation, HostMemory memory) {
      original(operation, memory);
    }

    /// Writes a tensor.
    default void write(HostMemory memory, Tensor tensor, MemorySegment source) {
      memory.write(tensor, source);
    }

    /// Reads a tensor.
    default void read(HostMemory memory, Tensor tensor, MemorySegment target) {
      memory.read(tensor, target);
    }

    /// Makes the memory of a program.
    default HostMemory memory(Program program) {
      return new HostMemory(program);
    }

    /// How often a step runs that shall run some times.
    default int times(int times) {
      return times;
    }

    /// Before a run.
    default void beforeRun(HostMemory memory) {}
  }

  /// Makes one bug of each compiled program.
  public interface Bugs {
    Bug get();
  }

  private final Bugs bugs;
  private boolean closed;

  public MutantBackend(Bugs bugs) {
    this.bugs = bugs;
  }

  /// Executes an operation as the reference does.
  public static void original(Operation operation, HostMemory memory) {
    new Interpreter(memory).execute(operation);
  }

  @Override
  public DeviceInfo device() {
    return new DeviceInfo("mutant", "reference with a bug", "", 1, "1 thread");
  }

  @Override
  public Executable compile(Program program) {
    requireOpen(!closed);
    return new Mutated(program, bugs.get());
  }

  @Override
  public void close() {
    closed = true;
  }

  private static void requireOpen(boolean open) {
    if (!open) {
      throw new IllegalStateException("closed");
    }
  }

  private final class Mutated implements Executable {
    private final Program program;
    private final Bug bug;
    private final HostMemory memory;
    private boolean gone;

    Mutated(Program program, Bug bug) {
      this.program = program;
      this.bug = bug;
      memory = bug.memory(program);
    }

    @Override
    public Program program() {
      return program;
    }

    @Override
    public void run(String step, int times) {
      requireOpen(!gone && !closed);
      if (times < 0) {
        throw new IllegalArgumentException("times " + times);
      }
      List<Operation> operations = program.step(step).operations();
      bug.beforeRun(memory);
      for (int i = 0; i < bug.times(times); i++) {
        operations.forEach(operation -> bug.execute(operation, memory));
      }
    }

    @Override
    public void write(Tensor tensor, MemorySegment source) {
      check(tensor, source);
      bug.write(memory, tensor, source);
    }

    @Override
    public void read(Tensor tensor, MemorySegment target) {
      check(tensor, target);
      bug.read(memory, tensor, target);
    }

    private void check(Tensor tensor, MemorySegment segment) {
      requireOpen(!gone && !closed);
      Buffer buffer = tensor.buffer();
      if (!program.buffers().contains(buffer) || segment.byteSize() != tensor.bytes()) {
        throw new IllegalArgumentException("wrong tensor or size");
      }
    }

    @Override
    public List<String> explain(String step) {
      return program.step(step).operations().stream().map(Operation::name).toList();
    }

    @Override
    public long memoryBytes() {
      return program.bytes();
    }

    @Override
    public void close() {
      gone = true;
    }
  }
}
