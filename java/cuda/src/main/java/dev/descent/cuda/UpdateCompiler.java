package dev.descent.cuda;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.List;

/// Makes the command of an optimizer's update, and the arguments of kernels that compute a gradient and update
/// parameters with it.
final class UpdateCompiler {
  private final Kernels kernels;

  UpdateCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// @param place the number of the command in its program, for reports
  Command compile(UpdateOperation op, int place) {
    CommandBuilder builder =
        kernels.command(
            KernelImages.UPDATES, kernel(op), Kernels.named(op.name(), op.parameters()));
    addUpdate(builder, op, place);
    builder.ints(0);
    addConstants(builder, op);
    return builder.endStruct().build(kernels.flat(op.parameters().size()));
  }

  /// Adds the arguments of a kernel that computes the gradient itself. It stores it in the last of a step's
  /// repetitions only, since that is when it can be read.
  ///
  /// @param op whose gradients start with those that the kernel computes
  /// @param place the number of the command in its program, for reports
  void addFused(CommandBuilder builder, UpdateOperation op, int place) {
    addUpdate(builder, op, place);
    builder.lastOnly();
    addConstants(builder, op);
    builder.endStruct();
  }

  /// The members of `UpdateOperation` in `update.cuh`, up to `keep`.
  private void addUpdate(CommandBuilder builder, UpdateOperation op, int place) {
    List<Tensor> moments = op.moments();
    builder
        .struct()
        .tensors(op.parameters(), op.gradients())
        .address(moments.isEmpty() ? 0 : kernels.memory().address(moments.getFirst()))
        .address(moments.size() < 2 ? 0 : kernels.memory().address(moments.getLast()))
        .tensors(op.rates(), op.state())
        .address(kernels.memory().status())
        .ints(op.parameters().size(), op.rates().size(), place, number(op));
  }

  /// The members after `keep`.
  private static void addConstants(CommandBuilder builder, UpdateOperation op) {
    switch (op) {
      case SgdUpdate _ -> addConstants(builder, 0, 0, 0, 0);
      case MomentumUpdate o -> addConstants(builder, o.momentum(), 0, 0, 0);
      case AdagradUpdate o -> addConstants(builder, 0, 0, o.epsilon(), 0);
      case RmsPropUpdate o -> addConstants(builder, 0, o.rho(), o.epsilon(), 0);
      case AdamUpdate o ->
          addConstants(builder, o.beta1(), o.beta2(), o.epsilon(), o.weightDecay());
    }
  }

  private static void addConstants(
      CommandBuilder builder, float beta1, float beta2, float epsilon, float decay) {
    builder.floats(beta1, beta2, rest(beta1), rest(beta2), epsilon, decay);
  }

  /// 1 - x, rounded once.
  private static float rest(float x) {
    return (float) (1 - (double) x);
  }

  /// Which kernel updates a whole buffer.
  private static String kernel(UpdateOperation op) {
    return switch (op) {
      case SgdUpdate _ -> "sgd";
      case MomentumUpdate o -> o.nesterov() ? "nesterov" : "momentum";
      case AdagradUpdate _ -> "adagrad";
      case RmsPropUpdate _ -> "rms_prop";
      case AdamUpdate _ -> "adam";
    };
  }

  /// The number that `update.cuh` gives an optimizer.
  private static int number(UpdateOperation op) {
    return switch (op) {
      case SgdUpdate _ -> 0;
      case MomentumUpdate o -> o.nesterov() ? 2 : 1;
      case AdagradUpdate _ -> 3;
      case RmsPropUpdate _ -> 4;
      case AdamUpdate _ -> 5;
    };
  }
}
