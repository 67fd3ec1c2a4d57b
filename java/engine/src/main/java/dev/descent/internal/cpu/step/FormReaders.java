package dev.descent.internal.cpu.step;

import dev.descent.internal.lowering.Group;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Which results of products nothing else in their step reads than products behind them. Where those
/// take operands in forms, the plain elements are read by callers alone, after the last repetition.
///
/// @param groups the step, where products take operands in forms that hold all numbers; else empty
record FormReaders(List<Group> groups) {
  /// Whether a product's result is such a one.
  boolean areAll(Group.Product product) {
    Tensor result = product.result();
    int place = groups.indexOf(product);
    if (place < 0 || result.buffer().role() == Role.PARAMETERS) {
      return false;
    }
    List<Group> behind = groups.subList(place + 1, groups.size());
    return operations(groups.subList(0, place)).noneMatch(op -> accesses(op, result))
        && operations(behind).allMatch(op -> !accesses(op, result) || readsForms(op, result));
  }

  private static Stream<Operation> operations(List<Group> groups) {
    return groups.stream().flatMap(group -> group.operations().stream());
  }

  private static boolean accesses(Operation operation, Tensor result) {
    return Stream.concat(operation.inputs().stream(), operation.outputs().stream())
        .anyMatch(result::overlaps);
  }

  private static boolean readsForms(Operation operation, Tensor result) {
    return operation instanceof MatMul op
        && !op.out().overlaps(result)
        && Stream.of(op.a(), op.b())
            .filter(result::overlaps)
            .allMatch(t -> t.sameElements(result) && t.columns() == result.columns());
  }
}
