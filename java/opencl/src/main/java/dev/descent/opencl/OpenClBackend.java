package dev.descent.opencl;

import dev.descent.backend.Backend;
import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.backend.Tuner;
import dev.descent.program.Program;
import java.util.ArrayList;
import java.util.List;

/// Runs programs on one OpenCL device.
final class OpenClBackend implements Backend {
  private final Session session;
  private final Programs programs;
  private final BinaryCache cache;
  private final Tuning tuning;
  private final List<OpenClExecutable> executables = new ArrayList<>();

  OpenClBackend(Device device, Tuning tuning, BinaryCache cache) {
    this.session = new Session(device);
    this.programs = new Programs(session, cache);
    this.cache = cache;
    this.tuning = tuning;
  }

  @Override
  public DeviceInfo device() {
    Device device = session.device();
    return new DeviceInfo(
        OpenClProvider.NAME,
        device.name(),
        device.describeDriver(),
        device.memoryBytes(),
        device.describeUnits() + ", " + tuning.origin());
  }

  @Override
  public Ceilings ceilings(double seconds) {
    return new CeilingMeasurement(session, programs, seconds).measure();
  }

  @Override
  public Tuner tuner() {
    Device device = session.device();
    return new OpenClTuner(device, cache, TuningTables.ofUser().file(device));
  }

  @Override
  public Executable compile(Program program) {
    if (session.isClosed()) {
      throw new IllegalStateException("the opencl backend is closed");
    }
    executables.removeIf(OpenClExecutable::isClosed);
    var executable = new OpenClExecutable(session, programs, tuning, program);
    executables.add(executable);
    return executable;
  }

  @Override
  public void close() {
    if (!session.isClosed()) {
      executables.forEach(OpenClExecutable::close);
      executables.clear();
      programs.close();
      session.close();
    }
  }
}
