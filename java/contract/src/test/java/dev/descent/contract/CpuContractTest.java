package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.cpu.CpuProvider;
import org.junit.jupiter.api.Nested;

/// The CPU backend as a user gets it: with vectors where the machine has them.
class CpuContractTest {
  @Nested
  class Operations extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Predictions extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Faults extends FaultContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }

  @Nested
  class Lifetimes extends LifetimeContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new CpuProvider().open(options);
    }
  }
}
