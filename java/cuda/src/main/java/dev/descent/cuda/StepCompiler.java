package dev.descent.cuda;

import dev.descent.internal.lowering.CompilerTable;
import dev.descent.internal.lowering.FusedUpdate;
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
import dev.descent.program.LossOperation;
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
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
          .add(
              ActivateBackward.class,
              Group.class,
              (c, group) -> c.commands.add(c.activateBackward(group)))
          .add(Dropout.class, (c, op) -> c.commands.add(c.dropout(op)))
          .add(MatMul.class, Group.Product.class, (c, product) -> c.commands.add(c.matMul(product)))
          .add(SumRows.class, Group.ColumnSum.class, (c, sum) -> c.commands.add(c.sumRows(sum)))
          .add(Accuracy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(SoftmaxCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(BinaryCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(MeanSquaredError.class, Group.Metrics.class, StepCompiler::metrics)
          .add(
              Conv2d.class,
              Group.Convolution.class,
              (c, group) -> c.commands.add(c.convolutions.compile(group, c.aside)))
          .add(
              Conv2dBackwardInput.class,
              (c, op) -> c.commands.add(c.convolutions.compile(op, c.aside)))
          .add(
              Conv2dBackwardWeights.class,
              (c, op) -> c.commands.add(c.convolutions.compile(op, c.aside)))
          .add(Unfold.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(Fold.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(MaxPool.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(MaxPoolBackward.class, Group.class, StepCompiler::poolBackward)
          .add(AveragePool.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(AveragePoolBackward.class, (c, op) -> c.commands.add(c.images.compile(op)))
          .add(
              BatchStatistics.class,
              (c, op) -> c.commands.add(c.normalisation.compile(op, c.aside)))
          .add(Normalise.class, Group.class, StepCompiler::normalise)
          .add(
              NormaliseBackwardWeights.class,
              (c, op) -> c.commands.add(c.normalisation.compile(op, c.aside)))
          .add(NormaliseBackward.class, (c, op) -> c.commands.add(c.normalisation.compile(op)))
          .add(SgdUpdate.class, StepCompiler::update)
          .add(MomentumUpdate.class, StepCompiler::update)
          .add(AdagradUpdate.class, StepCompiler::update)
          .add(RmsPropUpdate.class, StepCompiler::update)
          .add(AdamUpdate.class, StepCompiler::update);

  private static final Set<Class<? extends Operation>> CONVOLUTIONS =
      Set.of(Conv2d.class, Conv2dBackwardInput.class, Conv2dBackwardWeights.class);

  private final Kernels kernels;
  private final MatMulCompiler matMuls;
  private final MetricsCompiler metrics;
  private final UpdateCompiler updates;
  private final ConvolutionCompiler convolutions;
  private final ImagesCompiler images;
  private final NormalisationCompiler normalisation;
  private final @Nullable Cublas cublas;
  private final List<Command> commands;

  /// Whether what is compiled next runs on the second stream.
  private boolean aside;

  /// @param cublas what products are given to, or null for kernels of ours
  /// @param commands Modified: each command is added.
  public StepCompiler(Kernels kernels, @Nullable Cublas cublas, List<Command> commands) {
    this.kernels = kernels;
    this.cublas = cublas;
    this.updates = new UpdateCompiler(kernels);
    this.matMuls = new MatMulCompiler(kernels, updates);
    this.metrics = new MetricsCompiler(kernels);
    this.convolutions = new ConvolutionCompiler(kernels, matMuls);
    this.images = new ImagesCompiler(kernels);
    this.normalisation = new NormalisationCompiler(kernels);
    this.commands = commands;
  }

  /// Whether there are kernels for operations of a type. A library for products is there for those
  /// of convolutions too, which are expanded into them.
  ///
  /// @param hasLibrary whether a library computes products
  static boolean supports(Class<? extends Operation> type, boolean hasLibrary) {
    return TABLE.supports(type) && !(hasLibrary && CONVOLUTIONS.contains(type));
  }

  /// How steps of kernels of ours are done in one launch, or why they are not.
  static PersistentPlan.Found persistent(List<Operation> step, Tuning tuning, Device device) {
    return tuning.persistent()
        ? PersistentPlan.find(
            Joining.join(Lowering.lower(step, new KernelFusions(tuning)), tuning),
            tuning,
            device.maxSharedBytes())
        : PersistentPlan.Found.NONE;
  }

  /// Adds the commands of a step, whose operations are all supported.
  ///
  /// @return which of them run beside others
  public Schedule compile(List<Operation> step) {
    PersistentPlan.Found persistent =
        cublas == null
            ? persistent(step, kernels.tuning(), kernels.memory().device())
            : PersistentPlan.Found.NONE;
    if (persistent.plan() != null) {
      commands.add(PersistentSteps.of(kernels, updates, persistent.plan(), commands.size()));
      return Schedule.ALONE;
    }
    List<Group> groups =
        Lowering.lower(
            step, cublas == null ? new KernelFusions(kernels.tuning()) : new CublasFusions());
    List<Part> parts =
        cublas == null
            ? Joining.join(groups, kernels.tuning())
            : groups.stream().<Part>map(group -> new Part.Single(group, "")).toList();
    Schedule schedule =
        Schedule.of(parts.stream().map(this::task).toList()).noting(persistent.obstacle());
    List<Integer> counts = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      aside = schedule.aside().get(i);
      int place = commands.size();
      switch (parts.get(i)) {
        case Part.Single single -> TABLE.compile(this, single.group());
        case Part.GatheredProduct product -> commands.add(matMuls.compile(product, place, aside));
        case Part.Gradients gradients -> commands.add(matMuls.compile(gradients, place, aside));
        case Part.Loss loss -> commands.add(metrics.compile(loss, place));
      }
      counts.add(commands.size() - place);
    }
    return schedule.ofCommands(counts);
  }

  /// A loss shares its memory for partial sums with others, and cuBLAS knows one stream.
  private Schedule.Task task(Part part) {
    boolean isLoss =
        part instanceof Part.Loss
            || (part instanceof Part.Single single && single.group() instanceof Group.Metrics);
    return new Schedule.Task(part, cublas == null && !isLoss);
  }

  /// What has nothing to do with products. A loss and an accuracy are one kernel only if they have
  /// the same targets.
  private static class CublasFusions implements Fusions {
    @Override
    public boolean epilogues() {
      return false;
    }

    @Override
    public boolean metrics(Accuracy accuracy, LossOperation loss) {
      return accuracy.targets().sameElements(loss.targets());
    }

    @Override
    public boolean normalisation() {
      return true;
    }

    @Override
    public boolean pooling(MaxPool pool) {
      return true;
    }
  }

  /// Kernels that compute a gradient store it where a run ends, not for other operations of the
  /// step. They update the padding too, since a kernel of its own would cost more.
  private static final class KernelFusions extends CublasFusions {
    private final Tuning tuning;

    KernelFusions(Tuning tuning) {
      this.tuning = tuning;
    }

    @Override
    public boolean epilogues() {
      return true;
    }

    @Override
    public boolean updates(Operation producer, boolean singleConsumer) {
      return singleConsumer
          && (producer instanceof MatMul op
              ? MatMulCompiler.canUpdate(op) && !tuning.isByWgmma(op)
              : producer instanceof SumRows);
    }

    @Override
    public boolean updatesPadding() {
      return true;
    }
  }

  private Command matMul(Group.Product product) {
    return cublas == null
        ? matMuls.compile(product, aside)
        : CublasProduct.of(cublas, kernels.memory(), product.matMul());
  }

  private void metrics(Group.Metrics group) {
    commands.add(
        metrics.compile(new Part.Loss(null, null, group, null, null, ""), commands.size()));
  }

  private void normalise(Group group) {
    switch (group) {
      case Group.PooledNormalisation pooled -> {
        commands.add(normalisation.compile(pooled));
        var activated = new Group.Normalisation(pooled.normalise(), pooled.activate());
        commands.add(normalisation.compile(activated).inLast());
        if (pooled.dropout() != null) {
          commands.add(dropout(pooled.dropout()).inLast());
        }
      }
      case Group.Normalisation single -> commands.add(normalisation.compile(single));
      default -> throw new AssertionError(group);
    }
  }

  private void poolBackward(Group group) {
    switch (group) {
      case Group.PooledNormalisationBackward pooled -> {
        commands.add(normalisation.sums(pooled, aside));
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

  private Command augment(Augment op) {
    Augmentation ranges = op.augmentation();
    return kernels
        .command(
            KernelImages.AUGMENT, "augment", Kernels.named("Augment(%s)".formatted(ranges), op.x()))
        .ints(op.x().rows(), op.height(), op.width(), op.channels())
        .tensors(op.x(), op.state(), op.out())
        .floats((float) Math.toRadians(ranges.rotation()), ranges.shift(), ranges.zoom())
        .floats(ranges.crop())
        .ints(ranges.flip() ? 1 : 0)
        .floats(ranges.brightness(), ranges.contrast(), op.low(), op.high())
        .words(op.stream(), (int) op.seed(), (int) (op.seed() >>> 32))
        .build(kernels.blocks(op.x().rows()));
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

  private Command activateBackward(Group group) {
    return switch (group) {
      case Group.NormalisationSums sums -> normalisation.compile(sums, aside);
      case Group.Single(ActivateBackward op) -> activateBackward(op);
      default -> throw new AssertionError(group);
    };
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

  private KernelCommand dropout(Dropout op) {
    return kernels
        .command(KernelImages.ELEMENTWISE, "dropout", Kernels.named(op.name(), op.x()))
        .ints(op.x().size())
        .tensors(op.x(), op.out())
        .dropout(op)
        .build(kernels.flat(op.x().size()));
  }

  private Command sumRows(Group.ColumnSum group) {
    SumRows op = group.sumRows();
    FusedUpdate update = group.update();
    String kernel = update == null ? "sum_rows" : "sum_rows_update";
    String operation =
        update == null
            ? Kernels.named(op.name(), op.x())
            : Kernels.named(op.name() + group.suffix(), op.x(), op.out());
    CommandBuilder builder =
        kernels
            .command(KernelImages.COLUMNS, kernel, operation)
            .ints(op.x().rows(), op.x().columns())
            .tensors(op.x());
    if (update == null) {
      builder.tensors(op.out());
    } else {
      updates.addFused(builder.struct(), update.operation(), commands.size());
      builder.endStruct();
    }
    Slabs slabs = Slabs.of(op.x(), kernels.tuning());
    slabs.addTo(builder, kernels.memory(), aside);
    return builder.build(slabs.grid(Kernels.THREADS));
  }

  private Command advance(Advance op) {
    return kernels
        .command(KernelImages.UPDATES, "advance", Kernels.named(op.name(), op.state()))
        .tensors(op.state())
        .ints(op.rows(), op.training() ? 1 : 0)
        .build(new Command.Grid(1, 1, 1, 1, 0));
  }
}
