package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.clFinish;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A program compiled for a device: its buffers, and for each step a fixed list of commands over them.
final class OpenClExecutable implements Executable {
  /// How a fault in the data reads, by the number that `common.cl` gives it.
  private static final List<String> FAULTS =
      List.of(
          "an unknown fault",
          "the row order or the cursor is outside the data",
          "a label is outside the classes",
          "the slot is outside the slots");

  private final Session session;
  private final Program program;
  private final Arena arena = Arena.ofShared();
  private final List<Command> commands = new ArrayList<>();
  private final Map<String, List<Command>> steps = new HashMap<>();
  private final DeviceMemory memory;
  private final CommandQueue queue;
  private final long memoryBytes;
  private boolean failed;
  private boolean closed;

  OpenClExecutable(Session session, Programs programs, Tuning tuning, Program program) {
    this.session = session;
    this.program = program;
    this.memory = allocate();
    boolean compiled = false;
    try {
      var kernels = new Kernels(session, programs, memory, arena, tuning);
      var compiler = new StepCompiler(kernels, new PowerTables(session, memory), commands);
      for (Program.Step step : program.steps()) {
        int first = commands.size();
        compiler.compile(step.operations());
        steps.put(step.name(), List.copyOf(commands.subList(first, commands.size())));
      }
      this.queue = new CommandQueue(session, kernels.status(), arena);
      this.memoryBytes = memory.bytes();
      compiled = true;
    } finally {
      if (!compiled) {
        close();
      }
    }
  }

  private DeviceMemory allocate() {
    try {
      return new DeviceMemory(session, program);
    } catch (DeviceException e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void run(String step, int times) {
    requireUsable();
    if (times < 0) {
      throw new IllegalArgumentException("times " + times + " is negative");
    }
    List<Command> list = step(step);
    if (times == 0) {
      return;
    }
    requireNoFault(step, guarded(() -> queue.run(list, times)));
  }

  private void requireNoFault(String step, int report) {
    if (report != 0) {
      failed = true;
      String operation = commands.get(report / 4).operation();
      throw new DeviceException(
          "opencl: step %s: %s: %s".formatted(step, operation, FAULTS.get(report % 4)));
    }
  }

  @Override
  public void write(Tensor tensor, MemorySegment source) {
    requireUsable();
    guarded(() -> {
      memory.write(tensor, source);
      return true;
    });
  }

  @Override
  public void read(Tensor tensor, MemorySegment target) {
    requireUsable();
    guarded(() -> {
      memory.read(tensor, target);
      return true;
    });
  }

  /// After a failure nothing that lies on the device can be relied on.
  private <T> T guarded(Supplier<T> call) {
    try {
      return call.get();
    } catch (DeviceException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public List<String> explain(String step) {
    requireUsable();
    return step(step).stream().map(Command::describe).toList();
  }

  @Override
  public List<KernelTime> profile(String step, int times) {
    requireUsable();
    if (times < 1) {
      throw new IllegalArgumentException("times " + times + " is not at least 1");
    }
    List<Command> list = step(step);
    List<KernelTime> timings = guarded(() -> Profiler.profile(session, list, times));
    requireNoFault(step, guarded(() -> queue.run(list, 0)));
    return timings;
  }

  @Override
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (!session.isClosed()) {
        clFinish(session.queue());
      }
      commands.forEach(Command::close);
      memory.close();
      arena.close();
    }
  }

  boolean isClosed() {
    return closed;
  }

  private List<Command> step(String name) {
    List<Command> list = steps.get(name);
    if (list == null) {
      throw new IllegalArgumentException("no step " + name + "; there are " + steps.keySet());
    }
    return list;
  }

  private void requireUsable() {
    if (closed) {
      throw new IllegalStateException("this executable or its backend is closed");
    }
    if (failed) {
      throw new IllegalStateException("this executable has failed and can only be closed");
    }
  }
}
