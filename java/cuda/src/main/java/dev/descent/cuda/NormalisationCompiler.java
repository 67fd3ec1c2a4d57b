package dev.descent.cuda;

import dev.descent.internal.device.WindowedKernel;
import dev.descent.internal.lowering.Group;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;
import dev.descent.program.WindowedOperation.MaxPool;
import org.jspecify.annotations.Nullable;

/// Makes commands of the parts of batch normalisation.
final class NormalisationCompiler {
  /// Warps of a block, which share the rows: the kernels are written for it.
  private static final int SLICES = 32;

  private final Kernels kernels;

  NormalisationCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// @param aside whether it runs on the second stream
  Command compile(BatchStatistics op, boolean aside) {
    return columns(
        command("batch_statistics", op.name(), op.x())
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x(), op.mean(), op.variance(), op.runningMean(), op.runningVariance())
            .floats(op.momentum()),
        op.x(),
        aside);
  }

  /// @param aside whether it runs on the second stream
  Command compile(NormaliseBackwardWeights op, boolean aside) {
    return sums(op, null, op.name(), aside);
  }

  /// @param aside whether it runs on the second stream
  Command compile(Group.NormalisationSums group, boolean aside) {
    ActivateBackward backward = group.backward();
    String name = "%s(%s)%s".formatted(backward.name(), backward.activation(), group.suffix());
    return sums(group.sums(), backward, name, aside);
  }

  /// @param backward the derivative of the activation behind, or null
  private Command sums(
      NormaliseBackwardWeights op,
      @Nullable ActivateBackward backward,
      String name,
      boolean aside) {
    CommandBuilder builder =
        command("normalise_backward_weights", name, op.x())
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x(), op.mean(), op.variance());
    if (backward == null) {
      builder.tensors(op.dOut()).address(0);
    } else {
      builder.tensors(backward.dOut(), backward.saved());
    }
    Activation function = backward == null ? Activation.LINEAR : backward.activation();
    builder
        .tensors(op.dOut(), op.dScale(), op.dShift())
        .ints(Kernels.number(function))
        .floats(op.epsilon());
    return columns(builder, op.x(), aside);
  }

  KernelCommand compile(Group.Normalisation group) {
    Normalise op = group.normalise();
    Activate activate = group.activate();
    CommandBuilder builder =
        command("normalise", op.name() + group.suffix(), op.out())
            .ints(op.out().size(), op.out().columns())
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift(), op.out());
    if (activate == null || activate.out().sameElements(op.out())) {
      builder.address(0);
    } else {
      builder.tensors(activate.out());
    }
    builder
        .ints(Kernels.number(activate == null ? Activation.LINEAR : activate.activation()))
        .floats(op.epsilon());
    return builder.build(kernels.flat(op.out().size()));
  }

  Command compile(NormaliseBackward op) {
    CommandBuilder builder =
        command("normalise_backward", op.name(), op.dX())
            .ints(op.dX().size(), op.dX().columns(), op.dX().rows())
            .tensors(
                op.x(),
                op.mean(),
                op.variance(),
                op.scale(),
                op.dScale(),
                op.dShift(),
                op.dOut(),
                op.dX())
            .floats(op.epsilon());
    return builder.build(kernels.flat(op.dX().size()));
  }

  Command compile(Group.PooledNormalisation group) {
    Normalise op = group.normalise();
    MaxPool pool = group.pool();
    CommandBuilder builder =
        command("normalise_pool", op.name() + group.suffix(), pool.out())
            .ints(WindowedKernel.counts(pool.out().size(), pool.out().columns(), pool.window()))
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift())
            .tensors(pool.out(), pool.taps())
            .ints(Kernels.number(group.activation()))
            .floats(op.epsilon())
            .struct()
            .dropout(group.dropout())
            .endStruct();
    return builder.build(kernels.blocks(blocks(pool.out())));
  }

  /// The sums that are the normalisation's derivatives.
  ///
  /// @param aside whether it runs on the second stream
  Command sums(Group.PooledNormalisationBackward group, boolean aside) {
    NormaliseBackwardWeights op = group.sums();
    MaxPool pool = group.forward().pool();
    CommandBuilder builder =
        command("pooled_backward_weights", group.sumsName(), op.x())
            .ints(WindowedKernel.counts(pool.out().rows(), op.x().columns(), pool.window()))
            .tensors(op.x(), op.mean(), op.variance())
            .tensors(group.pool().dOut(), pool.out(), pool.taps(), op.dScale(), op.dShift());
    return columns(gradient(builder, group, op.epsilon()), pool.out(), aside);
  }

  /// The derivative by what is normalised.
  Command slope(Group.PooledNormalisationBackward group) {
    NormaliseBackward op = group.slope();
    MaxPool pool = group.forward().pool();
    CommandBuilder builder =
        command("pooled_backward", op.name(), op.dX())
            .ints(WindowedKernel.counts(op.dX().size(), op.dX().columns(), pool.window()))
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.dScale(), op.dShift())
            .tensors(group.pool().dOut(), pool.out(), pool.taps(), op.dX());
    return gradient(builder, group, op.epsilon()).build(kernels.blocks(blocks(op.dX())));
  }

  private static CommandBuilder gradient(
      CommandBuilder builder, Group.PooledNormalisationBackward group, float epsilon) {
    Group.PooledNormalisation forward = group.forward();
    return builder.ints(Kernels.number(forward.activation())).floats(forward.keepScale(), epsilon);
  }

  private static long blocks(Tensor tensor) {
    return Math.ceilDiv(tensor.size(), Kernels.THREADS);
  }

  private CommandBuilder command(String kernel, String name, Tensor tensor) {
    return kernels.command(KernelImages.NORMALISATION, kernel, Kernels.named(name, tensor));
  }

  /// The command of a kernel that sums columns.
  private Command columns(CommandBuilder builder, Tensor x, boolean aside) {
    Slabs slabs = Slabs.of(x, kernels.tuning());
    slabs.addTo(builder, kernels.memory(), aside);
    return builder.build(slabs.grid(SLICES * Kernels.WARP));
  }
}
