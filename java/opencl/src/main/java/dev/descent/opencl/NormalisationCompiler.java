package dev.descent.opencl;

import dev.descent.internal.device.WindowedKernel;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;

/// Makes commands of the parts of batch normalisation.
final class NormalisationCompiler {
  /// The random words of a block, and so the vectors that have theirs drawn at once.
  private static final int BLOCK = 4;

  private final Kernels kernels;

  NormalisationCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  Command compile(BatchStatistics op) {
    int slices = slices(op.x());
    return columns(
        command(slices, "batch_statistics", op.name(), op.x())
            .tensors(op.x(), op.mean(), op.variance(), op.runningMean(), op.runningVariance())
            .floats(op.momentum()),
        op.x(),
        slices);
  }

  Command compile(NormaliseBackwardWeights op) {
    int slices = slices(op.x());
    return columns(
        command(slices, "normalise_backward_weights", op.name(), op.x())
            .tensors(op.x(), op.mean(), op.variance(), op.dOut(), op.dScale(), op.dShift())
            .floats(op.epsilon()),
        op.x(),
        slices);
  }

  Command compile(Normalise op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.NORMALISATION,
                macros(),
                "normalise",
                Kernels.named(op.name(), op.out()))
            .ints(op.out().rows(), op.out().columns())
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift(), op.out())
            .floats(op.epsilon());
    return elements(builder, op.out());
  }

  Command compile(NormaliseBackward op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.NORMALISATION,
                macros(),
                "normalise_backward",
                Kernels.named(op.name(), op.dX()))
            .ints(op.dX().rows(), op.dX().columns())
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
    return elements(builder, op.dX());
  }

  Command compile(Group.PooledNormalisation group) {
    Normalise op = group.normalise();
    MaxPool pool = group.pool();
    Dropout dropout = group.dropout();
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.POOLED,
                pooledMacros(group),
                "normalise_pool",
                Kernels.named(op.name() + group.suffix(), pool.out()))
            .ints(WindowedKernel.counts(pool.out().rows(), pool.out().columns(), pool.window()))
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift())
            .tensors(pool.out(), pool.taps())
            .floats(op.epsilon());
    if (dropout != null) {
      builder.dropout(dropout);
    }
    int vectors = dropout == null ? 1 : BLOCK;
    return kernels.matrix(
        builder, pool.out().rows(), pool.out().columns(), vectors * kernels.tuning().width());
  }

  /// The sums that are the normalisation's derivatives.
  Command sums(Group.PooledNormalisationBackward group) {
    NormaliseBackwardWeights op = group.sums();
    MaxPool pool = group.forward().pool();
    int slices = slices(pool.out());
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.POOLED,
                pooledMacros(group.forward()).set("SLICES", slices),
                "pooled_backward_weights",
                Kernels.named(group.sumsName(), op.x()))
            .ints(WindowedKernel.counts(pool.out().rows(), op.x().columns(), pool.window()))
            .tensors(op.x(), op.mean(), op.variance())
            .tensors(group.pool().dOut(), pool.out(), pool.taps(), op.dScale(), op.dShift())
            .floats(group.forward().keepScale(), op.epsilon());
    return columns(builder, pool.out(), slices);
  }

  /// The derivative by what is normalised.
  Command slope(Group.PooledNormalisationBackward group) {
    NormaliseBackward op = group.slope();
    MaxPool pool = group.forward().pool();
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.POOLED,
                pooledMacros(group.forward()),
                "pooled_backward",
                Kernels.named(op.name(), op.dX()))
            .ints(WindowedKernel.counts(pool.out().rows(), op.dX().columns(), pool.window()))
            .ints(op.dX().rows(), hasGaps(pool.window()) ? 1 : 0)
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.dScale(), op.dShift())
            .tensors(group.pool().dOut(), pool.out(), pool.taps(), op.dX())
            .floats(group.forward().keepScale(), op.epsilon());
    return elements(builder, pool.out());
  }

  /// Whether there are positions that are in no window.
  private static boolean hasGaps(Window window) {
    return window.stride() > Math.min(window.kernelHeight(), window.kernelWidth())
        || window.outHeight() * window.stride() < window.height() + window.top()
        || window.outWidth() * window.stride() < window.width() + window.left();
  }

  private Macros pooledMacros(Group.PooledNormalisation group) {
    return macros()
        .set("ACTIVATION", Kernels.number(group.activation()))
        .set("DROPOUT", group.dropout() != null);
  }

  private Command elements(CommandBuilder builder, Tensor x) {
    return kernels.matrix(builder, x.rows(), x.columns(), kernels.tuning().width());
  }

  private Macros macros() {
    return kernels.tuning().macros().set("VW", kernels.tuning().width());
  }

  /// How many work-items share the rows of a column.
  private int slices(Tensor x) {
    return (int) Math.min(Math.min(32, kernels.tuning().group()), Long.highestOneBit(x.rows()));
  }

  private CommandBuilder command(int slices, String kernel, String name, Tensor x) {
    return kernels
        .command(
            KernelSource.NORMALISATION,
            macros().set("SLICES", slices),
            kernel,
            Kernels.named(name, x))
        .ints(x.rows(), x.columns());
  }

  private Command columns(CommandBuilder builder, Tensor x, int slices) {
    int group = kernels.tuning().group();
    long columns = (long) (group / slices) * kernels.tuning().width();
    long groups = Math.ceilDiv(x.columns(), columns);
    return builder.build(Kernels.work(groups, group), new long[] {groups}, new long[] {group});
  }
}
