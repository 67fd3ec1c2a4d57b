package dev.descent.opencl;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import java.util.List;
import java.util.stream.IntStream;

/// Provides the OpenCL backend on each device that an OpenCL driver offers.
public final class OpenClProvider implements BackendProvider {
  static final String NAME = "opencl";

  /// A graphics card is made for the work.
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
    Devices devices = Devices.get();
    if (devices.list().isEmpty()) {
      return List.of(new DeviceReport(NAME, false, devices.reason()));
    }
    return IntStream.range(0, devices.list().size())
        .mapToObj(i -> {
          Device device = devices.list().get(i);
          String tuning =
              device.isUsable() ? "; " + TuningTables.ofUser().find(device).origin() : "";
          return new DeviceReport(NAME + ":" + i, device.isUsable(), device.describe() + tuning);
        })
        .toList();
  }

  @Override
  public Backend open(BackendOptions options) {
    Device device = device(options.device());
    return new OpenClBackend(device, TuningTables.ofUser().find(device), BinaryCache.ofUser());
  }

  private static Device device(int number) {
    Devices devices = Devices.get();
    if (devices.list().isEmpty()) {
      throw new BackendUnavailableException("opencl: " + devices.reason());
    }
    if (number >= devices.list().size()) {
      throw new BackendUnavailableException(
          "backend opencl has %d device%s, from 0, not %d"
              .formatted(devices.list().size(), devices.list().size() == 1 ? "" : "s", number));
    }
    Device device = devices.list().get(number);
    if (!device.isUsable()) {
      throw new BackendUnavailableException("opencl:%d: %s".formatted(number, device.describe()));
    }
    return device;
  }
}
