package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.Tensor;
import org.jspecify.annotations.Nullable;

/// Makes the command of a loss, of an accuracy, or of both in one.
final class MetricsCompiler {
  /// Classes that a warp keeps in registers: `FEW` of `losses.cu`.
  private static final int FEW_CLASSES = 128;

  private final Kernels kernels;

  MetricsCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// What the blocks of a loss leave behind: a sum and a count each, in float64.
  static long partialBytes(Tuning tuning) {
    return 2L * Double.BYTES * tuning.maxBlocks();
  }

  /// @param group a loss and an accuracy with the same targets, or one of them
  /// @param place the number of the command in its program, for reports
  Command compile(Group.Metrics group, int place) {
    Accuracy accuracy = group.accuracy();
    LossOperation loss = group.loss();
    Tensor prediction = group.prediction();
    Tensor targets = group.targets();
    Tensor correct = accuracy == null ? null : accuracy.correct();
    boolean classes = targets.type() == DType.I32;
    boolean few = prediction.columns() <= FEW_CLASSES;
    String kernel = classes ? (few ? "softmax_loss_few" : "softmax_loss_many") : "element_loss";
    CommandBuilder builder =
        kernels.command(KernelImages.LOSSES, kernel, Kernels.named(group.name(), prediction));
    DeviceMemory memory = kernels.memory();
    // The members of `Metrics` in losses.cu.
    builder
        .struct()
        .tensors(prediction)
        .address(classes ? memory.address(targets) : 0)
        .address(classes ? 0 : memory.address(targets))
        .address(addressOf(loss == null ? null : loss.weights()))
        .address(addressOf(loss == null ? null : loss.gradient()))
        .address(addressOf(loss == null ? null : loss.losses()))
        .address(addressOf(correct))
        .tensors(group.state())
        .address(memory.partials())
        .address(memory.tickets(false))
        .address(memory.status())
        .ints(prediction.rows(), prediction.columns())
        .ints(loss == null ? 0 : loss.losses().size(), correct == null ? 0 : correct.size())
        .ints(place, kind(loss))
        .endStruct();
    return builder.build(
        classes
            ? kernels.rows(prediction.rows(), !few)
            : kernels.blocks(Math.ceilDiv(prediction.size(), Kernels.THREADS)));
  }

  private long addressOf(@Nullable Tensor tensor) {
    return tensor == null ? 0 : kernels.memory().address(tensor);
  }

  private static int kind(@Nullable LossOperation loss) {
    return switch (loss) {
      case null -> 0;
      case SoftmaxCrossEntropy _ -> 0;
      case BinaryCrossEntropy _ -> 1;
      case MeanSquaredError _ -> 2;
    };
  }
}
