package dev.descent.backend;

import java.util.Locale;

/// What a backend runs on.
///
/// @param backend the backend's name, as in `--backend`
/// @param device the device in the maker's words
/// @param driver the software underneath: a driver or a virtual machine with its version
/// @param memoryBytes how much memory the device offers to programs
/// @param detail how the backend uses the device: threads, vector width
public record DeviceInfo(
    String backend, String device, String driver, long memoryBytes, String detail) {
  /// One line: `cpu: AMD EPYC 9B14, 2 threads, 512-bit vectors; Java 25.0.3; 5.8 GiB`.
  @Override
  public String toString() {
    return "%s: %s%s; %s; %s"
        .formatted(
            backend,
            device,
            detail.isEmpty() ? "" : ", " + detail,
            driver,
            String.format(Locale.ROOT, "%.1f GiB", memoryBytes / 0x1p30));
  }
}
