package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.cpu.CpuBackend;
import org.junit.jupiter.api.Nested;

/// The CPU backend in plain loops.
class CpuPlainContractTest {
  @Nested
  class Operations extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CpuBackend.plain(options.threads());
    }
  }

  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CpuBackend.plain(options.threads());
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CpuBackend.plain(options.threads());
    }
  }

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CpuBackend.plain(options.threads());
    }
  }

  @Nested
  class Predictions extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return CpuBackend.plain(options.threads());
    }
  }
}
