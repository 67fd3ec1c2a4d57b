package dev.descent.internal.cpu;

import dev.descent.backend.Backend;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.program.Program;
import java.util.ArrayList;
import java.util.List;

/// Runs programs on the processor, in Java alone. Its worker threads live until it is closed.
public final class CpuBackend implements Backend {
  private final Kernels kernels;
  private final WorkerTeam team;
  private final List<CpuExecutable> executables = new ArrayList<>();
  private boolean closed;

  CpuBackend(Kernels kernels, int threads) {
    this.kernels = kernels;
    this.team = new WorkerTeam(threads == 0 ? defaultThreads() : threads);
  }

  /// A backend that computes in plain loops even where vectors could be used, for tests and
  /// benchmarks.
  ///
  /// @param threads at least 1, or 0 for as many as there are processors
  public static CpuBackend plain(int threads) {
    return new CpuBackend(Kernels.plain(null), threads);
  }

  static int defaultThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Override
  public DeviceInfo device() {
    return new DeviceInfo(
        CpuProvider.NAME,
        Processor.model(),
        "Java " + Runtime.version(),
        Runtime.getRuntime().maxMemory(),
        CpuProvider.detail(team.workers(), kernels));
  }

  @Override
  public Executable compile(Program program) {
    if (closed) {
      throw new IllegalStateException("the cpu backend is closed");
    }
    var executable = new CpuExecutable(program, kernels, team);
    executables.add(executable);
    return executable;
  }

  @Override
  public void close() {
    closed = true;
    team.close();
    executables.forEach(CpuExecutable::close);
    executables.clear();
  }
}
