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
import java.util.Locale;
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
    return EnumSet.of(Precision.FP32, Precision.TF32, Precision.BF16);
  }

  @Override
  public Set<MatMulLibrary> matMulLibraries() {
    return EnumSet.allOf(MatMulLibrary.class);
  }

  @Override
  public List<DeviceReport> devices() {
    return Devices.get().reports(Device::describe);
  }

  /// Says of each usable device how cuBLAS would be called: to find that out, it is loaded.
  @Override
  public List<DeviceReport> inspect() {
    return Devices.get()
        .reports(device ->
            device.isUsable()
                ? device.describe() + "; " + CublasBindings.describe()
                : device.describe());
  }

  @Override
  public Backend open(BackendOptions options) {
    Device device = Devices.get().get(options.device());
    boolean cublas = options.matMul() == MatMulLibrary.CUBLAS;
    String precision = options.precision().name().toLowerCase(Locale.ROOT);
    if (cublas && options.precision() == Precision.BF16) {
      throw new BackendUnavailableException(
          "cuda: cuBLAS is called for fp32 and tf32 here; take --matmul own for bf16");
    }
    if (options.precision() != Precision.FP32
        && device.capability() < Device.TENSOR_CORES_CAPABILITY) {
      throw new BackendUnavailableException(
          String.format(
              Locale.ROOT,
              "cuda:%d: %s has compute capability %d.%d, and %s needs %d.%d; take --precision fp32",
              device.number(),
              device.name(),
              device.capability() / 10,
              device.capability() % 10,
              precision,
              Device.TENSOR_CORES_CAPABILITY / 10,
              Device.TENSOR_CORES_CAPABILITY % 10));
    }
    return new CudaBackend(
        device, Tuning.of(device, options.precision()), cublas ? CublasBindings.get() : null);
  }
}
