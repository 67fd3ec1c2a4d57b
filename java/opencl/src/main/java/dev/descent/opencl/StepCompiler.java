package dev.descent.opencl;

import dev.descent.internal.lowering.CompilerTable;
import dev.descent.internal.lowering.Fusions;
import dev.descent.internal.lowering.Group;
import dev.descent.internal.lowering.Lowering;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.List;

/// Turns the operations of a program's steps into commands. Every command is appended to one list,
/// whose indices are the places that kernels report faults by.
final class StepCompiler {
  private static final CompilerTable<StepCompiler> TABLE =
      new CompilerTable<StepCompiler>()
          .add(GatherRows.class, (c, op) -> c.commands.add(c.gatherRows(op)))
          .add(Augment.class, (c, op) -> c.commands.add(c.augment(op)))
          .add(Advance.class, (c, op) -> c.commands.add(c.advance(op)))
          .add(AddBias.class, (c, op) -> c.commands.add(c.addBias(op)))
          .add(Activate.class, (c, op) -> c.commands.add(c.activate(op)))
          .add(ActivateBackward.class, (c, op) -> c.commands.add(c.activateBackward(op)))
          .add(Dropout.class, (c, op) -> c.commands.add(c.dropout(op)))
          .add(
              MatMul.class,
              Group.Product.class,
              (c, product) -> c.commands.addAll(c.matMuls.compile(product)))
          .add(
              SumRows.class,
              Group.ColumnSum.class,
              (c, sum) -> c.commands.add(c.sumRows(sum.sumRows())))
          .add(Accuracy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(SoftmaxCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(BinaryCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(MeanSquaredError.class, Group.Metrics.class, StepCompiler::metrics)
          .add(Unfold.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(Fold.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(MaxPool.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(MaxPoolBackward.class, Group.class, StepCompiler::poolBackward)
          .add(AveragePool.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(AveragePoolBackward.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(BatchStatistics.class, (c, op) -> c.commands.add(c.normalisation.compile(op)))
          .add(Normalise.class, Group.class, StepCompiler::normalise)
          .add(
              NormaliseBackwardWeights.class,
              (c, op) -> c.commands.add(c.normalisation.compile(op)))
          .add(NormaliseBackward.class, (c, op) -> c.commands.add(c.normalisation.compile(op)))
          .add(SgdUpdate.class, StepCompiler::update)
          .add(MomentumUpdate.class, StepCompiler::update)
          .add(AdagradUpdate.class, StepCompiler::update)
          .add(RmsPropUpdate.class, StepCompiler::update)
          .add(AdamUpdate.class, StepCompiler::update);

  /// No update goes along with its gradient.
  private static final Fusions FUSIONS =
      new Fusions() {
        @Override
        public boolean pooling(MaxPool pool) {
          return true;
        }
      };

  private final Kernels kernels;
  private final MatMulCompiler matMuls;
  private final MetricsCompiler metrics;
  private final UpdateCompiler updates;
  private final ImagesCompiler images;
  private final NormalisationCompiler normalisation;
  private final List<Command> commands;

  /// @param commands Modified: each command is added as soon as it is made, so that whoever owns
  ///     the list can close them if a later one fails.
  public StepCompiler(Kernels kernels, PowerTables powers, List<Command> commands) {
    this.kernels = kernels;
    this.matMuls = new MatMulCompiler(kernels);
    this.metrics = new MetricsCompiler(kernels);
    this.updates = new UpdateCompiler(kernels, powers);
    this.images = new ImagesCompiler(kernels);
    this.normalisation = new NormalisationCompiler(kernels);
    this.commands = commands;
  }

  /// Whether there are kernels for operations of a type.
  static boolean supports(Class<? extends Operation> type) {
    return TABLE.supports(type);
  }

  /// Adds the commands of a step, whose operations are all supported.
  public void compile(List<Operation> step) {
    Lowering.lower(step, FUSIONS).forEach(group -> TABLE.compile(this, group));
  }

  private void metrics(Group.Metrics group) {
    commands.addAll(metrics.compile(group, commands.size()));
  }

  private void normalise(Group group) {
    switch (group) {
      case Group.PooledNormalisation pooled -> {
        commands.add(normalisation.compile(pooled));
        commands.add(normalisation.compile(pooled.normalise()).inLast());
        if (pooled.activate() != null) {
          commands.add(activate(pooled.activate()).inLast());
        }
        if (pooled.dropout() != null) {
          commands.add(dropout(pooled.dropout()).inLast());
        }
      }
      case Group.Single(Normalise op) -> commands.add(normalisation.compile(op));
      default -> throw new AssertionError(group);
    }
  }

  private void poolBackward(Group group) {
    switch (group) {
      case Group.PooledNormalisationBackward pooled -> {
        commands.add(normalisation.sums(pooled));
        commands.add(normalisation.slope(pooled));
      }
      case Group.Single(MaxPoolBackward op) -> commands.add(images.compile(op));
      default -> throw new AssertionError(group);
    }
  }

  private void update(UpdateOperation op) {
    commands.add(updates.compile(op, commands.size()));
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

  private Command augment(Augment op) {
    Augmentation ranges = op.augmentation();
    int lanes = kernels.tuning().lanes((long) op.height() * op.width());
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.AUGMENT,
                kernels.tuning().rowMacros(lanes),
                "augment",
                Kernels.named("Augment(%s)".formatted(ranges), op.x()))
            .ints(op.x().rows(), op.height(), op.width(), op.channels())
            .tensors(op.x(), op.state(), op.out())
            .floats((float) Math.toRadians(ranges.rotation()), ranges.shift(), ranges.zoom())
            .floats(ranges.crop())
            .ints(ranges.flip() ? 1 : 0)
            .floats(ranges.brightness(), ranges.contrast(), op.low(), op.high())
            .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32));
    return kernels.rows(builder, op.x().rows(), lanes);
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
              .command(KernelSource.ROWS, kernels.tuning().rowMacros(lanes), "softmax", operation)
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
                  KernelSource.ROWS,
                  kernels.tuning().rowMacros(lanes),
                  "softmax_backward",
                  operation)
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
    int blocks = kernels.tuning().width();
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.ELEMENTWISE,
                macros().set("VW", blocks),
                "dropout",
                Kernels.named(op.name(), op.x()))
            .ints(op.x().size())
            .tensors(op.x(), op.out())
            .dropout(op);
    return kernels.flat(builder, op.x().size(), 4 * blocks);
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
