package dev.descent.cuda;

import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;

/// Makes commands of the parts of batch normalisation.
final class NormalisationCompiler {
  /// Warps of a block, which share the rows: the kernels are written for it.
  private static final int SLICES = 32;

  private final Kernels kernels;

  NormalisationCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  Command compile(BatchStatistics op) {
    return columns(
        command("batch_statistics", op.name(), op.x())
            .tensors(op.x(), op.mean(), op.variance(), op.runningMean(), op.runningVariance())
            .floats(op.momentum()),
        op.x());
  }

  Command compile(NormaliseBackwardWeights op) {
    return columns(
        command("normalise_backward_weights", op.name(), op.x())
            .tensors(op.x(), op.mean(), op.variance(), op.dOut(), op.dScale(), op.dShift())
            .floats(op.epsilon()),
        op.x());
  }

  Command compile(Normalise op) {
    CommandBuilder builder =
        kernels
            .command(KernelImages.NORMALISATION, "normalise", Kernels.named(op.name(), op.out()))
            .ints(op.out().size(), op.out().columns())
            .tensors(op.x(), op.mean(), op.variance(), op.scale(), op.shift(), op.out())
            .floats(op.epsilon());
    return builder.build(kernels.flat(op.out().size()));
  }

  Command compile(NormaliseBackward op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelImages.NORMALISATION, "normalise_backward", Kernels.named(op.name(), op.dX()))
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

  private CommandBuilder command(String kernel, String name, Tensor x) {
    return kernels
        .command(KernelImages.NORMALISATION, kernel, Kernels.named(name, x))
        .ints(x.rows(), x.columns());
  }

  /// A block takes as many columns as a warp has threads.
  private static Command columns(CommandBuilder builder, Tensor x) {
    int blocks = Math.toIntExact(Math.ceilDiv(x.columns(), Kernels.WARP));
    return builder.build(new Command.Grid(blocks, 1, 1, SLICES * Kernels.WARP, 0));
  }
}
