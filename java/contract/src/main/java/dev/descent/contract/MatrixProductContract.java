package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.testing.Inputs;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/// Matrix products agree with the reference, alone and among the operations that a backend may
/// join to them: for another way to compute them on a backend whose other operations are the same.
/// [OperationContract] has all.
public abstract class MatrixProductContract extends BackendContract
    implements ProductContract, ChainContract {
  /// The tests that ran, and the records that they exercised, of each backend's class.
  private static final Map<Class<?>, Set<Object>> EXERCISED = new ConcurrentHashMap<>();

  private final Set<Object> exercised =
      EXERCISED.computeIfAbsent(getClass(), _ -> ConcurrentHashMap.newKeySet());

  /// Other inputs each time.
  protected MatrixProductContract() {
    super(Inputs.fresh(), Opening.ONCE);
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

  /// Whether a test of this backend's class has run, or one that exercised a record.
  final boolean hasExercised(Object testOrRecord) {
    return exercised.contains(testOrRecord);
  }
}
