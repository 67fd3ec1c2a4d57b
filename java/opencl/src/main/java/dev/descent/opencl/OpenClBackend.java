package dev.descent.opencl;

import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Tuner;
import dev.descent.internal.device.DeviceBackend;
import dev.descent.program.Operation;
import dev.descent.program.Program;

/// Runs programs on one OpenCL device.
final class OpenClBackend extends DeviceBackend {
  private final Session session;
  private final Programs programs;
  private final BinaryCache cache;
  private final Tuning tuning;

  OpenClBackend(Device device, Tuning tuning, BinaryCache cache) {
    super(OpenClProvider.NAME);
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
  protected Ceilings measure(double seconds) {
    return new CeilingMeasurement(session, programs, seconds).measure();
  }

  @Override
  public Tuner tuner() {
    Device device = session.device();
    return new OpenClTuner(life(), device, cache, TuningTables.ofUser());
  }

  @Override
  public boolean supports(Class<? extends Operation> type) {
    return StepCompiler.supports(type);
  }

  @Override
  protected OpenClExecutable open(Program program) {
    return new OpenClExecutable(life(), session, programs, tuning, program);
  }

  @Override
  protected void release() {
    programs.close();
    session.close();
  }
}
