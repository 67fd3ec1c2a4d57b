package dev.descent.backend;

/// The numbers that a matrix product multiplies. Sums, parameters and all else stay in float32, so
/// models and files are the same for all.
public enum Precision {
  /// IEEE single precision: 24 significant bits. What every backend offers.
  FP32,
  /// NVIDIA's TF32: float32 operands rounded to 11 significant bits.
  TF32,
  /// bfloat16: float32 operands rounded to 8 significant bits.
  BF16,
  /// float32 operands as sums of three bfloat16, of which the six products that matter are added:
  /// float32's accuracy at the speed of a processor's bfloat16.
  BF16X6
}
