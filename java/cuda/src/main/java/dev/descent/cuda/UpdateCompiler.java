package dev.descent.cuda;

import dev.descent.program.Operation.AdagradUpdate;
import dev.descent.program.Operation.AdamUpdate;
import dev.descent.program.Operation.MomentumUpdate;
import dev.descent.program.Operation.RmsPropUpdate;
import dev.descent.program.Operation.SgdUpdate;
import dev.descent.program.Operation.Update;
import dev.descent.program.Tensor;

/// Makes the command of an optimizer's update.
final class UpdateCompiler {
  private final Kernels kernels;

  UpdateCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// @param place the number of the command in its program, for reports
  Command compile(Update op, int place) {
    CommandBuilder builder =
        kernels.command(
            KernelImages.UPDATES, kernel(op), Kernels.named(op.name(), op.parameters()));
    // The members of `Update` in updates.cu.
    builder
        .struct()
        .tensors(op.parameters(), op.gradients(), op.rates(), op.state())
        .address(kernels.memory().status())
        .ints(op.parameters().size(), op.rates().size(), place)
        .endStruct()
        .tensors(op.moments().toArray(Tensor[]::new));
    addConstants(builder, op);
    return builder.build(kernels.flat(op.parameters().size()));
  }

  private static String kernel(Update op) {
    return switch (op) {
      case SgdUpdate _ -> "sgd";
      case MomentumUpdate o -> o.nesterov() ? "nesterov" : "momentum";
      case AdagradUpdate _ -> "adagrad";
      case RmsPropUpdate _ -> "rms_prop";
      case AdamUpdate _ -> "adam";
    };
  }

  private static void addConstants(CommandBuilder builder, Update op) {
    switch (op) {
      case SgdUpdate _ -> {
        // It has none.
      }
      case MomentumUpdate o -> builder.floats(o.momentum());
      case AdagradUpdate o -> builder.floats(o.epsilon());
      case RmsPropUpdate o -> builder.floats(o.rho(), rest(o.rho()), o.epsilon());
      case AdamUpdate o ->
          builder.floats(
              o.beta1(), o.beta2(), rest(o.beta1()), rest(o.beta2()), o.epsilon(), o.weightDecay());
    }
  }

  /// 1 - x, rounded once.
  private static float rest(float x) {
    return (float) (1 - (double) x);
  }
}
