package dev.descent.opencl;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;

/// Makes the command of an optimizer's update.
final class UpdateCompiler {
  private final Kernels kernels;
  private final PowerTables powers;

  UpdateCompiler(Kernels kernels, PowerTables powers) {
    this.kernels = kernels;
    this.powers = powers;
  }

  Command compile(UpdateOperation op, int place) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.UPDATES,
                kernels.tuning().macros(),
                kernel(op),
                Kernels.named(op.name(), op.parameters()))
            .ints(op.parameters().size())
            .tensors(op.parameters(), op.gradients(), op.rates())
            .ints(op.rates().size())
            .tensors(op.state())
            .handle(kernels.status())
            .ints(place)
            .tensors(op.moments().toArray(Tensor[]::new))
            .updates(op.parameters())
            .updates(op.moments().toArray(Tensor[]::new));
    addConstants(builder, op);
    return kernels.flat(builder, op.parameters().size(), kernels.tuning().vectorWidth());
  }

  private static String kernel(UpdateOperation op) {
    return switch (op) {
      case SgdUpdate _ -> "sgd";
      case MomentumUpdate o -> o.nesterov() ? "nesterov" : "momentum";
      case AdagradUpdate _ -> "adagrad";
      case RmsPropUpdate _ -> "rms_prop";
      case AdamUpdate _ -> "adam";
    };
  }

  private void addConstants(CommandBuilder builder, UpdateOperation op) {
    switch (op) {
      case SgdUpdate _ -> {
        // It has none.
      }
      case MomentumUpdate o -> builder.floats(o.momentum());
      case AdagradUpdate o -> builder.floats(o.epsilon());
      case RmsPropUpdate o -> builder.floats(o.rho(), (float) (1 - (double) o.rho()), o.epsilon());
      case AdamUpdate o ->
          builder
              .handle(powers.of(o.beta1()))
              .handle(powers.of(o.beta2()))
              .floats(
                  o.beta1(),
                  o.beta2(),
                  (float) (1 - (double) o.beta1()),
                  (float) (1 - (double) o.beta2()),
                  o.epsilon(),
                  o.weightDecay());
    }
  }
}
