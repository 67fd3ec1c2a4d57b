package dev.descent.opencl;

import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the commands of a loss, of an accuracy, or of both in one.
final class MetricsCompiler {
  /// Elements up to which one group does it all: a second kernel would cost more than it saves.
  private static final long SINGLE_ELEMENTS = 1 << 14;

  private final Kernels kernels;

  MetricsCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// @param place the number of the first command in its program, for reports; the second has the
  ///     next
  List<Command> compile(Group.Metrics group, int place) {
    return new Pass(group).compile(place);
  }

  private final class Pass {
    private final @Nullable Accuracy accuracy;
    private final @Nullable LossOperation loss;
    private final Tensor prediction;
    private final Tensor state;
    private final String operation;
    private final int lanes;
    private final long groups;

    Pass(Group.Metrics group) {
      accuracy = group.accuracy();
      loss = group.loss();
      prediction = group.prediction();
      state = group.state();
      operation = Kernels.named(group.name(), prediction);
      Tuning tuning = kernels.tuning();
      lanes = tuning.lanes(prediction.columns());
      groups =
          prediction.size() <= SINGLE_ELEMENTS
              ? 1
              : Math.min(
                  Math.ceilDiv(prediction.rows(), tuning.group() / lanes), kernels.maxPartials());
    }

    List<Command> compile(int place) {
      int group = kernels.tuning().group();
      CommandBuilder builder =
          kernels
              .command(KernelSource.LOSSES, macros(), "metrics", operation)
              .ints(prediction.rows(), prediction.columns())
              .tensors(prediction, state)
              .handle(kernels.partials())
              .handle(kernels.status())
              .ints(place);
      addLosses(builder);
      if (loss != null) {
        builder.optional(loss.gradient());
      }
      addCorrect(builder);
      addTargets(builder, DType.I32);
      addTargets(builder, DType.F32);
      if (loss != null) {
        builder.optional(loss.weights());
      }
      String detail = Kernels.work(groups, group);
      Command rows = builder.build(detail, new long[] {groups}, new long[] {group});
      if (groups == 1) {
        return List.of(rows);
      }
      CommandBuilder total =
          kernels
              .command(KernelSource.LOSSES, macros(), "metrics_total", operation)
              .ints(groups, prediction.columns())
              .handle(kernels.partials())
              .tensors(state)
              .handle(kernels.status())
              .ints(place);
      addLosses(total);
      addCorrect(total);
      return List.of(rows, total.build("totals", new long[] {1}, new long[] {1}));
    }

    private Macros macros() {
      return kernels
          .tuning()
          .rowMacros(lanes)
          .set("SINGLE", groups == 1)
          .set("LOSS", lossNumber())
          .set("COUNT", accuracy == null ? 0 : accuracy.targets().type() == DType.I32 ? 1 : 2);
    }

    private int lossNumber() {
      return switch (loss) {
        case null -> 0;
        case SoftmaxCrossEntropy _ -> 1;
        case BinaryCrossEntropy _ -> 2;
        case MeanSquaredError _ -> 3;
      };
    }

    private void addLosses(CommandBuilder builder) {
      if (loss != null) {
        builder.tensors(loss.losses()).ints(loss.losses().size());
      }
    }

    private void addCorrect(CommandBuilder builder) {
      if (accuracy != null) {
        builder.tensors(accuracy.correct()).ints(accuracy.correct().size());
      }
    }

    /// The answers of that type: at most one tensor, since a pass for both has the same answers.
    private void addTargets(CommandBuilder builder, DType type) {
      if (accuracy != null && accuracy.targets().type() == type) {
        builder.tensors(accuracy.targets());
      } else if (loss != null && loss.targets().type() == type) {
        builder.tensors(loss.targets());
      }
    }
  }
}
