package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Precision;
import dev.descent.internal.device.DeviceBackend;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import org.jspecify.annotations.Nullable;

/// Runs programs on one NVIDIA GPU.
final class CudaBackend extends DeviceBackend {
  private final Session session;
  private final Modules modules;
  private final Tuning tuning;
  private final @Nullable Cublas cublas;

  /// @param binding what computes products, or null for kernels of ours
  /// @throws dev.descent.BackendUnavailableException if the device or the library refuses
  CudaBackend(Device device, Tuning tuning, @Nullable CublasBinding binding) {
    super(CudaProvider.NAME);
    this.session = new Session(device, life());
    this.cublas = binding == null ? null : start(binding, session, tuning.precision());
    this.modules = new Modules(session);
    this.tuning = tuning;
  }

  private static Cublas start(CublasBinding binding, Session session, Precision precision) {
    try {
      return Cublas.start(binding, session, precision);
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
        device.describeUnits() + describeProducts());
  }

  private String describeProducts() {
    if (cublas != null) {
      return ", products by " + cublas.describe();
    }
    return tuning.wgmma() ? ", products by wgmma, which no GPU has confirmed yet" : "";
  }

  @Override
  public boolean supports(Class<? extends Operation> type) {
    return StepCompiler.supports(type, cublas != null);
  }

  @Override
  protected void attach() {
    session.enter();
  }

  @Override
  protected CudaExecutable open(Program program) {
    return new CudaExecutable(life(), session, modules, tuning, cublas, program);
  }

  /// What runs on a processor tells nothing of a GPU, so a simulator has no ceilings.
  @Override
  protected Ceilings measure(double seconds) {
    return Devices.isSimulator(session.device().name())
        ? Ceilings.UNKNOWN
        : new CeilingMeasurement(session, modules, tuning).measure(seconds);
  }

  @Override
  protected void release() {
    session.release();
    if (cublas != null) {
      cublas.close();
    }
    modules.close();
    session.close();
  }
}
