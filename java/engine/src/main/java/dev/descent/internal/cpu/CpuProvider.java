package dev.descent.internal.cpu;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import dev.descent.internal.device.FoundDevices;
import java.util.List;

/// Provides the pure-Java CPU backend, which works everywhere.
public final class CpuProvider implements BackendProvider {
  public static final String NAME = "cpu";

  /// Above the reference backend, below any device that is made for the work.
  private static final int PREFERENCE = 10;

  /// Called by [java.util.ServiceLoader].
  public CpuProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return PREFERENCE;
  }

  @Override
  public List<DeviceReport> devices() {
    return List.of(new DeviceReport(NAME, true, CpuBackend.describe(KernelChoice.best())));
  }

  @Override
  public Backend open(BackendOptions options) {
    FoundDevices.requireFirst(NAME, options.device());
    return new CpuBackend(NAME, KernelChoice.best(), options.threads());
  }
}
