package dev.descent.opencl;

/// One device of one platform, and what kernels need to know of it.
///
/// @param platform the platform's handle
/// @param handle the device's handle
/// @param kind graphics card, processor or accelerator
/// @param vendor the device's maker
/// @param platformName with the version that the platform states
/// @param driver the driver's version
/// @param version the OpenCL version of the device: `OpenCL 3.0 ...`
/// @param computeUnits at least 1
/// @param memoryBytes all of its memory
/// @param maxBufferBytes the largest single buffer
/// @param localBytes local memory of a work-group
/// @param maxGroup the most work-items of a work-group
/// @param vectorWidth floats in a vector of the hardware
/// @param exactDivision whether division and square root can be had correctly rounded
/// @param unusable what it lacks, or an empty text
record Device(
    long platform,
    long handle,
    Kind kind,
    String name,
    String vendor,
    String platformName,
    String driver,
    String version,
    int computeUnits,
    long memoryBytes,
    long maxBufferBytes,
    long localBytes,
    long maxGroup,
    int vectorWidth,
    boolean exactDivision,
    String unusable) {
  enum Kind {
    GPU,
    ACCELERATOR,
    CPU
  }

  boolean isUsable() {
    return unusable.isEmpty();
  }

  /// One line for `descent devices`.
  String describe() {
    String line =
        "%s; %s, driver %s; %d compute unit%s; %.1f GiB"
            .formatted(
                name,
                platformName,
                driver,
                computeUnits,
                computeUnits == 1 ? "" : "s",
                memoryBytes / 0x1p30);
    return isUsable() ? line : line + "; not usable: " + unusable;
  }

  /// What a compiled kernel depends on, but for the kernel itself.
  String fingerprint() {
    return String.join("\n", name, vendor, platformName, driver, version);
  }
}
