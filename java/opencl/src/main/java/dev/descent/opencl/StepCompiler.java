package dev.descent.opencl;

import dev.descent.internal.fusion.EpilogueFusion;
import dev.descent.program.Activation;
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

/// Turns the operations of a program's steps into commands, fusing neighbours where nothing can see
/// the difference. Every command is appended to one list, whose indices are the places that kernels
/// report faults by.
final class StepCompiler {
  private final Kernels kernels;
  private final MatMulCompiler matMuls;
  private final MetricsCompiler metrics;
  private final UpdateCompiler updates;
  private final List<Command> commands;

  /// @param commands Modified: each command is added as soon as it is made, so that whoever owns the
  ///     list can close them if a later one fails.
  StepCompiler(Kernels kernels, PowerTables powers, List<Command> commands) {
    this.kernels = kernels;
    this.matMuls = new MatMulCompiler(kernels);
    this.metrics = new MetricsCompiler(kernels);
    this.updates = new UpdateCompiler(kernels, powers);
    this.commands = commands;
  }

  void compile(List<Operation> operations) {
    int next = 0;
    while (next < operations.size()) {
      next += add(operations.subList(next, operations.size()));
    }
  }

  /// Adds the commands of the first operation and of those that can be fused with it.
  ///
  /// @return how many operations were taken, at least 1
  private int add(List<Operation> operations) {
    Operation first = operations.getFirst();
    return switch (first) {
      case MatMul op -> addMatMul(op, operations);
      case Accuracy op -> {
        LossOperation loss =
            operations.size() > 1
                    && operations.get(1) instanceof LossOperation next
                    && MetricsCompiler.fits(op, next)
                ? next
                : null;
        commands.addAll(metrics.compile(op, loss, commands.size()));
        yield loss == null ? 1 : 2;
      }
      case LossOperation op -> {
        commands.addAll(metrics.compile(null, op, commands.size()));
        yield 1;
      }
      default -> {
        commands.add(single(first));
        yield 1;
      }
    };
  }

  private int addMatMul(MatMul matMul, List<Operation> operations) {
    var epilogue = new EpilogueFusion(matMul);
    int taken = 1;
    while (taken < operations.size() && epilogue.accept(operations.get(taken))) {
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
      case SumRows op -> sumRows(op);
      case SumColumns op -> sumColumns(op);
      case UpdateOperation op -> updates.compile(op, commands.size());
      case Advance op -> advance(op);
      case MatMul _, Accuracy _, LossOperation _ ->
          throw new AssertionError(operation.name() + " is compiled elsewhere");
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
            .command(
                KernelSource.GATHER,
                macros(),
                kernel,
                Kernels.named(op.name(), op.source(), op.out()))
            .ints(op.out().rows(), op.out().columns(), op.source().rows())
            .tensors(op.source(), op.order(), op.state(), op.out());
    if (type != DType.I32) {
      builder.floats(op.scale());
    }
    builder
        .handle(kernels.status())
        .ints(commands.size())
        .moves(op.out().size() * type.bytes() + op.out().bytes() + op.out().rows() * Integer.BYTES);
    return kernels.matrix(
        builder, op.out().rows(), op.out().columns(), type == DType.I32 ? 1 : vectorWidth());
  }

  private Command addBias(AddBias op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.ELEMENTWISE, macros(), "add_bias", Kernels.named(op.name(), op.x()))
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x(), op.bias(), op.out());
    return kernels.matrix(builder, op.x().rows(), op.x().columns(), vectorWidth());
  }

  private Command activate(Activate op) {
    String operation = Kernels.named("Activate(" + op.activation() + ")", op.x());
    if (op.activation() == Activation.SOFTMAX) {
      int lanes = kernels.tuning().lanes(op.x().columns());
      CommandBuilder builder =
          kernels
              .command(KernelSource.ROWS, macros().set("LANES", lanes), "softmax", operation)
              .ints(op.x().rows(), op.x().columns())
              .tensors(op.x(), op.out());
      return kernels.rows(builder, op.x().rows(), lanes);
    }
    Macros macros = macros().set("ACTIVATION", Kernels.number(op.activation()));
    CommandBuilder builder =
        kernels
            .command(KernelSource.ELEMENTWISE, macros, "activate", operation)
            .ints(op.x().size())
            .tensors(op.x(), op.out());
    return kernels.flat(builder, op.x().size(), vectorWidth());
  }

  private Command activateBackward(ActivateBackward op) {
    String operation = Kernels.named("ActivateBackward(" + op.activation() + ")", op.dX());
    if (op.activation() == Activation.SOFTMAX) {
      int lanes = kernels.tuning().lanes(op.dX().columns());
      CommandBuilder builder =
          kernels
              .command(
                  KernelSource.ROWS, macros().set("LANES", lanes), "softmax_backward", operation)
              .ints(op.dX().rows(), op.dX().columns())
              .tensors(op.saved(), op.dOut(), op.dX());
      return kernels.rows(builder, op.dX().rows(), lanes);
    }
    Macros macros = macros().set("ACTIVATION", Kernels.number(op.activation()));
    CommandBuilder builder =
        kernels
            .command(KernelSource.ELEMENTWISE, macros, "activate_backward", operation)
            .ints(op.dX().size())
            .tensors(op.saved(), op.dOut(), op.dX());
    return kernels.flat(builder, op.dX().size(), vectorWidth());
  }

  private Command dropout(Dropout op) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.ELEMENTWISE, macros(), "dropout", Kernels.named(op.name(), op.x()))
            .ints(op.x().size())
            .tensors(op.x(), op.out(), op.state())
            .words((int) op.threshold())
            .floats(op.keepScale())
            .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32));
    return kernels.flat(builder, op.x().size(), 4);
  }

  private Command sumRows(SumRows op) {
    Tuning tuning = kernels.tuning();
    int slices = (int) Math.min(Math.min(8, tuning.group()), Long.highestOneBit(op.x().rows()));
    long columns = (long) (tuning.group() / slices) * tuning.vectorWidth();
    long groups = Math.ceilDiv(op.x().columns(), columns);
    return kernels
        .command(
            KernelSource.COLUMNS,
            macros().set("SLICES", slices),
            "sum_rows",
            Kernels.named(op.name(), op.x()))
        .ints(op.x().rows(), op.x().columns())
        .tensors(op.x(), op.out())
        .build(
            Kernels.work(groups, tuning.group()), new long[] {groups}, new long[] {tuning.group()});
  }

  private Command sumColumns(SumColumns op) {
    int lanes = kernels.tuning().lanes(op.x().columns());
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.ROWS,
                macros().set("LANES", lanes),
                "sum_columns",
                Kernels.named(op.name(), op.x()))
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x(), op.out());
    return kernels.rows(builder, op.x().rows(), lanes);
  }

  private Command advance(Advance op) {
    return kernels
        .command(KernelSource.UPDATES, macros(), "advance", Kernels.named(op.name(), op.state()))
        .tensors(op.state())
        .ints(op.rows(), op.training() ? 1 : 0)
        .build("1 work-item", new long[] {1}, new long[] {1});
  }

  private Macros macros() {
    return kernels.tuning().macros();
  }

  private int vectorWidth() {
    return kernels.tuning().vectorWidth();
  }
}
