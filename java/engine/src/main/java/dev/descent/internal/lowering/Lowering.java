package dev.descent.internal.lowering;

import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.LossOperation;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts the operations of a step into [groups][Group]: a matrix product with its epilogue, a loss
/// with its accuracy, the producer of a gradient with the optimizer's update.
public final class Lowering {
  private final List<Operation> step;
  private final Fusions fusions;

  private Lowering(List<Operation> step, Fusions fusions) {
    this.step = step;
    this.fusions = fusions;
  }

  /// The groups of a step, in the order in which they run.
  public static List<Group> lower(List<Operation> step, Fusions fusions) {
    var lowering = new Lowering(OptimizerFusion.apply(step, fusions), fusions);
    List<Group> groups = new ArrayList<>();
    for (int next = 0; next < lowering.step.size(); ) {
      Group group = lowering.pooling(next, groups);
      group = group == null ? lowering.group(next) : group;
      groups.add(group);
      next += group.operations().size();
    }
    return groups;
  }

  /// A group with a pooling in it that begins at an index, or null.
  ///
  /// @param before the groups before it
  private @Nullable Group pooling(int index, List<Group> before) {
    return switch (step.get(index)) {
      case Normalise op -> PoolFusion.forward(step, index, fusions);
      case MaxPoolBackward op -> PoolFusion.backward(step, index, before);
      case Operation op -> null;
    };
  }

  /// The group that begins at an index.
  private Group group(int index) {
    return switch (step.get(index)) {
      case MatMul op -> product(op, index);
      case Conv2d op -> convolution(op, index);
      case Normalise op when fusions.normalisation() ->
          new Group.Normalisation(op, activation(op, index + 1));
      case ActivateBackward op
          when fusions.normalisation()
              && index + 1 < step.size()
              && step.get(index + 1) instanceof NormaliseBackwardWeights sums
              && Group.NormalisationSums.fit(op, sums) ->
          new Group.NormalisationSums(op, sums);
      case SumRows op -> new Group.ColumnSum(op, update(op, index + 1));
      case Accuracy op -> new Group.Metrics(op, loss(op, index + 1));
      case LossOperation op -> new Group.Metrics(null, op);
      case Operation op -> new Group.Single(op);
    };
  }

  private Group.Product product(MatMul op, int index) {
    FusedUpdate update = update(op, index + 1);
    if (update != null) {
      return new Group.Product(op, null, null, null, update);
    }
    Group.Product product = Group.Product.of(op);
    if (fusions.epilogues()) {
      Group.Product longer = product;
      for (int next = index + 1; longer != null; next++) {
        product = longer;
        longer = next < step.size() ? product.with(step.get(next)) : null;
      }
    }
    return product;
  }

  private Group.Convolution convolution(Conv2d op, int index) {
    var convolution = new Group.Convolution(op, null, null);
    if (fusions.epilogues()) {
      Group.Convolution longer = convolution;
      for (int next = index + 1; longer != null; next++) {
        convolution = longer;
        longer = next < step.size() ? convolution.with(step.get(next)) : null;
      }
    }
    return convolution;
  }

  private @Nullable Activate activation(Normalise normalise, int next) {
    return next < step.size()
            && step.get(next) instanceof Activate activate
            && Group.Normalisation.fit(normalise, activate)
        ? activate
        : null;
  }

  private @Nullable FusedUpdate update(Operation producer, int next) {
    return next < step.size()
        ? OptimizerFusion.fuse(producer, step.get(next), step, fusions)
        : null;
  }

  private @Nullable LossOperation loss(Accuracy accuracy, int next) {
    return next < step.size()
            && step.get(next) instanceof LossOperation loss
            && Group.Metrics.fit(accuracy, loss)
            && fusions.metrics(accuracy, loss)
        ? loss
        : null;
  }
}
