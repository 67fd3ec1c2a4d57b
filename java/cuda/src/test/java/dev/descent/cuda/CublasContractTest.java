package dev.descent.cuda;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.contract.ExecutableContract;
import dev.descent.contract.GradientContract;
import dev.descent.contract.MatrixProductContract;
import dev.descent.contract.TrainingContract;
import org.junit.jupiter.api.Nested;

/// The CUDA backend with products by cuBLAS: the same contract, the same learning curves. Other
/// operations are those of [CudaContractTest]. Each class takes one of the two ways to call it, and
/// [CublasTest] both.
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

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CublasWay.JCUBLAS.open(options);
    }
  }
}
