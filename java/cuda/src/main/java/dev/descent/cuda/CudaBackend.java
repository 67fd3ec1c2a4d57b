package dev.descent.cuda;

import dev.descent.backend.Backend;
import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.program.Program;
import java.util.ArrayList;
import java.util.List;

/// Runs programs on one NVIDIA GPU.
final class CudaBackend implements Backend {
  private final Session session;
  private final Modules modules;
  private final Tuning tuning;
  private final Precision precision;
  private final List<CudaExecutable> executables = new ArrayList<>();

  CudaBackend(Device device, Tuning tuning, Precision precision) {
    this.session = new Session(device);
    this.modules = new Modules(session);
    this.tuning = tuning;
    this.precision = precision;
  }

  @Override
  public DeviceInfo device() {
    Device device = session.device();
    return new DeviceInfo(
        CudaProvider.NAME,
        device.name(),
        device.describeDriver(),
        device.memoryBytes(),
        device.describeUnits());
  }

  @Override
  public Executable compile(Program program) {
    session.requireUsable();
    session.enter();
    executables.removeIf(CudaExecutable::isClosed);
    var executable = new CudaExecutable(session, modules, tuning, precision, program);
    executables.add(executable);
    return executable;
  }

  /// What runs on a processor tells nothing of a GPU, so a simulator has no ceilings.
  @Override
  public Ceilings ceilings(double seconds) {
    session.requireUsable();
    if (Devices.isSimulator(session.device().name())) {
      return Ceilings.UNKNOWN;
    }
    session.enter();
    return new CeilingMeasurement(session, modules, tuning, precision).measure(seconds);
  }

  @Override
  public void close() {
    if (!session.isClosed()) {
      executables.forEach(CudaExecutable::close);
      executables.clear();
      session.close();
    }
  }
}
