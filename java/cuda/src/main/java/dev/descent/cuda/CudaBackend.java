package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.program.Program;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Runs programs on one NVIDIA GPU.
final class CudaBackend implements Backend {
  private final Session session;
  private final Modules modules;
  private final Tuning tuning;
  private final Precision precision;
  private final @Nullable Cublas cublas;
  private final List<CudaExecutable> executables = new ArrayList<>();

  /// @param library what computes products, or null for kernels of ours
  /// @throws dev.descent.BackendUnavailableException if the device or the library refuses
  CudaBackend(Device device, Tuning tuning, Precision precision, @Nullable CublasLibrary library) {
    this.session = new Session(device);
    this.cublas = library == null ? null : start(library, session, precision);
    this.modules = new Modules(session);
    this.tuning = tuning;
    this.precision = precision;
  }

  private static Cublas start(CublasLibrary library, Session session, Precision precision) {
    try {
      return Cublas.start(library, session, precision);
    } catch (BackendUnavailableException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public DeviceInfo device() {
    Device device = session.device();
    return new DeviceInfo(
        CudaProvider.NAME,
        device.name(),
        device.describeDriver(),
        device.memoryBytes(),
        device.describeUnits() + (cublas == null ? "" : ", products by " + cublas.describe()));
  }

  @Override
  public Executable compile(Program program) {
    session.requireUsable();
    session.enter();
    executables.removeIf(CudaExecutable::isClosed);
    var executable = new CudaExecutable(session, modules, tuning, precision, cublas, program);
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
      if (cublas != null) {
        session.release();
        cublas.close();
      }
      session.close();
    }
  }
}
