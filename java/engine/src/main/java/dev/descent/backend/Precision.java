package dev.descent.backend;

/// The numbers that a matrix product multiplies. Sums, parameters and all else stay in float32, so
/// models and files are the same for all.
public enum Precision {
  /// IEEE single precision: 24 significant bits. What every backend offers.
  FP32,
  /// NVIDIA's TF32: float32 operands rounded to 11 significant bits.
  TF32,
  /// bfloat16: float32 operands rounded to 8 significant bits.
  BF16
}
