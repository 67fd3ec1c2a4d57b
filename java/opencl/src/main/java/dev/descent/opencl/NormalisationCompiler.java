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
