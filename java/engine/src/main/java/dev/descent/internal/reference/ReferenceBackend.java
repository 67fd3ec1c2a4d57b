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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The truth that every other backend is tested against: runs a step's operations one after the
/// other, exactly as they are written. Never tuned.
final class ReferenceBackend extends DeviceBackend {
  ReferenceBackend() {
    super(ReferenceProvider.NAME);
  }

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
  public boolean supports(Class<? extends Operation> type) {
    return !CompositeOperation.class.isAssignableFrom(type);
  }

  @Override
  protected DeviceExecutable<?> open(Program program) {
    return new Interpreted(life(), program);
  }

  @Override
  protected void release() {}

  private static final class Interpreted extends DeviceExecutable<List<Operation>> {
    private @Nullable HostMemory memory;

    Interpreted(Lifetime life, Program program) {
      super(life, program);
      this.memory = new HostMemory(backend(), program);
      program.steps().forEach(step -> add(step.name(), step.operations()));
    }

    @Override
    protected void run(String name, List<Operation> operations, int times) {
      var interpreter = new Interpreter(memory());
      for (int i = 0; i < times; i++) {
        operations.forEach(interpreter::execute);
      }
    }

    @Override
    protected void upload(Tensor tensor, MemorySegment source) {
      memory().write(tensor, source);
    }

    @Override
    protected void download(Tensor tensor, MemorySegment target) {
      memory().read(tensor, target);
    }

    @Override
    protected List<String> describe(List<Operation> operations) {
      return operations.stream()
          .map(operation -> operation.name() + " -> " + operation.outputs())
          .toList();
    }

    @Override
    public long memoryBytes() {
      return program().bytes();
    }

    @Override
    protected void release() {
      memory = null;
    }

    private HostMemory memory() {
      return Objects.requireNonNull(memory);
    }
  }
}
