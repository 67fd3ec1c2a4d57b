package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.backend.Backend;
import dev.descent.program.Operation;
import dev.descent.testing.Inputs;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/// Each operation agrees with the reference and with the tables of other frameworks. The tests of each
/// group stand in an interface of its own.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class OperationContract extends BackendContract
    implements ProductContract,
        ElementwiseContract,
        ReductionContract,
        LossContract,
        UpdateContract,
        DataContract,
        ChainContract,
        GoldenContract {
  /// The tests that ran, and the records that they exercised, of each backend's class.
  private static final Map<Class<?>, Set<Object>> EXERCISED = new ConcurrentHashMap<>();

  private final Set<Object> exercised =
      EXERCISED.computeIfAbsent(getClass(), _ -> ConcurrentHashMap.newKeySet());

  /// Other inputs each time.
  protected OperationContract() {
    super(Inputs.fresh());
  }

  @Override
  public double operandRoundoff() {
    return 0;
  }

  @Override
  public final Inputs inputs() {
    return inputs;
  }

  @Override
  public final Backend backend() {
    return backend;
  }

  @Override
  public final Backend reference() {
    return reference;
  }

  @Override
  public final void check(OperationCase operationCase) {
    operationCase.operations().forEach(operation -> exercised.add(operation.getClass()));
    operationCase.check(backend, reference);
  }

  @BeforeEach
  final void noteTest(TestInfo test) {
    exercised.add(test.getTestMethod().orElseThrow());
  }

  /// A record that no test above has run on the backend, itself or by its expansion, is named. Not
  /// checked where tests were selected.
  @Test
  @Order(Integer.MAX_VALUE)
  void everyOperationIsExercised() {
    List<Method> tests =
        AnnotationSupport.findAnnotatedMethods(
            getClass(), Testable.class, HierarchyTraversalMode.TOP_DOWN);
    assumeTrue(exercised.containsAll(tests), "tests were selected");
    List<String> missing =
        records(Operation.class)
            .filter(record -> !exercised.contains(record))
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, "operations that no test of the contract exercises");
  }

  /// The records of a sealed interface; those written outside are made of these.
  static Stream<Class<?>> records(Class<?> sealed) {
    return sealed.isSealed()
        ? Stream.of(sealed.getPermittedSubclasses()).flatMap(OperationContract::records)
        : Stream.<Class<?>>of(sealed).filter(Class::isRecord);
  }
}
