package dev.descent.internal.reference;

import dev.descent.backend.DeviceInfo;
import dev.descent.internal.HostMemory;
import dev.descent.internal.device.DeviceBackend;
import dev.descent.internal.device.DeviceExecutable;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.CompositeOperation;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The reference backend with a bug.
public final class MutantBackend extends DeviceBackend {
  private static final String NAME = "mutant";

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
      return new HostMemory(NAME, program);
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

  public MutantBackend(Bugs bugs) {
    super(NAME);
    this.bugs = bugs;
  }

  /// Executes an operation as the reference does.
  public static void original(Operation operation, HostMemory memory) {
    new Interpreter(memory).execute(operation);
  }

  @Override
  public DeviceInfo device() {
    return new DeviceInfo(NAME, "reference with a bug", "", 1, "1 thread");
  }

  @Override
  public boolean supports(Class<? extends Operation> type) {
    return !CompositeOperation.class.isAssignableFrom(type);
  }

  @Override
  protected DeviceExecutable<?> open(Program program) {
    return new Mutated(life(), program, bugs.get());
  }

  @Override
  protected void release() {}

  private static final class Mutated extends DeviceExecutable<List<Operation>> {
    private final Bug bug;
    private final HostMemory memory;

    Mutated(Lifetime life, Program program, Bug bug) {
      super(life, program);
      this.bug = bug;
      memory = bug.memory(program);
      program.steps().forEach(step -> add(step.name(), step.operations()));
    }

    @Override
    protected void run(String name, List<Operation> operations, int times) {
      bug.beforeRun(memory);
      for (int i = 0; i < bug.times(times); i++) {
        operations.forEach(operation -> bug.execute(operation, memory));
      }
    }

    @Override
    protected void upload(Tensor tensor, MemorySegment source) {
      bug.write(memory, tensor, source);
    }

    @Override
    protected void download(Tensor tensor, MemorySegment target) {
      bug.read(memory, tensor, target);
    }

    @Override
    protected List<String> describe(List<Operation> operations) {
      return operations.stream().map(Operation::name).toList();
    }

    @Override
    public long memoryBytes() {
      return program().bytes();
    }

    @Override
    protected void release() {}
  }
}
