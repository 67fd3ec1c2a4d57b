package dev.descent.internal.lowering;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds normalisations of which only the largest of each window goes on, and their derivatives.
///
/// Only where it makes no difference that what lies between is never there as a whole: where
/// nothing else reads it, no window overlaps another, and what the derivative takes instead, the
/// largest and where they were, is still as it was.
final class PoolFusion {
  private final List<Operation> step;
  private int next;

  private PoolFusion(List<Operation> step, int next) {
    this.step = step;
    this.next = next;
  }

  /// The group that begins with a normalisation, or null if there is none.
  static Group.@Nullable PooledNormalisation forward(
      List<Operation> step, int index, Fusions fusions) {
    Group.PooledNormalisation group = new PoolFusion(step, index).forward();
    if (group == null || !fusions.pooling(group.pool())) {
      return null;
    }
    int end = index + group.operations().size();
    List<Operation> others = new ArrayList<>(step.subList(0, index));
    MaxPoolBackward derivative = null;
    for (int i = end; i < step.size(); i++) {
      if (derivative == null
          && step.get(i) instanceof MaxPoolBackward op
          && op.taps().sameElements(group.pool().taps())) {
        derivative = op;
        Group backward = new PoolFusion(step, i).backward(group);
        if (backward == null || overwrites(step.subList(end, i), group)) {
          return null;
        }
        i += backward.operations().size() - 1;
      } else {
        others.add(step.get(i));
      }
    }
    return reads(others, group)
        ? null
        : new Group.PooledNormalisation(
            group.normalise(), group.activate(), group.dropout(), group.pool(), derivative);
  }

  /// The derivative of a group before it, which begins with a pooling's; null if it is of none.
  static Group.@Nullable PooledNormalisationBackward backward(
      List<Operation> step, int index, List<Group> before) {
    for (Group group : before) {
      if (group instanceof Group.PooledNormalisation forward
          && step.get(index).equals(forward.derivative())) {
        return new PoolFusion(step, index).backward(forward);
      }
    }
    return null;
  }

  private static boolean overwrites(List<Operation> between, Group.PooledNormalisation group) {
    return between.stream()
        .flatMap(op -> op.outputs().stream())
        .anyMatch(t ->
            Stream.of(group.normalise().x(), group.pool().out(), group.pool().taps())
                .anyMatch(t::overlaps));
  }

  private static boolean reads(List<Operation> others, Group.PooledNormalisation group) {
    return others.stream()
        .flatMap(op -> op.inputs().stream())
        .anyMatch(t -> group.between().stream().anyMatch(t::overlaps));
  }

  private Group.@Nullable PooledNormalisation forward() {
    Normalise normalise = take(Normalise.class);
    if (normalise == null || normalise.out().overlaps(normalise.x())) {
      return null;
    }
    Tensor result = normalise.out();
    Activate activate = take(Activate.class);
    if (activate != null) {
      if (activate.activation() != Activation.RELU
          || !Group.Normalisation.fit(normalise, activate)) {
        return null;
      }
      result = activate.out();
    }
    Dropout dropout = take(Dropout.class);
    if (dropout != null) {
      // Without ReLU a zero may be one that was kept.
      if (activate == null || !isSame(dropout.x(), result)) {
        return null;
      }
      result = dropout.out();
    }
    MaxPool pool = take(MaxPool.class);
    return pool != null
            && isSame(pool.x(), result)
            && areApart(pool.window())
            && !result.overlaps(normalise.x())
        ? new Group.PooledNormalisation(normalise, activate, dropout, pool, null)
        : null;
  }

  private static boolean areApart(Window window) {
    return window.stride() >= Math.max(window.kernelHeight(), window.kernelWidth());
  }

  private Group.@Nullable PooledNormalisationBackward backward(Group.PooledNormalisation forward) {
    MaxPoolBackward pool = take(MaxPoolBackward.class);
    Dropout dropout = take(Dropout.class);
    ActivateBackward activate = take(ActivateBackward.class);
    NormaliseBackwardWeights sums = take(NormaliseBackwardWeights.class);
    NormaliseBackward slope = take(NormaliseBackward.class);
    if (pool == null
        || sums == null
        || slope == null
        || !pool.window().equals(forward.pool().window())
        || !isDerivative(forward.dropout(), dropout, pool.dX())
        || !isDerivative(forward.activate(), activate, pool.dX())) {
      return null;
    }
    Tensor x = forward.normalise().x();
    return isSame(sums.x(), x)
            && isSame(slope.x(), x)
            && isSame(sums.dOut(), pool.dX())
            && isSame(slope.dOut(), pool.dX())
            && slope.dX().sameElements(pool.dX())
            && !pool.dX().overlaps(forward.pool().out())
            && Stream.of(sums.dScale(), sums.dShift())
                .noneMatch(t -> t.overlaps(pool.dOut()) || t.overlaps(forward.pool().out()))
        ? new Group.PooledNormalisationBackward(forward, pool, dropout, activate, sums, slope)
        : null;
  }

  /// Whether a dropout is the same as before, in place, or both are missing.
  private static boolean isDerivative(
      @Nullable Dropout forward, @Nullable Dropout backward, Tensor d) {
    if (forward == null || backward == null) {
      return forward == null && backward == null;
    }
    return isSame(backward.x(), d)
        && backward.out().sameElements(d)
        && backward.rate() == forward.rate()
        && backward.seed() == forward.seed()
        && backward.stream() == forward.stream()
        && backward.state().sameElements(forward.state());
  }

  /// Whether one is the other's derivative, in place, or both are missing.
  private static boolean isDerivative(
      @Nullable Activate forward, @Nullable ActivateBackward backward, Tensor d) {
    if (forward == null || backward == null) {
      return forward == null && backward == null;
    }
    return backward.activation() == forward.activation()
        && isSame(backward.saved(), forward.out())
        && isSame(backward.dOut(), d)
        && backward.dX().sameElements(d);
  }

  /// The same elements in the same shape.
  private static boolean isSame(Tensor some, Tensor other) {
    return some.sameElements(other) && some.columns() == other.columns();
  }

  /// The next operation, if it is of a type; else null, and it stays the next.
  private <O extends Operation> @Nullable O take(Class<O> type) {
    return next < step.size() && type.isInstance(step.get(next))
        ? type.cast(step.get(next++))
        : null;
  }
}
