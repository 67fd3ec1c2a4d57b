package dev.descent.internal.cpu;

import dev.descent.DescentException;
import dev.descent.DeviceException;
import dev.descent.internal.HostMemory;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.step.CompiledStep;
import dev.descent.internal.cpu.step.PanelLayout;
import dev.descent.internal.cpu.step.Schedule;
import dev.descent.internal.cpu.step.StepCompiler;
import dev.descent.internal.cpu.step.Storage;
import dev.descent.internal.cpu.step.WeightForms;
import dev.descent.internal.cpu.step.Workspaces;
import dev.descent.internal.cpu.team.WorkerTeam;
import dev.descent.internal.device.DeviceExecutable;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A program compiled for the CPU: arrays for its buffers, and fixed stages over them.
final class CpuExecutable extends DeviceExecutable<CompiledStep> {
  private final long memoryBytes;
  private @Nullable WeightForms weights;
  private @Nullable Storage storage;

  CpuExecutable(Lifetime life, Program program, Kernels kernels, WorkerTeam team) {
    super(life, program);
    PanelLayout layout = PanelLayout.of(program, kernels.panels());
    Storage allocated = new Storage(backend(), program, layout);
    FormKernel forms = kernels.panels() instanceof FormKernel kernel ? kernel : null;
    var kept = new WeightForms(program, forms, allocated);
    var workspaces = new Workspaces(kernels.matMul(), team.workers());
    try {
      for (Program.Step step : program.steps()) {
        var compiler = new StepCompiler(kernels, allocated, workspaces, team.workers(), kept);
        Schedule schedule = compiler.compile(step.operations());
        add(step.name(), new CompiledStep(team, schedule));
      }
      workspaces.allocate();
    } catch (OutOfMemoryError e) {
      throw HostMemory.heapTooSmall(backend(), program.bytes() + workspaces.bytes(), e);
    }
    WarmUp.run(kernels.matMul(), workspaces.plans(), workspaces.panels());
    this.storage = allocated;
    this.weights = kept;
    this.memoryBytes = allocated.bytes() + workspaces.bytes() + kept.bytes();
  }

  @Override
  protected void run(String name, CompiledStep step, int times) {
    try {
      Objects.requireNonNull(weights).refresh();
      step.run(times);
    } catch (DescentException | IllegalStateException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new DeviceException("%s: step %s failed: %s".formatted(backend(), name, e), e);
    }
  }

  @Override
  protected void upload(Tensor tensor, MemorySegment source) {
    storage().write(tensor, source);
    Objects.requireNonNull(weights).written(tensor);
  }

  @Override
  protected void download(Tensor tensor, MemorySegment target) {
    storage().read(tensor, target);
  }

  /// Lines that begin with `|` wait for all workers first.
  @Override
  protected List<String> describe(CompiledStep step) {
    return step.explain();
  }

  @Override
  public long memoryBytes() {
    return memoryBytes;
  }

  /// The collector takes the memory, even while a caller keeps this.
  @Override
  protected void release() {
    storage = null;
    weights = null;
  }

  private Storage storage() {
    return Objects.requireNonNull(storage);
  }
}
