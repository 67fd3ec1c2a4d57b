package dev.descent.cuda;

import dev.descent.backend.Precision;
import dev.descent.internal.fusion.EpilogueFusion;
import dev.descent.internal.fusion.OptimizerFusion;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumColumns;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.UpdateOperation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns the operations of a program's steps into commands, fusing neighbours where nothing can see
/// the difference. Every command is appended to one list, whose indices are the places that kernels
/// report faults by.
final class StepCompiler {
  private final Kernels kernels;
  private final MatMulCompiler matMuls;
  private final MetricsCompiler metrics;
  private final UpdateCompiler updates;
  private final @Nullable Cublas cublas;
  private final List<Command> commands;
  private List<Operation> operations = List.of();

  /// @param cublas what products are given to, or null for kernels of ours
  /// @param commands Modified: each command is added.
  StepCompiler(
      Kernels kernels, Precision precision, @Nullable Cublas cublas, List<Command> commands) {
    this.kernels = kernels;
    this.cublas = cublas;
    this.updates = new UpdateCompiler(kernels);
    this.matMuls = new MatMulCompiler(kernels, precision, updates);
    this.metrics = new MetricsCompiler(kernels);
    this.commands = commands;
  }

  void compile(List<Operation> step) {
    operations =
        OptimizerFusion.apply(
            step, op -> canUpdate(op) && OptimizerFusion.isUnseen(op.outputs().getFirst(), step));
    int next = 0;
    while (next < operations.size()) {
      next += add(operations.subList(next, operations.size()));
    }
  }

  /// Whether there is a kernel that makes a gradient with this operation and updates parameters with it. With
  /// cuBLAS the gradients of weights are not made by such kernels, and the update stays in one piece.
  private boolean canUpdate(Operation operation) {
    return cublas == null
        && switch (operation) {
          case MatMul op -> matMuls.canUpdate(op);
          case SumRows _ -> true;
          default -> false;
        };
  }

  /// Adds the command of the first operation and of those that can be fused with it.
  ///
  /// @return how many operations were taken, at least 1
  private int add(List<Operation> next) {
    Operation first = next.getFirst();
    if (first instanceof MatMul op && cublas != null) {
      commands.add(CublasProduct.of(cublas, kernels.memory(), op));
      return 1;
    }
    if (next.size() > 1
        && canUpdate(first)
        && OptimizerFusion.canJoin(first, next.get(1), operations)) {
      return addWithUpdate(first, next);
    }
    if (first instanceof MatMul op) {
      return addMatMul(op, next);
    }
    if (first instanceof Accuracy op
        && next.size() > 1
        && next.get(1) instanceof LossOperation loss
        && MetricsCompiler.fits(op, loss)) {
      commands.add(metrics.loss(op, loss, commands.size()));
      return 2;
    }
    commands.add(single(first));
    return 1;
  }

  /// Adds the command that makes a gradient and updates parameters with it: it stores the gradient only
  /// where a run ends. It takes along the few elements up to where the next tensor starts, if they come next,
  /// since a kernel of their own would cost more.
  private int addWithUpdate(Operation maker, List<Operation> next) {
    UpdateOperation own = (UpdateOperation) next.get(1);
    Optional<UpdateOperation> withRest =
        next.size() > 2
                && next.get(2) instanceof UpdateOperation rest
                && rest.parameters().size() < Buffer.ALIGNMENT
            ? OptimizerFusion.joined(own, rest)
            : Optional.empty();
    UpdateOperation update = withRest.orElse(own);
    commands.add(
        maker instanceof MatMul op
            ? matMuls.compile(op, update, commands.size())
            : sumRows((SumRows) maker, update));
    return withRest.isPresent() ? 3 : 2;
  }

  private int addMatMul(MatMul matMul, List<Operation> next) {
    var epilogue = new EpilogueFusion(matMul);
    int taken = 1;
    while (taken < next.size() && epilogue.accept(next.get(taken))) {
      taken++;
    }
    commands.add(matMuls.compile(matMul, epilogue));
    return taken;
  }

  private Command single(Operation operation) {
    return switch (operation) {
      case GatherRows op -> gatherRows(op);
      case AddBias op -> addBias(op);
      case Activate op -> activate(op);
      case ActivateBackward op -> activateBackward(op);
      case Dropout op -> dropout(op);
      case Accuracy op -> metrics.accuracy(op, commands.size());
      case LossOperation op -> metrics.loss(null, op, commands.size());
      case SumRows op -> sumRows(op);
      case SumColumns op -> sumColumns(op);
      case UpdateOperation op -> updates.compile(op, commands.size());
      case Advance op -> advance(op);
      case MatMul _ -> throw new AssertionError("products are compiled with what follows them");
    };
  }

  private Command gatherRows(GatherRows op) {
    DType type = op.source().type();
    String kernel =
        switch (type) {
          case U8 -> "gather_bytes";
          case F32 -> "gather_floats";
          case I32 -> "gather_ints";
        };
    CommandBuilder builder =
        kernels
            .command(KernelImages.GATHER, kernel, Kernels.named(op.name(), op.source(), op.out()))
            .ints(op.out().rows(), op.out().columns(), op.source().rows())
            .tensors(op.source(), op.order(), op.state(), op.out());
    if (type != DType.I32) {
      builder.floats(op.scale());
    }
    builder.address(kernels.memory().status()).ints(commands.size());
    return builder.build(
        type == DType.I32
            ? kernels.blocks(Math.ceilDiv(op.out().size(), Kernels.THREADS))
            : kernels.matrix(op.out().rows(), op.out().columns(), 4));
  }

  private Command addBias(AddBias op) {
    return kernels
        .command(KernelImages.ELEMENTWISE, "add_bias", Kernels.named(op.name(), op.x()))
        .ints(op.x().rows(), op.x().columns())
        .tensors(op.x(), op.bias(), op.out())
        .build(kernels.matrix(op.x().rows(), op.x().columns(), 1));
  }

  private Command activate(Activate op) {
    String operation = Kernels.named("Activate(" + op.activation() + ")", op.x());
    if (op.activation() == Activation.SOFTMAX) {
      boolean isLong = Kernels.isLong(op.x().columns());
      return kernels
          .command(KernelImages.ROWS, "softmax" + lanes(isLong), operation)
          .ints(op.x().rows(), op.x().columns())
          .tensors(op.x(), op.out())
          .build(kernels.rows(op.x().rows(), isLong));
    }
    return kernels
        .command(KernelImages.ELEMENTWISE, "activate", operation)
        .ints(op.x().size())
        .tensors(op.x(), op.out())
        .ints(Kernels.number(op.activation()))
        .build(kernels.flat(op.x().size()));
  }

  private Command activateBackward(ActivateBackward op) {
    String operation = Kernels.named("ActivateBackward(" + op.activation() + ")", op.dX());
    if (op.activation() == Activation.SOFTMAX) {
      boolean isLong = Kernels.isLong(op.dX().columns());
      return kernels
          .command(KernelImages.ROWS, "softmax_backward" + lanes(isLong), operation)
          .ints(op.dX().rows(), op.dX().columns())
          .tensors(op.saved(), op.dOut(), op.dX())
          .build(kernels.rows(op.dX().rows(), isLong));
    }
    return kernels
        .command(KernelImages.ELEMENTWISE, "activate_backward", operation)
        .ints(op.dX().size())
        .tensors(op.saved(), op.dOut(), op.dX())
        .ints(Kernels.number(op.activation()))
        .build(kernels.flat(op.dX().size()));
  }

  private static String lanes(boolean isLong) {
    return isLong ? "_block" : "_warp";
  }

  private Command dropout(Dropout op) {
    return kernels
        .command(KernelImages.ELEMENTWISE, "dropout", Kernels.named(op.name(), op.x()))
        .ints(op.x().size())
        .tensors(op.x(), op.out(), op.state())
        .words((int) op.threshold())
        .floats(op.keepScale())
        .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32))
        .build(kernels.flat(op.x().size()));
  }

  private Command sumRows(SumRows op) {
    return kernels
        .command(KernelImages.COLUMNS, "sum_rows", Kernels.named(op.name(), op.x()))
        .ints(op.x().rows(), op.x().columns())
        .tensors(op.x(), op.out())
        .build(warpsOfColumns(op));
  }

  private Command sumRows(SumRows op, UpdateOperation update) {
    CommandBuilder builder =
        kernels
            .command(
                KernelImages.COLUMNS,
                "sum_rows_update",
                Kernels.named(op.name() + " + " + update.name(), op.x(), op.out()))
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x());
    updates.addMaking(builder, update, commands.size());
    return builder.build(warpsOfColumns(op));
  }

  private static Command.Grid warpsOfColumns(SumRows op) {
    return new Command.Grid(
        Math.toIntExact(Math.ceilDiv(op.x().columns(), Kernels.WARP)), 1, 1, Kernels.THREADS, 0);
  }

  private Command sumColumns(SumColumns op) {
    boolean isLong = Kernels.isLong(op.x().columns());
    return kernels
        .command(KernelImages.ROWS, "sum_columns" + lanes(isLong), Kernels.named(op.name(), op.x()))
        .ints(op.x().rows(), op.x().columns())
        .tensors(op.x(), op.out())
        .build(kernels.rows(op.x().rows(), isLong));
  }

  private Command advance(Advance op) {
    return kernels
        .command(KernelImages.UPDATES, "advance", Kernels.named(op.name(), op.state()))
        .tensors(op.state())
        .ints(op.rows(), op.training() ? 1 : 0)
        .build(new Command.Grid(1, 1, 1, 1, 0));
  }
}
