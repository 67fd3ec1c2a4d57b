package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.descent.program.Operation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Numbers of PyTorch, of Keras, of ONNX' operator tests and of the definitions.
interface GoldenContract extends OperationTests {
  /// Each operation gives what the tables say; one that is in no table fails by name.
  ///
  /// @param record the type of operation
  @ParameterizedTest
  @MethodSource("records")
  default void tablesOf(Class<? extends Operation> record) {
    List<OperationCase> cases = GoldenTable.cases(record, operandRoundoff());
    assertFalse(cases.isEmpty(), record.getSimpleName() + " is in no table");
    cases.forEach(golden -> golden.check(backend(), reference()));
  }

  /// The records of all operations.
  static Stream<Class<?>> records() {
    return OperationContract.records(Operation.class);
  }

  /// Each optimizer is where PyTorch's is, after 1,001 steps and after some before.
  ///
  /// @param trajectory of one optimizer
  @ParameterizedTest
  @MethodSource("trajectories")
  default void trajectory(GoldenTrajectory trajectory) {
    trajectory.check(backend());
  }

  /// The trajectories of the table.
  static List<GoldenTrajectory> trajectories() {
    return GoldenTrajectory.all();
  }
}
