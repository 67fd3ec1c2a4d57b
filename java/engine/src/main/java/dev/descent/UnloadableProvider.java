package dev.descent;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import java.util.List;

/// Stands for a backend whose provider can't be made: a jar that is damaged, or of another version.
///
/// @param name the provider's class, for want of the backend's name
/// @param cause why
record UnloadableProvider(String name, Throwable cause) implements BackendProvider {
  @Override
  public int preference() {
    return 0;
  }

  @Override
  public List<DeviceReport> devices() {
    return List.of(new DeviceReport(name, false, reason()));
  }

  @Override
  public Backend open(BackendOptions options) {
    throw new BackendUnavailableException(reason(), cause);
  }

  private String reason() {
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    return name + " can't be loaded: " + root + "; its jar may be damaged or of another version";
  }
}
