package dev.descent.backend;

/// What a device can do at best, measured: what the times of kernels are held against.
///
/// @param flops floating-point operations a second of fused multiply-adds, two each, with nothing
///     but registers, in the precision in which the backend multiplies matrices; NaN where it is
///     not known
/// @param bytes bytes read and bytes written a second by copies within the device's memory; NaN
///     where it is not known
/// @param hertz cycles a second while those multiply-adds run; NaN where it is not known
public record Ceilings(double flops, double bytes, double hertz) {
  /// Where nothing was measured.
  public static final Ceilings UNKNOWN = new Ceilings(Double.NaN, Double.NaN);

  /// Where the clock is not known.
  ///
  /// @param flops as above
  /// @param bytes as above
  public Ceilings(double flops, double bytes) {
    this(flops, bytes, Double.NaN);
  }
}
