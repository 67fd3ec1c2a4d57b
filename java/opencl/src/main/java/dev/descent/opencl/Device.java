package dev.descent.opencl;

import dev.descent.internal.device.FoundDevices;
import java.util.Locale;

/// One device of one platform, and what kernels need to know of it.
///
/// @param platform the platform's handle
/// @param handle the device's handle
/// @param kind GPU, CPU or accelerator
/// @param vendor the device's maker
/// @param platformName the driver's maker or project
/// @param platformVersion what the driver says of itself
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
    String platformVersion,
    String driver,
    String version,
    int computeUnits,
    long memoryBytes,
    long maxBufferBytes,
    long localBytes,
    long maxGroup,
    int vectorWidth,
    boolean exactDivision,
    String unusable)
    implements FoundDevices.Found {
  private static final String POCL = "Portable Computing Language";

  enum Kind {
    GPU,
    ACCELERATOR,
    CPU
  }

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

  /// The driver in words: `Portable Computing Language, OpenCL 3.0, driver 3.1`.
  String describeDriver() {
    return "%s, %s, driver %s".formatted(platformName, shortVersion(), driver);
  }

  /// `2 compute units`
  String describeUnits() {
    return computeUnits == 1 ? "1 compute unit" : computeUnits + " compute units";
  }

  /// `OpenCL 3.0` of `OpenCL 3.0 PoCL HSTR: ...`
  private String shortVersion() {
    String[] words = version.split(" ", 3);
    return words.length < 2 ? version : words[0] + " " + words[1];
  }

  /// Whether the driver itself keeps what it builds. PoCL does, a kernel and size of work-group at a
  /// time; asked for a program's binary, it builds each kernel once more, for any size.
  boolean cachesPrograms() {
    return platformName.equals(POCL);
  }

  /// What a table of tuned choices is for. PoCL runs kernels on any processor, and what suits them
  /// depends on its vectors more than on its name; any other driver is written for its own devices.
  String tuningKey() {
    return platformName.equals(POCL) && kind == Kind.CPU
        ? String.format(Locale.ROOT, "%s, processor, vectors of %d", platformName, vectorWidth)
        : platformName + ", " + name;
  }

  /// What a compiled kernel depends on, but for the kernel itself.
  String fingerprint() {
    return String.join("\n", name, vendor, platformName, platformVersion, driver, version);
  }
}
