package dev.descent.internal.reference;

import dev.descent.backend.Backend;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.internal.HostMemory;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The truth that every other backend is tested against: runs a step's operations one after the
/// other, exactly as they are written. Never tuned.
final class ReferenceBackend implements Backend {
  private boolean closed;

  @Override
  public DeviceInfo device() {
    return new DeviceInfo(
        ReferenceProvider.NAME,
        "plain interpreter",
        "Java " + Runtime.version(),
        Runtime.getRuntime().maxMemory(),
        "1 thread");
  }

  @Override
  public Executable compile(Program program) {
    if (closed) {
      throw new IllegalStateException("the reference backend is closed");
    }
    return new Interpreted(program);
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class Interpreted implements Executable {
    private final Program program;
    private @Nullable HostMemory memory;

    Interpreted(Program program) {
      this.program = program;
      this.memory = new HostMemory(program);
    }

    @Override
    public Program program() {
      return program;
    }

    @Override
    public void run(String step, int times) {
      if (times < 0) {
        throw new IllegalArgumentException("times " + times + " is negative");
      }
      List<Operation> operations = program.step(step).operations();
      var interpreter = new Interpreter(memory());
      for (int i = 0; i < times; i++) {
        operations.forEach(interpreter::execute);
      }
    }

    @Override
    public void write(Tensor tensor, MemorySegment source) {
      memory().write(tensor, source);
    }

    @Override
    public void read(Tensor tensor, MemorySegment target) {
      memory().read(tensor, target);
    }

    @Override
    public List<String> explain(String step) {
      return program.step(step).operations().stream()
          .map(operation -> operation.name() + " -> " + operation.outputs())
          .toList();
    }

    @Override
    public long memoryBytes() {
      return program.bytes();
    }

    @Override
    public void close() {
      memory = null;
    }

    private HostMemory memory() {
      if (closed || memory == null) {
        throw new IllegalStateException("this executable or its backend is closed");
      }
      return memory;
    }
  }
}
