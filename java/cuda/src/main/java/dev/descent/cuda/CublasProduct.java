package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.program.ProductOperation.MatMul;
import java.util.stream.LongStream;

/// A matrix product by cuBLAS. What follows it is not fused with it: that is done by kernels of ours.
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
          "cuda: %s: %,d is more than the %,d that cuBLAS counts; take --matmul own"
              .formatted(operation, largest, Integer.MAX_VALUE));
    }
    return new CublasProduct(cublas, memory, matMul, operation);
  }

  @Override
  public boolean endsApart() {
    return false;
  }

  @Override
  public void launch(Session session, boolean last) {
    cublas.multiply(matMul, memory, describe());
  }

  @Override
  public String describe() {
    return operation + ": cublasSgemm" + (cublas.precision() == Precision.TF32 ? " in tf32" : "");
  }
}
