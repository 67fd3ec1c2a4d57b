package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.program.Operation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/// Each operation agrees with the reference and with the tables of other frameworks. The tests of
/// each group stand in an interface of its own.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class OperationContract extends MatrixProductContract
    implements ElementwiseContract,
        ReductionContract,
        LossContract,
        UpdateContract,
        DataContract,
        WindowedContract,
        NormalisationContract,
        GoldenContract {
  /// Other inputs each time.
  protected OperationContract() {}

  /// A record that no test above has run on the backend, itself or by its expansion, is named. Not
  /// checked where tests were selected.
  @Test
  @Order(Integer.MAX_VALUE)
  void everyOperationIsExercised() {
    List<Method> tests =
        AnnotationSupport.findAnnotatedMethods(
            getClass(), Testable.class, HierarchyTraversalMode.TOP_DOWN);
    assumeTrue(tests.stream().allMatch(this::hasExercised), "tests were selected");
    List<String> missing =
        records(Operation.class)
            .filter(record -> !hasExercised(record))
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
