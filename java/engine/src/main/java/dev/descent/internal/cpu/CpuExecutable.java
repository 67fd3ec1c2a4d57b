package dev.descent.internal.cpu;

import dev.descent.backend.Executable;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.step.CompiledStep;
import dev.descent.internal.cpu.step.PanelLayout;
import dev.descent.internal.cpu.step.Schedule;
import dev.descent.internal.cpu.step.StepCompiler;
import dev.descent.internal.cpu.step.Storage;
import dev.descent.internal.cpu.step.Workspaces;
import dev.descent.internal.cpu.team.WorkerTeam;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A program compiled for the CPU: arrays for its buffers, and fixed stages over them.
final class CpuExecutable implements Executable {
  private final Program program;
  private final Map<String, CompiledStep> steps = new HashMap<>();
  private final long memoryBytes;
  private @Nullable Storage storage;

  CpuExecutable(Program program, Kernels kernels, WorkerTeam team) {
    this.program = program;
    PanelLayout layout =
        kernels.matMul().takesPanels() ? PanelLayout.of(program) : PanelLayout.NONE;
    Storage allocated = new Storage(program, layout);
    var workspaces = new Workspaces(kernels.matMul(), team.workers());
    var compiler = new StepCompiler(kernels, allocated, workspaces, team.workers());
    try {
      for (Program.Step step : program.steps()) {
        Schedule schedule = compiler.compile(step.operations());
        steps.put(step.name(), new CompiledStep(step.name(), team, schedule));
      }
      workspaces.allocate();
    } catch (OutOfMemoryError e) {
      throw Storage.heapTooSmall(program.bytes() + workspaces.bytes(), e);
    }
    WarmUp.run(kernels.matMul(), workspaces.plans(), workspaces.panels());
    this.storage = allocated;
    this.memoryBytes = allocated.bytes() + workspaces.bytes();
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void run(String step, int times) {
    storage();
    if (times < 0) {
      throw new IllegalArgumentException("times " + times + " is negative");
    }
    CompiledStep compiled = compiled(step);
    if (times > 0) {
      compiled.run(times);
    }
  }

  @Override
  public void write(Tensor tensor, MemorySegment source) {
    storage().write(tensor, source);
  }

  @Override
  public void read(Tensor tensor, MemorySegment target) {
    storage().read(tensor, target);
  }

  /// Lines that begin with `|` wait for all workers first.
  @Override
  public List<String> explain(String step) {
    return compiled(step).explain();
  }

  @Override
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  public void close() {
    storage = null;
    steps.clear();
  }

  private Storage storage() {
    if (storage == null) {
      throw new IllegalStateException("this executable or its backend is closed");
    }
    return storage;
  }

  private CompiledStep compiled(String step) {
    storage();
    CompiledStep compiled = steps.get(step);
    if (compiled == null) {
      throw new IllegalArgumentException("no step " + step + "; there are " + steps.keySet());
    }
    return compiled;
  }
}
