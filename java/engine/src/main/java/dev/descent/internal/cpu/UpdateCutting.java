package dev.descent.internal.cpu;

import dev.descent.program.Operation;
import dev.descent.program.Operation.AdagradUpdate;
import dev.descent.program.Operation.AdamUpdate;
import dev.descent.program.Operation.MatMul;
import dev.descent.program.Operation.MomentumUpdate;
import dev.descent.program.Operation.RmsPropUpdate;
import dev.descent.program.Operation.SgdUpdate;
import dev.descent.program.Operation.SumRows;
import dev.descent.program.Operation.Update;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Cuts a step's update into one for each gradient, and puts the operation that makes a gradient right
/// before the update that takes it, so that both can be done part by part: a gradient is used while it
/// is still in the cache.
///
/// Only where it makes no difference: where nobody else touches a gradient before the update, as
/// clipping would, and what it is made from does not change on the way.
final class UpdateCutting {
  private UpdateCutting() {}

  /// The operations of a step in their new order.
  static List<Operation> apply(List<Operation> operations) {
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i) instanceof Update update && isAligned(update)) {
        return cut(operations, i, update);
      }
    }
    return operations;
  }

  /// Whether the elements that belong together lie at the same places of their buffers.
  static boolean isAligned(Update update) {
    return PanelLayout.elements(update)
        .allMatch(t -> t.offset() == update.parameters().offset());
  }

  private static List<Operation> cut(List<Operation> operations, int place, Update update) {
    List<Operation> makers = new ArrayList<>();
    for (int i = 0; i < place; i++) {
      if (canMove(operations, i, place, update)) {
        makers.add(operations.get(i));
      }
    }
    List<Operation> result = new ArrayList<>();
    operations.subList(0, place).stream().filter(op -> !isOneOf(makers, op)).forEach(result::add);
    for (Operation maker : makers) {
      Tensor gradient = maker.outputs().getFirst();
      result.add(maker);
      result.add(part(update, gradient.offset(), gradient.rows(), gradient.columns()));
    }
    rest(update, makers).forEach(result::add);
    result.addAll(operations.subList(place + 1, operations.size()));
    return result;
  }

  @SuppressWarnings("ReferenceEquality") // equal operations at two places are two
  private static boolean isOneOf(List<Operation> some, Operation operation) {
    return some.stream().anyMatch(op -> op == operation);
  }

  /// Whether an operation makes a gradient for the update, and can do so as late as right before it.
  private static boolean canMove(
      List<Operation> operations, int index, int place, Update update) {
    Operation maker = operations.get(index);
    boolean suitable =
        switch (maker) {
          case MatMul op -> op.beta() == 0 && op.alpha() == 1 && !op.transposeB();
          case SumRows _ -> true;
          default -> false;
        };
    if (!suitable) {
      return false;
    }
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
      boolean touches =
          overlaps(other.inputs(), List.of(gradient)) || overlaps(other.outputs(), List.of(gradient));
      if (i != index && touches) {
        return false;
      }
      if (i > index && overlaps(other.outputs(), maker.inputs())) {
        return false;
      }
    }
    return true;
  }

  private static boolean overlaps(List<Tensor> some, List<Tensor> others) {
    return some.stream().anyMatch(t -> others.stream().anyMatch(t::overlaps));
  }

  /// The update of what no maker's update covers.
  private static Stream<Operation> rest(Update update, List<Operation> makers) {
    List<Tensor> covered =
        makers.stream()
            .map(op -> op.outputs().getFirst())
            .sorted(Comparator.comparingLong(Tensor::offset))
            .toList();
    List<Operation> rest = new ArrayList<>();
    long done = update.gradients().offset();
    for (Tensor gradient : covered) {
      if (gradient.offset() > done) {
        rest.add(part(update, done, 1, gradient.offset() - done));
      }
      done = gradient.offset() + gradient.size();
    }
    long end = update.gradients().offset() + update.gradients().size();
    if (done < end) {
      rest.add(part(update, done, 1, end - done));
    }
    return rest.stream();
  }

  /// The update of a run of elements.
  private static Update part(Update update, long offset, long rows, long columns) {
    List<Tensor> of =
        PanelLayout.elements(update)
            .map(t -> new Tensor(t.name(), t.buffer(), offset, rows, columns))
            .toList();
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
