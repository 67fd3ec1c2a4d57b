package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.clFinish;

import dev.descent.DeviceException;
import dev.descent.backend.KernelTime;
import dev.descent.internal.device.DeviceExecutable;
import dev.descent.internal.device.Faults;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A program compiled for a device: its buffers, and for each step a fixed list of commands over
/// them.
final class OpenClExecutable extends DeviceExecutable<List<Command>> {
  private final Session session;
  private final Arena arena = Arena.ofShared();
  private final List<Command> commands = new ArrayList<>();
  private final DeviceMemory memory;
  private final CommandQueue queue;
  private final long memoryBytes;

  OpenClExecutable(
      Lifetime life, Session session, Programs programs, Tuning tuning, Program program) {
    super(life, program);
    this.session = session;
    this.memory = allocate(program);
    boolean compiled = false;
    try {
      var kernels = new Kernels(session, programs, memory, arena, tuning);
      var compiler = new StepCompiler(kernels, new PowerTables(session, memory), commands);
      for (Program.Step step : program.steps()) {
        int first = commands.size();
        compiler.compile(step.operations());
        add(step.name(), List.copyOf(commands.subList(first, commands.size())));
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

  private DeviceMemory allocate(Program program) {
    try {
      return new DeviceMemory(session, program);
    } catch (DeviceException e) {
      arena.close();
      throw e;
    }
  }

  @Override
  protected void run(String name, List<Command> step, int times) {
    Faults.require(queue.run(step, times), OpenClProvider.NAME, name, commands);
  }

  @Override
  protected List<KernelTime> profile(String name, List<Command> step, int times) {
    List<KernelTime> timings = Profiler.profile(session, step, times);
    run(name, step, 0);
    return timings;
  }

  @Override
  protected void upload(Tensor tensor, MemorySegment source) {
    memory.write(tensor, source);
  }

  @Override
  protected void download(Tensor tensor, MemorySegment target) {
    memory.read(tensor, target);
  }

  @Override
  protected List<String> describe(List<Command> step) {
    return step.stream().map(Command::describe).toList();
  }

  @Override
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  protected void release() {
    clFinish(session.queue());
    commands.forEach(Command::close);
    memory.close();
    arena.close();
  }
}
