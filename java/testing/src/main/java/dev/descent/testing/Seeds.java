package dev.descent.testing;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.opentest4j.TestAbortedException;

/// Adds the seeds of a test's [inputs][Inputs] to the message of its failure, wherever they were
/// made: in a field, in the test, or in what it calls.
///
/// JUnit finds this as a service where it looks for extensions by itself; elsewhere a class names
/// it by `@ExtendWith`.
public final class Seeds
    implements TestInstancePreConstructCallback,
        BeforeEachCallback,
        AfterEachCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {
  /// Of the thread that runs a test, and of those that it starts.
  private static final ThreadLocal<Made> MADE =
      new InheritableThreadLocal<>() {
        @Override
        protected Made initialValue() {
          return new Made();
        }
      };

  /// For JUnit.
  public Seeds() {}

  static void add(Inputs inputs) {
    MADE.get().add(inputs);
  }

  /// What was made since the instance of the test was.
  private static final class Made {
    private final List<Inputs> inputs = new ArrayList<>();

    /// How many of them belong to the instance rather than to the test that runs.
    private int ofInstance;

    synchronized void add(Inputs made) {
      inputs.add(made);
    }

    synchronized void beginInstance() {
      inputs.clear();
    }

    synchronized void beginTest() {
      ofInstance = inputs.size();
    }

    synchronized void endTest() {
      inputs.subList(Math.min(ofInstance, inputs.size()), inputs.size()).clear();
    }

    synchronized String text() {
      return String.join(", ", inputs.stream().map(Inputs::toString).distinct().toList());
    }
  }

  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext factory, ExtensionContext context) {
    if (factory.getOuterInstance().isEmpty()) {
      MADE.get().beginInstance();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    MADE.get().beginTest();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    MADE.get().endTest();
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    String seeds = MADE.get().text();
    if (seeds.isEmpty()
        || thrown instanceof TestAbortedException
        || String.valueOf(thrown.getMessage()).contains(seeds)) {
      throw thrown;
    }
    throw failure(thrown, seeds);
  }

  static AssertionError failure(Throwable thrown, String seeds) {
    return new AssertionError(thrown + " (" + seeds + ")", thrown);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    handleTestExecutionException(context, thrown);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    handleTestExecutionException(context, thrown);
  }
}
