package dev.descent.internal.lowering;

import dev.descent.program.Buffer;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Splits a step's update into one for each gradient and moves the producer of each gradient right
/// before it, so that both are done part by part: a gradient is used while it is still in the
/// cache, or even in a register.
///
/// Only where it makes no difference: where nothing else accesses a gradient before the update, as
/// clipping would, and the producer's operands do not change on the way.
final class OptimizerFusion {
  private OptimizerFusion() {}

  /// The operations of a step in their new order.
  static List<Operation> apply(List<Operation> step, Fusions fusions) {
    for (int i = 0; i < step.size(); i++) {
      if (step.get(i) instanceof UpdateOperation update && isAligned(update)) {
        return split(step, i, update, fusions);
      }
    }
    return step;
  }

  /// The next operation, if it is the update by a producer's gradient and the two can be done
  /// together; otherwise null.
  static @Nullable FusedUpdate fuse(
      Operation producer, Operation next, List<Operation> step, Fusions fusions) {
    Tensor gradient = producer.outputs().getFirst();
    if (!(next instanceof UpdateOperation update)
        || !isAligned(update)
        || !isUpdateOf(gradient, update, fusions)
        || overlaps(producer.inputs(), update.outputs())) {
      return null;
    }
    boolean singleConsumer = hasSingleConsumer(gradient, step);
    return fusions.updates(producer, singleConsumer)
        ? new FusedUpdate(update, singleConsumer)
        : null;
  }

  private static boolean isUpdateOf(Tensor gradient, UpdateOperation update, Fusions fusions) {
    Tensor all = update.gradients();
    long padding = all.size() - gradient.size();
    return all.buffer().equals(gradient.buffer())
        && all.offset() == gradient.offset()
        && (padding == 0 || (padding > 0 && isTaken(padding, fusions)))
        && update.inputs().stream().filter(gradient::overlaps).count() == 1;
  }

  /// Whether elements that belong together lie at the same places of their buffers.
  private static boolean isAligned(UpdateOperation update) {
    return update.operands().stream().allMatch(t -> t.offset() == update.parameters().offset());
  }

  /// Whether only its producer and its consumer access a gradient within the step.
  private static boolean hasSingleConsumer(Tensor gradient, List<Operation> step) {
    return step.stream().filter(op -> accesses(op, gradient)).count() == 2;
  }

  private static List<Operation> split(
      List<Operation> step, int place, UpdateOperation update, Fusions fusions) {
    List<Operation> producers = new ArrayList<>();
    List<Operation> others = new ArrayList<>();
    for (int i = 0; i < place; i++) {
      Operation operation = step.get(i);
      Tensor out = operation.outputs().getFirst();
      boolean moves =
          fusions.updates(operation, hasSingleConsumer(out, step))
              && canMove(step, i, place, update);
      (moves ? producers : others).add(operation);
    }
    if (producers.isEmpty()) {
      return step;
    }
    List<Operation> result = new ArrayList<>(others);
    long first = update.gradients().offset();
    addPart(result, update, first, end(update, producers, first));
    for (Operation producer : producers) {
      Tensor gradient = producer.outputs().getFirst();
      long behind = gradient.offset() + gradient.size();
      long end = end(update, producers, behind);
      result.add(producer);
      if (behind < end && isTaken(end - behind, fusions)) {
        addPart(result, update, gradient.offset(), end);
      } else {
        result.add(part(update, gradient.offset(), gradient.rows(), gradient.columns()));
        addPart(result, update, behind, end);
      }
    }
    result.addAll(step.subList(place + 1, step.size()));
    return result;
  }

  private static boolean isTaken(long padding, Fusions fusions) {
    return fusions.updatesPadding() && padding < Buffer.ALIGNMENT;
  }

  /// Whether an operation computes a gradient for the update, and can do so as late as right before
  /// it.
  private static boolean canMove(
      List<Operation> step, int index, int place, UpdateOperation update) {
    Operation producer = step.get(index);
    Tensor gradient = producer.outputs().getFirst();
    if (!gradient.isWithin(update.gradients()) || overlaps(producer.inputs(), update.outputs())) {
      return false;
    }
    for (int i = 0; i < place; i++) {
      Operation other = step.get(i);
      if (i != index && accesses(other, gradient)) {
        return false;
      }
      if (i > index && overlaps(other.outputs(), producer.inputs())) {
        return false;
      }
    }
    return true;
  }

  private static boolean accesses(Operation operation, Tensor tensor) {
    return overlaps(operation.inputs(), List.of(tensor))
        || overlaps(operation.outputs(), List.of(tensor));
  }

  private static boolean overlaps(List<Tensor> some, List<Tensor> others) {
    return some.stream().anyMatch(t -> others.stream().anyMatch(t::overlaps));
  }

  /// Where the elements from `start` on end: at the next gradient with a producer of its own, or at
  /// the end of all.
  private static long end(UpdateOperation update, List<Operation> producers, long start) {
    return producers.stream()
        .mapToLong(op -> op.outputs().getFirst().offset())
        .filter(offset -> offset >= start)
        .min()
        .orElse(update.gradients().offset() + update.gradients().size());
  }

  private static void addPart(
      List<Operation> result, UpdateOperation update, long start, long end) {
    if (start < end) {
      result.add(part(update, start, 1, end - start));
    }
  }

  /// The update of a run of elements.
  private static UpdateOperation part(
      UpdateOperation update, long offset, long rows, long columns) {
    return update.withOperands(
        update.operands().stream()
            .map(t -> new Tensor(t.name(), t.buffer(), offset, rows, columns))
            .toList());
  }
}
