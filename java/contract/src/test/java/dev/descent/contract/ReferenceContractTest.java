package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.reference.ReferenceProvider;
import org.junit.jupiter.api.Nested;

/// The reference backend keeps the contract; that its operations are right is shown elsewhere.
class ReferenceContractTest {
  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new ReferenceProvider().open(options);
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new ReferenceProvider().open(options);
    }
  }

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new ReferenceProvider().open(options);
    }
  }

  @Nested
  class Predictions extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new ReferenceProvider().open(options);
    }
  }

  @Nested
  class Lifetimes extends LifetimeContract {
    @Override
    protected Backend open(BackendOptions options) {
      return new ReferenceProvider().open(options);
    }
  }
}
