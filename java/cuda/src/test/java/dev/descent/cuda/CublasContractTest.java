package dev.descent.cuda;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.contract.ExecutableContract;
import dev.descent.contract.GradientContract;
import dev.descent.contract.MatrixProductContract;
import org.junit.jupiter.api.Nested;

/// The CUDA backend with products by cuBLAS: the same contract. Other operations are those of
/// [CudaContractTest]. [CublasTest] takes both ways to call it, and compares learning curves.
class CublasContractTest {
  @Nested
  class Products extends MatrixProductContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CublasWay.FOREIGN.open(options);
    }
  }

  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CublasWay.FOREIGN.open(options);
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CublasWay.FOREIGN.open(options);
    }
  }
}
