package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;
import java.util.stream.LongStream;
import jcuda.driver.CUstream;

/// A matrix product by cuBLAS. What follows it is not fused with it: that is done by kernels of
/// ours.
///
/// @param memory where its operands and its result lie
record CublasProduct(Cublas cublas, DeviceMemory memory, MatMul matMul, String operation)
    implements Command {
  /// @throws DeviceException if it is larger than cuBLAS can count
  static CublasProduct of(Cublas cublas, DeviceMemory memory, MatMul matMul) {
    String operation = MatMulCompiler.named(matMul, "");
    long largest = LongStream.of(matMul.m(), matMul.n(), matMul.k()).max().orElseThrow();
    if (largest > Integer.MAX_VALUE) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "cuda: %s: %,d is more than the %,d that cuBLAS counts; take --matmul own",
              operation,
              largest,
              Integer.MAX_VALUE));
    }
    return new CublasProduct(cublas, memory, matMul, operation);
  }

  @Override
  public boolean endsApart() {
    return false;
  }

  /// Always in the stream that cuBLAS was given, the session's first.
  @Override
  public void launch(Session session, CUstream stream, boolean last) {
    cublas.multiply(matMul, memory, describe());
  }

  @Override
  public String describe() {
    return operation + ": cublasSgemm" + (cublas.precision() == Precision.TF32 ? " in tf32" : "");
  }
}
