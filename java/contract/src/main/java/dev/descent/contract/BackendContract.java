package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.testing.Inputs;
import dev.descent.testing.Seeds;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What all parts of the contract share: how the backend under test is opened, the reference beside
/// it, and random inputs. A backend's tests extend each of [OperationContract],
/// [ExecutableContract] and [TrainingContract], and say how to open it.
@ExtendWith(Seeds.class)
abstract class BackendContract {
  final Inputs inputs;

  final Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT);
  Backend backend = reference;

  @RegisterExtension final Opening opening;

  /// @param inputs random inputs
  /// @param opening whether tests share a backend
  BackendContract(Inputs inputs, Opening opening) {
    this.inputs = inputs;
    this.opening = opening;
  }

  /// Opens the backend under test.
  ///
  /// @param options threads among them
  /// @return a backend of its own, which the test closes
  protected abstract Backend open(BackendOptions options);

  /// When the backend under test is opened.
  enum Opening implements BeforeEachCallback, AfterEachCallback {
    /// One for each test.
    EACH_TEST,

    /// One for all tests of a class, which is closed behind the last. What the device compiles for
    /// one test serves the next.
    ONCE;

    @Override
    public void beforeEach(ExtensionContext context) {
      var test = (BackendContract) context.getRequiredTestInstance();
      test.backend = this == ONCE ? ofClass(test, context) : test.open(BackendOptions.DEFAULT);
    }

    private static Backend ofClass(BackendContract test, ExtensionContext context) {
      ExtensionContext outermost = context;
      while (outermost.getParent().filter(parent -> isOf(test, parent)).isPresent()) {
        outermost = outermost.getParent().orElseThrow();
      }
      return outermost
          .getStore(ExtensionContext.Namespace.create(Opening.class))
          .computeIfAbsent(test.getClass(), _ -> test.open(BackendOptions.DEFAULT), Backend.class);
    }

    private static boolean isOf(BackendContract test, ExtensionContext context) {
      return context.getTestClass().filter(test.getClass()::equals).isPresent();
    }

    @Override
    public void afterEach(ExtensionContext context) {
      if (this == EACH_TEST) {
        ((BackendContract) context.getRequiredTestInstance()).backend.close();
      }
    }
  }
}
