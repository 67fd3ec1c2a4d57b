package dev.descent.internal.cpu;

import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Forward;
import dev.descent.backend.Inference;
import dev.descent.internal.cpu.ceiling.Ceiling;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.Processor;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.step.StepCompiler;
import dev.descent.internal.cpu.team.WorkerTeam;
import dev.descent.internal.device.DeviceBackend;
import dev.descent.internal.event.Notices;
import dev.descent.program.Operation;
import dev.descent.program.Program;

/// Runs programs on the processor, in Java alone. Its worker threads live until it is closed.
public final class CpuBackend extends DeviceBackend {
  private final Kernels kernels;
  private final WorkerTeam team;
  private final Helpers helpers;

  /// @param name of the backend, as in `--backend`
  /// @param kernels that it computes with
  /// @param threads at least 1, or 0 for as many as there are processors
  public CpuBackend(String name, Kernels kernels, int threads) {
    super(name);
    this.kernels = kernels;
    this.team = new WorkerTeam(threads == 0 ? defaultThreads() : threads);
    this.helpers = new Helpers(team);
    if (kernels.reason() != null) {
      Notices.warn("the " + name + " backend computes in plain loops: " + kernels.reason());
    }
  }

  /// A backend that computes in plain loops even where vectors could be used, for tests and
  /// benchmarks.
  ///
  /// @param threads at least 1, or 0 for as many as there are processors
  public static CpuBackend plain(int threads) {
    return new CpuBackend(CpuProvider.NAME, KernelChoice.plain(null), threads);
  }

  private static int defaultThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  /// One line: the processor, and how a backend with these kernels uses it.
  public static String describe(Kernels kernels) {
    return Processor.model() + ", " + kernels.describe(defaultThreads());
  }

  @Override
  public DeviceInfo device() {
    return new DeviceInfo(
        life().backend(),
        Processor.model(),
        "Java " + Runtime.version(),
        Runtime.getRuntime().maxMemory(),
        kernels.describe(team.workers()));
  }

  @Override
  protected void warm() {
    WarmUp.ahead(kernels.matMul());
  }

  @Override
  protected Ceilings measure(double seconds) {
    int threads = team.workers();
    MatMulKernel kernel = kernels.matMul();
    double bytes = Ceiling.copies(threads, seconds);
    return Double.isNaN(kernel.peak())
        ? new Ceilings(Double.NaN, bytes)
        : new Ceilings(
            Ceiling.rate(kernel.getClass(), threads, seconds, kernel::peak),
            bytes,
            Ceiling.clock(threads, seconds, kernel::peak));
  }

  @Override
  public boolean supports(Class<? extends Operation> type) {
    return StepCompiler.supports(type, kernels);
  }

  @Override
  protected CpuExecutable open(Program program) {
    return new CpuExecutable(life(), program, kernels, team);
  }

  /// Runs on the callers' threads, beside training.
  @Override
  public Inference inference(Forward.Source source, float[] parameters) {
    life().requireUsable();
    var untried =
        new Kernels(kernels.matMul().untried(), kernels.math(), kernels.detail(), kernels.reason());
    return new CpuInference(life(), source, untried, helpers, parameters);
  }

  @Override
  protected void release() {
    helpers.close();
    team.close();
  }
}
