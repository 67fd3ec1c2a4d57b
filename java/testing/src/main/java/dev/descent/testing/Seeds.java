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
  /// What was made since the instance of the test was. Tests of one JVM follow each other.
  private static final List<Inputs> MADE = new ArrayList<>();

  /// How many of them belong to the instance rather than to the test that runs.
  private static int ofInstance;

  /// For JUnit.
  public Seeds() {}

  static synchronized void add(Inputs inputs) {
    MADE.add(inputs);
  }

  private static synchronized void keep(int count) {
    MADE.subList(Math.min(count, MADE.size()), MADE.size()).clear();
  }

  private static synchronized String text() {
    return String.join(", ", MADE.stream().map(Inputs::toString).distinct().toList());
  }

  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext factory, ExtensionContext context) {
    if (factory.getOuterInstance().isEmpty()) {
      keep(0);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    synchronized (Seeds.class) {
      ofInstance = MADE.size();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    keep(ofInstance);
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    String seeds = text();
    if (seeds.isEmpty()
        || thrown instanceof TestAbortedException
        || String.valueOf(thrown.getMessage()).contains(seeds)) {
      throw thrown;
    }
    throw new AssertionError(thrown + " (" + seeds + ")", thrown);
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
