package dev.descent.contract;

import dev.descent.backend.Backend;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.util.List;

/// What the tests of each group of operations share.
interface OperationTests {
  /// Sizes at which tiles, vectors and work groups end in the middle.
  List<Integer> ODD_SIZES = List.of(1, 7, 17, 33, 65, 129);

  /// {@return random inputs}
  Inputs inputs();

  /// {@return the backend under test}
  Backend backend();

  /// {@return the truth}
  Backend reference();

  /// Runs a case on the backend and on the reference, and compares.
  ///
  /// @param operationCase with its inputs and bounds
  void check(OperationCase operationCase);

  /// {@return the unit roundoff of what a product's operands are rounded to; 0 where they are not
  /// rounded}
  double operandRoundoff();

  /// Checks rows x columns.
  interface Shape {
    void check(int rows, int columns);
  }

  /// Checks all odd shapes and a random one.
  ///
  /// @param shape what to check
  default void forOddShapes(Shape shape) {
    for (int rows : ODD_SIZES) {
      for (int columns : ODD_SIZES) {
        shape.check(rows, columns);
      }
    }
    shape.check(inputs().nextInt(1, 300), inputs().nextInt(1, 300));
  }

  /// Checks shapes beyond what a work group, a grid's side or a 16-bit number holds, a side at a
  /// time.
  ///
  /// @param shape what to check
  default void forLargeShapes(Shape shape) {
    shape.check(2049, 3);
    shape.check(3, 5000);
    shape.check(70_001, 2);
    shape.check(2, 70_001);
    shape.check(601, 503);
  }

  /// {@return whole numbers of -2 to 2}
  ///
  /// @param count how many
  default float[] whole(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = inputs().nextInt(-2, 3);
    }
    return values;
  }

  /// Of four slots one is written; the others keep what they have.
  static Tensor lossSlots(OperationCase c) {
    return c.compared(
        c.input("losses", 4, 1, new float[] {-1, -2, -3, -4}), new Bound(1e-6, 2e-6, 0));
  }

  /// The same for counts.
  static Tensor countSlots(OperationCase c) {
    return c.compared(c.input("correct", 4, 1, new int[] {-1, -2, -3, -4}), Bound.EXACT);
  }
}
