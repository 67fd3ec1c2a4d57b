package dev.descent.cuda;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.contract.ExecutableContract;
import dev.descent.contract.FaultContract;
import dev.descent.contract.GradientContract;
import dev.descent.contract.LifetimeContract;
import dev.descent.contract.OperationContract;
import dev.descent.contract.PredictionContract;
import dev.descent.contract.TrainingContract;
import org.junit.jupiter.api.Nested;

/// The CUDA backend as a user gets it, on the first device of this machine.
class CudaContractTest {
  @Nested
  class Operations extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }
  }

  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }
  }

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }
  }

  @Nested
  class Predictions extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }

    @Override
    protected int models() {
      return 3;
    }
  }

  @Nested
  class Faults extends FaultContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }
  }

  @Nested
  class Lifetimes extends LifetimeContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(options);
    }

    @Override
    protected int fits() {
      return 200;
    }

    @Override
    protected int rounds() {
      return 15;
    }
  }
}
