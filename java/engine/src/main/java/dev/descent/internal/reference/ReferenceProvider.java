package dev.descent.internal.reference;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import dev.descent.internal.device.FoundDevices;
import java.util.List;

/// Provides the reference backend, which exists everywhere and which `auto` never chooses.
public final class ReferenceProvider implements BackendProvider {
  static final String NAME = "reference";

  /// Called by [java.util.ServiceLoader].
  public ReferenceProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return -1;
  }

  @Override
  public List<DeviceReport> devices() {
    return List.of(
        new DeviceReport(
            NAME, true, "plain interpreter, one thread, float64 sums: the truth for tests, slow"));
  }

  @Override
  public Backend open(BackendOptions options) {
    FoundDevices.requireFirst(NAME, options.device());
    return new ReferenceBackend();
  }
}
