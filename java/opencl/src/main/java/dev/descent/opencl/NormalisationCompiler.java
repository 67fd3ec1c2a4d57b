package dev.descent.opencl;

import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;

/// Makes commands of the parts of batch normalisation.
final class NormalisationCompiler {
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
                kernels.tuning().macros(),
                "normalise",
                Kernels.named(op.name(), op.out()))
            .ints(op.out().size(), op.out().columns())
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift(), op.out())
            .floats(op.epsilon());
    return kernels.flat(builder, op.out().size(), 1);
  }

  Command compile(NormaliseBackward op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.NORMALISATION,
                kernels.tuning().macros(),
                "normalise_backward",
                Kernels.named(op.name(), op.dX()))
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
    return kernels.flat(builder, op.dX().size(), 1);
  }

  /// How many work-items share the rows of a column.
  private int slices(Tensor x) {
    return (int) Math.min(Math.min(32, kernels.tuning().group()), Long.highestOneBit(x.rows()));
  }

  private CommandBuilder command(int slices, String kernel, String name, Tensor x) {
    return kernels
        .command(
            KernelSource.NORMALISATION,
            kernels.tuning().macros().set("SLICES", slices),
            kernel,
            Kernels.named(name, x))
        .ints(x.rows(), x.columns());
  }

  private Command columns(CommandBuilder builder, Tensor x, int slices) {
    int group = kernels.tuning().group();
    long groups = Math.ceilDiv(x.columns(), (long) (group / slices));
    return builder.build(Kernels.work(groups, group), new long[] {groups}, new long[] {group});
  }
}
