package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.reference.MutantBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.MethodOrdererContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs the contract on mutants of the reference backend: each must be caught. Not among the usual
/// tests; `ci/contract-mutants` runs it.
class ContractMutants {
  private static final String SEED = "descent.seed";
  private static final String NO_BUG = "none";
  private static final int THREADS = 2;

  private static final ThreadLocal<Trial> CURRENT = new ThreadLocal<>();

  /// What each test took where there is no bug, in nanoseconds.
  private static final Map<String, Long> COSTS = new ConcurrentHashMap<>();

  @Test
  void eachMutantIsCaught() throws Exception {
    if (System.getProperty(SEED) == null) {
      System.setProperty(SEED, Long.toString(System.nanoTime()));
    }
    say("-D" + SEED + "=" + System.getProperty(SEED));
    assertEquals(
        null, new Trial(new Mutant(NO_BUG, Object.class, NoBug::new)).caughtBy(), "no bug");
    List<String> survivors = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Void>> trials = new ArrayList<>();
      for (Mutant mutant : Mutants.all()) {
        trials.add(() -> {
          String test = new Trial(mutant).caughtBy();
          say(
              test == null
                  ? "SURVIVED " + mutant.name()
                  : "caught " + mutant.name() + " by " + test);
          if (test == null) {
            synchronized (survivors) {
              survivors.add(mutant.name());
            }
          }
          return null;
        });
      }
      for (Future<Void> trial : threads.invokeAll(trials)) {
        trial.get();
      }
    }
    say(
        "%d of %d mutants caught"
            .formatted(Mutants.all().size() - survivors.size(), Mutants.all().size()));
    assertEquals(List.of(), survivors, "survivors");
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private static final class NoBug implements MutantBackend.Bug {}

  /// The contract on one mutant, up to the first test that fails.
  private static final class Trial implements TestExecutionListener {
    private final Mutant mutant;
    private final Map<String, Long> begun = new HashMap<>();
    private volatile @Nullable String failed;

    Trial(Mutant mutant) {
      this.mutant = mutant;
    }

    /// The test that fails, or null. Tests of the mutant's group come first.
    @Nullable String caughtBy() {
      CURRENT.set(this);
      for (DiscoverySelector[] tests : List.of(ofGroup(), ofAll())) {
        if (failed == null && tests.length > 0) {
          LauncherDiscoveryRequest request =
              LauncherDiscoveryRequestBuilder.request().selectors(tests).build();
          LauncherFactory.create().execute(request, this);
        }
      }
      return failed;
    }

    private DiscoverySelector[] ofGroup() {
      String contract = mutant.group().getSimpleName().replace("Operation", "Contract");
      return Stream.of(MatrixProductContract.class, OperationContract.class)
          .flatMap(tests -> Arrays.stream(tests.getInterfaces()))
          .filter(group -> group.getSimpleName().equals(contract))
          .flatMap(group -> Arrays.stream(group.getDeclaredMethods()))
          .filter(method -> method.isDefault() && !method.isSynthetic())
          .map(method -> selectMethod(Operations.class, method))
          .toArray(DiscoverySelector[]::new);
    }

    private static DiscoverySelector[] ofAll() {
      return new DiscoverySelector[] {
        selectClass(Executables.class), selectClass(Operations.class), selectClass(Training.class)
      };
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      begun.put(test.getUniqueId(), System.nanoTime());
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      String name = method(test);
      if (mutant.name().equals(NO_BUG) && name != null) {
        COSTS.merge(name, System.nanoTime() - begun.get(test.getUniqueId()), Math::max);
      }
      if (result.getStatus() == TestExecutionResult.Status.FAILED && failed == null) {
        failed = name == null ? test.getDisplayName() : name;
      }
    }

    private static @Nullable String method(TestIdentifier test) {
      return test.getUniqueIdObject().getSegments().stream()
          .filter(segment -> segment.getType().matches("method|test-template"))
          .map(segment -> segment.getValue().replaceAll("\\(.*", ""))
          .findAny()
          .orElse(null);
    }
  }

  /// Most bugs are caught by small tests of one thing, in far less time than by those of many shapes.
  static final class CheapestFirst implements MethodOrderer {
    @Override
    public void orderMethods(MethodOrdererContext context) {
      context
          .getMethodDescriptors()
          .sort(
              Comparator.comparingLong(test -> COSTS.getOrDefault(test.getMethod().getName(), 0L)));
    }
  }

  /// Nothing runs once a test has failed.
  static final class UntilOneFails implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return CURRENT.get().failed == null
          ? ConditionEvaluationResult.enabled("none has failed")
          : ConditionEvaluationResult.disabled("one has failed");
    }
  }

  private static Backend mutant() {
    return new MutantBackend(CURRENT.get().mutant.bugs());
  }

  @ExtendWith(UntilOneFails.class)
  @TestMethodOrder(CheapestFirst.class)
  static class Operations extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return mutant();
    }
  }

  @ExtendWith(UntilOneFails.class)
  @TestMethodOrder(CheapestFirst.class)
  static class Executables extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return mutant();
    }
  }

  @ExtendWith(UntilOneFails.class)
  @TestMethodOrder(CheapestFirst.class)
  static class Training extends TrainingContract {
    @Override
    protected Backend open(BackendOptions options) {
      return mutant();
    }
  }
}
