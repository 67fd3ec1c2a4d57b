package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import dev.descent.backend.MatMulLibrary;
import dev.descent.backend.Precision;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Provides the CUDA backend on each NVIDIA GPU.
public final class CudaProvider implements BackendProvider {
  static final String NAME = "cuda";

  /// The vendor's own API comes before OpenCL.
  private static final int PREFERENCE = 30;

  /// Below all that are chosen.
  private static final int NEVER = -1;

  /// Called by [java.util.ServiceLoader].
  public CudaProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /// A simulator is never chosen.
  @Override
  public int preference() {
    return Devices.get().list().stream().anyMatch(d -> Devices.isSimulator(d.name()))
        ? NEVER
        : PREFERENCE;
  }

  @Override
  public Set<Precision> precisions() {
    return EnumSet.of(Precision.FP32, Precision.TF32);
  }

  @Override
  public Set<MatMulLibrary> matMulLibraries() {
    return EnumSet.allOf(MatMulLibrary.class);
  }

  @Override
  public List<DeviceReport> devices() {
    return Devices.get().reports(Device::describe);
  }

  @Override
  public Backend open(BackendOptions options) {
    Device device = Devices.get().get(options.device());
    if (options.precision() == Precision.TF32 && device.capability() < Device.TF32_CAPABILITY) {
      throw new BackendUnavailableException(
          "cuda:%d: %s has compute capability %d.%d, and tf32 needs %d.%d; take --precision fp32"
              .formatted(
                  device.number(),
                  device.name(),
                  device.capability() / 10,
                  device.capability() % 10,
                  Device.TF32_CAPABILITY / 10,
                  Device.TF32_CAPABILITY % 10));
    }
    return new CudaBackend(
        device,
        Tuning.of(device),
        options.precision(),
        options.matMul() == MatMulLibrary.CUBLAS ? CublasLibrary.get() : null);
  }
}
