package dev.descent.opencl;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import java.util.List;

/// Provides the OpenCL backend on each device that an OpenCL driver offers.
public final class OpenClProvider implements BackendProvider {
  static final String NAME = "opencl";

  /// GPUs are preferred.
  private static final int GPU_PREFERENCE = 20;

  /// A processor does it better without a driver in between.
  private static final int CPU_PREFERENCE = 5;

  /// Called by [java.util.ServiceLoader].
  public OpenClProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return Devices.get().list().stream()
            .anyMatch(device -> device.isUsable() && device.kind() != Device.Kind.CPU)
        ? GPU_PREFERENCE
        : CPU_PREFERENCE;
  }

  @Override
  public List<DeviceReport> devices() {
    return Devices.get()
        .reports(device ->
            device.isUsable()
                ? device.describe() + "; " + TuningTables.ofUser().find(device).origin()
                : device.describe());
  }

  @Override
  public Backend open(BackendOptions options) {
    Device device = Devices.get().get(options.device());
    return new OpenClBackend(device, TuningTables.ofUser().find(device), BinaryCache.of(device));
  }
}
