package dev.descent.cuda;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.Arrays;
import java.util.List;

/// Makes the command of an optimizer's update, and the arguments of kernels that compute a gradient
/// and update parameters with it.
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
    builder.struct();
    addUpdate(builder, op, place);
    builder.ints(0);
    builder.floats(constants(op));
    return builder.endStruct().build(kernels.flat(op.parameters().size()));
  }

  /// Adds the members of an `Update` of a kernel that computes the gradient itself. It stores it in
  /// the last of a step's repetitions only, since that is when it can be read.
  ///
  /// @param op whose gradients start with those that the kernel computes
  /// @param place the number of the command in its program, for reports
  void addFused(CommandBuilder builder, UpdateOperation op, int place) {
    addUpdate(builder, op, place);
    builder.lastOnly();
    builder.floats(constants(op));
  }

  /// The members of an `Update` that there is not.
  static void addNone(CommandBuilder builder) {
    for (int address = 0; address < 7; address++) {
      builder.address(0);
    }
    builder.ints(0, 0, 0, 0, 0).floats(0, 0, 0, 0, 0, 0);
  }

  /// Whether two updates have the same rule, numbers and rates, so that what is the same for all
  /// elements of a step need be found once.
  static boolean areAlike(UpdateOperation a, UpdateOperation b) {
    return a.rates().sameElements(b.rates())
        && a.state().sameElements(b.state())
        && number(a) == number(b)
        && Arrays.equals(constants(a), constants(b));
  }

  /// The members of `Update` in `update.cuh`, up to `keep`.
  private void addUpdate(CommandBuilder builder, UpdateOperation op, int place) {
    List<Tensor> moments = op.moments();
    builder
        .tensors(op.parameters(), op.gradients())
        .address(moments.isEmpty() ? 0 : kernels.memory().address(moments.getFirst()))
        .address(moments.size() < 2 ? 0 : kernels.memory().address(moments.getLast()))
        .tensors(op.rates(), op.state())
        .address(kernels.memory().status())
        .ints(op.parameters().size(), op.rates().size(), place, number(op));
  }

  /// The members after `keep`.
  private static float[] constants(UpdateOperation op) {
    return switch (op) {
      case SgdUpdate _ -> constants(0, 0, 0, 0);
      case MomentumUpdate o -> constants(o.momentum(), 0, 0, 0);
      case AdagradUpdate o -> constants(0, 0, o.epsilon(), 0);
      case RmsPropUpdate o -> constants(0, o.rho(), o.epsilon(), 0);
      case AdamUpdate o -> constants(o.beta1(), o.beta2(), o.epsilon(), o.weightDecay());
    };
  }

  private static float[] constants(float beta1, float beta2, float epsilon, float decay) {
    return new float[] {beta1, beta2, rest(beta1), rest(beta2), epsilon, decay};
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
