package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.testing.Inputs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What all parts of the contract share: how the backend under test is opened, the reference beside
/// it, and random inputs. A backend's tests extend each of [OperationContract], [ExecutableContract]
/// and [TrainingContract], and say how to open it.
abstract class BackendContract {
  @RegisterExtension final Inputs inputs;

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
}
