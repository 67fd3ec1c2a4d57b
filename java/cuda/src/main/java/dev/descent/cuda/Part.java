package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What one kernel does: a group of operations, or several that the CUDA kernels know how to join.
sealed interface Part {
  /// In their order.
  List<Operation> operations();

  /// Why no more is joined with it where one could expect that, or an empty text.
  String note();

  /// Whether it reads or writes what the other writes, or the other way round.
  default boolean conflictsWith(Part other) {
    return overlap(outputs(), other.outputs())
        || overlap(outputs(), other.inputs())
        || overlap(inputs(), other.outputs());
  }

  private List<Tensor> inputs() {
    return operations().stream().flatMap(op -> op.inputs().stream()).toList();
  }

  private List<Tensor> outputs() {
    return operations().stream().flatMap(op -> op.outputs().stream()).toList();
  }

  private static boolean overlap(List<Tensor> some, List<Tensor> others) {
    return some.stream().anyMatch(a -> others.stream().anyMatch(a::overlaps));
  }

  /// A group by itself.
  record Single(Group group, String note) implements Part {
    @Override
    public List<Operation> operations() {
      return group.operations();
    }
  }

  /// A product that gathers the rows of its left operand on the way, and leaves them too.
  record GatheredProduct(GatherRows rows, Group.Product product, String note) implements Part {
    @Override
    public List<Operation> operations() {
      return Stream.concat(Stream.of(rows), product.operations().stream()).toList();
    }
  }

  /// A loss or an accuracy, with what leads to it and what follows from it.
  ///
  /// @param labels gathered on the way, or null
  /// @param scores the product that is what the loss is of, or null
  /// @param backward the gradient of what goes into that product, or null; null without one
  /// @param advance the end of the step, or null
  record Loss(
      @Nullable GatherRows labels,
      Group.@Nullable Product scores,
      Group.Metrics metrics,
      Group.@Nullable Product backward,
      @Nullable Advance advance,
      String note)
      implements Part {
    @Override
    public List<Operation> operations() {
      return Stream.of(
              Stream.ofNullable(labels),
              operations(scores),
              operations(metrics),
              operations(backward),
              Stream.ofNullable(advance))
          .<Operation>flatMap(each -> each)
          .toList();
    }

    private static Stream<Operation> operations(@Nullable Group group) {
      return group == null ? Stream.of() : group.operations().stream();
    }
  }

  /// Gradients of weights whose updates are done at once, none of which another one reads.
  ///
  /// @param advance the end of the step, or null
  record Gradients(List<Gradient> gradients, @Nullable Advance advance, String note)
      implements Part {
    public Gradients {
      gradients = List.copyOf(gradients);
    }

    @Override
    public List<Operation> operations() {
      return Stream.concat(
              gradients.stream().flatMap(g -> g.operations().stream()), Stream.ofNullable(advance))
          .toList();
    }
  }

  /// A weight's gradient.
  ///
  /// @param bias the gradient of a bias that goes along, or null
  record Gradient(Group.Product weight, Group.@Nullable ColumnSum bias) {
    List<Operation> operations() {
      return Stream.of(weight, bias)
          .filter(Objects::nonNull)
          .flatMap(group -> group.operations().stream())
          .toList();
    }
  }
}
