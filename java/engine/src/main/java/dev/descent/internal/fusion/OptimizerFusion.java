package dev.descent.internal.fusion;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Cuts a step's update into one for each gradient, and puts the operation that makes a gradient right
/// before the update that takes it, so that both can be done part by part: a gradient is used while it
/// is still in the cache, or even in a register. The same rules for all backends.
///
/// Only where it makes no difference: where nobody else touches a gradient before the update, as
/// clipping would, and what it is made from does not change on the way.
public final class OptimizerFusion {
  private OptimizerFusion() {}

  /// The operations of a step in their new order.
  ///
  /// @param suits whether it helps a backend to have an operation right before the update; asked of
  ///     operations of any kind
  public static List<Operation> apply(List<Operation> operations, Predicate<Operation> suits) {
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i) instanceof UpdateOperation update && isAligned(update)) {
        return cut(operations, i, update, suits);
      }
    }
    return operations;
  }

  /// Whether the elements that belong together lie at the same places of their buffers.
  public static boolean isAligned(UpdateOperation update) {
    return elements(update).allMatch(t -> t.offset() == update.parameters().offset());
  }

  /// The tensors whose elements an update takes together: parameters, gradients, then moments.
  public static Stream<Tensor> elements(UpdateOperation update) {
    return Stream.concat(
        Stream.of(update.parameters(), update.gradients()), update.moments().stream());
  }

  /// Whether parameters can be updated as their gradient is made, element by element, without the gradient
  /// being stored for anybody in the step.
  ///
  /// @param maker makes a gradient and does nothing else
  /// @param next what comes after it
  /// @param step all operations of the step
  public static boolean canJoin(Operation maker, Operation next, List<Operation> step) {
    Tensor gradient = maker.outputs().getFirst();
    return next instanceof UpdateOperation update
        && update.gradients().sameElements(gradient)
        && update.inputs().stream().filter(gradient::overlaps).count() == 1
        && !overlaps(maker.inputs(), update.outputs())
        && isUnseen(gradient, step);
  }

  /// Whether nobody in the step touches a gradient but who makes it and who takes it.
  public static boolean isUnseen(Tensor gradient, List<Operation> step) {
    return step.stream().filter(op -> touches(op, gradient)).count() == 2;
  }

  /// Both updates in one, if the second does the same to the elements right behind the first's.
  public static Optional<UpdateOperation> joined(UpdateOperation first, UpdateOperation second) {
    Tensor behind = second.parameters();
    long size = first.parameters().size();
    boolean follows =
        isAligned(first)
            && behind.offset() == first.parameters().offset() + size
            && second.equals(part(first, behind.offset(), behind.rows(), behind.columns()));
    return follows
        ? Optional.of(part(first, first.parameters().offset(), 1, size + behind.size()))
        : Optional.empty();
  }

  private static List<Operation> cut(
      List<Operation> operations, int place, UpdateOperation update, Predicate<Operation> suits) {
    List<Operation> makers = new ArrayList<>();
    for (int i = 0; i < place; i++) {
      if (suits.test(operations.get(i)) && canMove(operations, i, place, update)) {
        makers.add(operations.get(i));
      }
    }
    if (makers.isEmpty()) {
      return operations;
    }
    List<Operation> result = new ArrayList<>();
    operations.subList(0, place).stream().filter(op -> !isOneOf(makers, op)).forEach(result::add);
    addRest(result, update, makers, update.gradients().offset());
    for (Operation maker : makers) {
      Tensor gradient = maker.outputs().getFirst();
      result.add(maker);
      result.add(part(update, gradient.offset(), gradient.rows(), gradient.columns()));
      addRest(result, update, makers, gradient.offset() + gradient.size());
    }
    result.addAll(operations.subList(place + 1, operations.size()));
    return result;
  }

  @SuppressWarnings("ReferenceEquality") // equal operations at two places are two
  private static boolean isOneOf(List<Operation> some, Operation operation) {
    return some.stream().anyMatch(op -> op == operation);
  }

  /// Whether an operation makes a gradient for the update, and can do so as late as right before it.
  private static boolean canMove(
      List<Operation> operations, int index, int place, UpdateOperation update) {
    Operation maker = operations.get(index);
    Tensor gradient = maker.outputs().getFirst();
    Tensor all = update.gradients();
    boolean within =
        gradient.buffer().equals(all.buffer())
            && gradient.offset() >= all.offset()
            && gradient.offset() + gradient.size() <= all.offset() + all.size();
    if (!within || overlaps(maker.inputs(), update.outputs())) {
      return false;
    }
    for (int i = 0; i < place; i++) {
      Operation other = operations.get(i);
      if (i != index && touches(other, gradient)) {
        return false;
      }
      if (i > index && overlaps(other.outputs(), maker.inputs())) {
        return false;
      }
    }
    return true;
  }

  private static boolean touches(Operation operation, Tensor tensor) {
    return overlaps(operation.inputs(), List.of(tensor))
        || overlaps(operation.outputs(), List.of(tensor));
  }

  private static boolean overlaps(List<Tensor> some, List<Tensor> others) {
    return some.stream().anyMatch(t -> others.stream().anyMatch(t::overlaps));
  }

  /// Adds the update of the elements from `start` up to the next gradient that has a maker, if there are
  /// any.
  private static void addRest(
      List<Operation> result, UpdateOperation update, List<Operation> makers, long start) {
    long end =
        makers.stream()
            .mapToLong(op -> op.outputs().getFirst().offset())
            .filter(offset -> offset >= start)
            .min()
            .orElse(update.gradients().offset() + update.gradients().size());
    if (start < end) {
      result.add(part(update, start, 1, end - start));
    }
  }

  /// The update of a run of elements.
  private static UpdateOperation part(
      UpdateOperation update, long offset, long rows, long columns) {
    List<Tensor> of =
        elements(update).map(t -> new Tensor(t.name(), t.buffer(), offset, rows, columns)).toList();
    Tensor p = of.get(0);
    Tensor g = of.get(1);
    Tensor rates = update.rates();
    Tensor state = update.state();
    return switch (update) {
      case SgdUpdate _ -> new SgdUpdate(p, g, rates, state);
      case MomentumUpdate o ->
          new MomentumUpdate(p, g, of.get(2), rates, state, o.momentum(), o.nesterov());
      case AdagradUpdate o -> new AdagradUpdate(p, g, of.get(2), rates, state, o.epsilon());
      case RmsPropUpdate o ->
          new RmsPropUpdate(p, g, of.get(2), rates, state, o.rho(), o.epsilon());
      case AdamUpdate o ->
          new AdamUpdate(
              p,
              g,
              of.get(2),
              of.get(3),
              rates,
              state,
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              o.weightDecay());
    };
  }
}
