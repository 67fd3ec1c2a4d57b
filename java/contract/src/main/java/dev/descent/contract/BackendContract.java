package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.reference.ReferenceProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// What all parts of the contract share: how the backend under test is opened, the reference beside
/// it, and random inputs. A backend's tests extend each of [OperationContract], [ExecutableContract]
/// and [TrainingContract], and say how to open it.
abstract class BackendContract {
  /// Sizes at which tiles, vectors and work groups end in the middle.
  static final int[] ODD_SIZES = {1, 7, 17, 33, 65, 129};

  final Inputs inputs;
  final Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT);
  Backend backend = reference;

  BackendContract(Inputs inputs) {
    this.inputs = inputs;
  }

  /// Opens the backend under test.
  protected abstract Backend open(BackendOptions options);

  @BeforeEach
  final void openBackend() {
    backend = open(BackendOptions.DEFAULT);
  }

  @AfterEach
  final void closeBackend() {
    backend.close();
  }

  /// Runs a case on the backend and on the reference.
  final void check(OperationCase operationCase) {
    operationCase.check(backend, reference, inputs);
  }
}
