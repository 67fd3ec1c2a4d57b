package dev.descent.cuda;

import dev.descent.internal.device.FoundDevices;
import java.util.Locale;

/// One GPU, and what the backend needs to know of it.
///
/// @param number as the driver counts
/// @param capability the compute capability times 10: 90 of 9.0
/// @param multiprocessors at least 1
/// @param memoryBytes all of its memory
/// @param maxSharedBytes the most shared memory of a block
/// @param driver the newest CUDA that the driver knows: `13.0`
/// @param unusable what it lacks, or an empty text
record Device(
    int number,
    String name,
    int capability,
    int multiprocessors,
    long memoryBytes,
    int maxSharedBytes,
    String driver,
    String unusable)
    implements FoundDevices.Found {
  /// What the kernels are built for at least.
  static final int LEAST_CAPABILITY = 75;

  /// Where tensor cores take TF32 and bfloat16.
  static final int TENSOR_CORES_CAPABILITY = 80;

  /// The only one that there is wgmma for.
  static final int WGMMA_CAPABILITY = 90;

  @Override
  public boolean isUsable() {
    return unusable.isEmpty();
  }

  @Override
  public String describe() {
    String line =
        String.format(
            Locale.ROOT,
            "%s; %s; %s; %.1f GiB",
            name,
            describeDriver(),
            describeUnits(),
            memoryBytes / 0x1p30);
    return isUsable() ? line : line + "; not usable: " + unusable;
  }

  /// `driver for CUDA 13.0`
  String describeDriver() {
    return "driver for CUDA " + driver;
  }

  /// `compute capability 9.0, 132 multiprocessors`
  String describeUnits() {
    return String.format(
        Locale.ROOT,
        "compute capability %d.%d, %d multiprocessor%s",
        capability / 10,
        capability % 10,
        multiprocessors,
        multiprocessors == 1 ? "" : "s");
  }
}
