package dev.descent.nativecpu;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;
import dev.descent.contract.ExecutableContract;
import dev.descent.contract.FaultContract;
import dev.descent.contract.GradientContract;
import dev.descent.contract.LifetimeContract;
import dev.descent.contract.OperationContract;
import dev.descent.contract.PredictionContract;
import dev.descent.contract.TrainingContract;
import org.junit.jupiter.api.Nested;

/// The native backend as a user gets it, with the best that this processor has.
class NativeContractTest {
  @Nested
  class Operations extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  @Nested
  class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  @Nested
  class Gradients extends GradientContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  @Nested
  class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  @Nested
  class Predictions extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  /// Both operands of a product are rounded to 8 significant bits; all else is as in float32.
  @Nested
  class OperationsInBf16 extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openBf16(options);
    }

    @Override
    public double operandRoundoff() {
      return 0x1p-8;
    }
  }

  @Nested
  class ExecutablesInBf16 extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openBf16(options);
    }
  }

  /// By the twin of AMX, on any processor.
  @Nested
  class OperationsByTwin extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16, true);
    }

    @Override
    public double operandRoundoff() {
      return 0x1p-8;
    }
  }

  /// With the bounds of float32.
  @Nested
  class OperationsByTwinInBf16x6 extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16X6, true);
    }
  }

  @Nested
  class ExecutablesByTwinInBf16x6 extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16X6, true);
    }
  }

  @Nested
  class TrainingByTwinInBf16x6 extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16X6, true);
    }
  }

  @Nested
  class OperationsByAmx extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16, false);
    }

    @Override
    public double operandRoundoff() {
      return 0x1p-8;
    }
  }

  @Nested
  class OperationsByAmxInBf16x6 extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16X6, false);
    }
  }

  @Nested
  class PredictionsInBf16 extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openBf16(options);
    }
  }

  @Nested
  class PredictionsByTwin extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16, true);
    }
  }

  @Nested
  class PredictionsByTwinInBf16x6 extends PredictionContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.openTiles(options, Precision.BF16X6, true);
    }
  }

  @Nested
  class Faults extends FaultContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }

  @Nested
  class Lifetimes extends LifetimeContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestNatives.open(options);
    }
  }
}
