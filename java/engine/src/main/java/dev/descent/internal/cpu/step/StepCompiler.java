package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.lowering.CompilerTable;
import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Fusions;
import dev.descent.internal.lowering.Group;
import dev.descent.internal.lowering.Lowering;
import dev.descent.program.Activation;
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
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.WindowedOperation;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns the operations of a step into stages, and places barriers where a stage depends on one
/// before it. Used once.
public final class StepCompiler {
  private static final CompilerTable<StepCompiler> TABLE =
      new CompilerTable<StepCompiler>()
          .add(GatherRows.class, StepCompiler::gather)
          .add(Augment.class, (c, op) -> c.add(op, new AugmentStage(op, c.storage, c.workers)))
          .add(Advance.class, (c, op) -> c.add(op, new AdvanceStage(op, c.storage)))
          .add(AddBias.class, (c, op) -> c.add(op, new AddBiasStage(op, c.math, c.storage)))
          .add(Activate.class, StepCompiler::activate)
          .add(ActivateBackward.class, Group.class, StepCompiler::activateBackward)
          .add(Dropout.class, StepCompiler::dropout)
          .add(MatMul.class, Group.Product.class, StepCompiler::product)
          .add(SumRows.class, Group.ColumnSum.class, StepCompiler::columnSum)
          .add(Accuracy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(SoftmaxCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(BinaryCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(MeanSquaredError.class, Group.Metrics.class, StepCompiler::metrics)
          .add(Conv2d.class, Group.Convolution.class, StepCompiler::convolution)
          .add(Conv2dBackwardInput.class, StepCompiler::convolutionByInput)
          .add(Conv2dBackwardWeights.class, StepCompiler::convolutionByWeights)
          .add(Unfold.class, (c, op) -> c.addLines(op, WindowedWork.of(op, c.storage)))
          .add(Fold.class, (c, op) -> c.addLines(op, WindowedWork.of(op, c.storage)))
          .add(
              MaxPool.class,
              (c, op) -> c.addLines(op, MaxPooling.of(op, c.math, c.storage, c.workers)))
          .add(MaxPoolBackward.class, Group.class, StepCompiler::poolBackward)
          .add(AveragePool.class, (c, op) -> c.addLines(op, WindowedWork.of(op, c.storage)))
          .add(AveragePoolBackward.class, (c, op) -> c.addLines(op, WindowedWork.of(op, c.storage)))
          .add(BatchStatistics.class, StepCompiler::statistics)
          .add(Normalise.class, Group.class, StepCompiler::normalise)
          .add(NormaliseBackwardWeights.class, (c, op) -> c.normaliseBackward(null, op))
          .add(NormaliseBackward.class, StepCompiler::normaliseBackward)
          .add(SgdUpdate.class, StepCompiler::update)
          .add(MomentumUpdate.class, StepCompiler::update)
          .add(AdagradUpdate.class, StepCompiler::update)
          .add(RmsPropUpdate.class, StepCompiler::update)
          .add(AdamUpdate.class, StepCompiler::update);

  private static final Set<Class<? extends Operation>> CONVOLUTIONS =
      Set.of(Conv2d.class, Conv2dBackwardInput.class, Conv2dBackwardWeights.class);

  /// The channels from which on a pooling takes the normalisation before it along: as many as any
  /// vector has lanes.
  private static final int POOLED_CHANNELS = 16;

  private final Kernels kernels;
  private final @Nullable PanelKernel panels;
  private final Elementwise math;
  private final Storage storage;
  private final Workspaces workspaces;
  private final int workers;
  private final @Nullable PackedWeights weights;
  private final @Nullable WeightForms weightForms;
  private final PanelCopies copies = new PanelCopies();
  private final List<DropoutMask> masks = new ArrayList<>();
  private final Map<Group, PooledNormalisation> pooledNormalisations = new HashMap<>();
  private final Schedule schedule = new Schedule();
  private FormReaders readers = new FormReaders(List.of());

  /// The images of the batch that the step computes with, 0 if there are none.
  private int images;

  /// @param weights the forms of the program's parameters
  public StepCompiler(
      Kernels kernels, Storage storage, Workspaces workspaces, int workers, WeightForms weights) {
    this(kernels, storage, workspaces, workers, null, weights);
  }

  /// @param weights keeps the parameters packed that products read, which no step changes
  public StepCompiler(
      Kernels kernels, Storage storage, Workspaces workspaces, int workers, PackedWeights weights) {
    this(kernels, storage, workspaces, workers, weights, null);
  }

  private StepCompiler(
      Kernels kernels,
      Storage storage,
      Workspaces workspaces,
      int workers,
      @Nullable PackedWeights weights,
      @Nullable WeightForms weightForms) {
    this.weights = weights;
    this.weightForms = weightForms;
    this.kernels = kernels;
    this.panels = kernels.panels();
    this.math = kernels.math();
    this.storage = storage;
    this.workspaces = workspaces;
    this.workers = workers;
  }

  /// Whether there are stages for operations of a type: for convolution only where products read
  /// panels.
  public static boolean supports(Class<? extends Operation> type, Kernels kernels) {
    return TABLE.supports(type) && (kernels.panels() != null || !CONVOLUTIONS.contains(type));
  }

  /// The stages of operations that are all supported.
  public Schedule compile(List<Operation> operations) {
    for (Operation operation : operations) {
      if (operation instanceof WindowedOperation op) {
        images = op.images();
      }
    }
    Fusions fusions = panels == null ? new Whole() : new UpdatesInPanels();
    List<Group> groups = Lowering.lower(operations, fusions);
    FormKernel kernel = formKernel();
    readers = new FormReaders(kernel != null && kernel.holdsAllNumbers() ? groups : List.of());
    groups.forEach(group -> TABLE.compile(this, group));
    return schedule;
  }

  /// Updates come after all gradients.
  private static class Whole implements Fusions {
    @Override
    public boolean normalisation() {
      return true;
    }

    @Override
    public boolean pooling(MaxPool pool) {
      return pool.x().columns() >= POOLED_CHANNELS;
    }
  }

  /// Products of rows, with or without panels, and sums go on to the update of what they compute;
  /// but sums over images are made where the images are.
  private final class UpdatesInPanels extends Whole {
    @Override
    public boolean updates(Operation producer, boolean singleConsumer) {
      return producer instanceof MatMul op
          ? !op.transposeB()
          : producer instanceof SumRows sums && !sumsPositions(sums);
    }
  }

  /// Whether a matrix has a row or several for each image.
  private boolean isOfImages(Tensor tensor) {
    return images > 0 && tensor.rows() % images == 0;
  }

  /// Whether the rows that are summed are positions of images.
  private boolean sumsPositions(SumRows op) {
    return isOfImages(op.x()) && op.x().rows() > images;
  }

  private void add(Group group, Stage stage) {
    add(group, stage, null);
  }

  /// @param written forms of parameters that the stage writes together with them, or null
  private void add(Group group, Stage stage, @Nullable Forms written) {
    add(stage, Access.of(group.operations()), written);
  }

  private void add(Stage stage, Access access, @Nullable Forms written) {
    beforeWriting(access);
    schedule.add(stage, access);
    renew(access, written);
  }

  /// The same of work on samples.
  private void add(SampleWork work, SampleGroups groups, Access access) {
    beforeWriting(access);
    schedule.add(work, groups, workers, access);
    renew(access, null);
  }

  /// Sums, and later their totals.
  ///
  /// @param access of the sums
  private void add(SampleSums sums, Access access, Group group) {
    workspaces.count(sums.columnSums().bytes());
    add(sums, sums.sums(), access);
    addAfterBarrier(sums.totals(), Access.of(group.operations()).without(access.bySamples()));
  }

  /// A stage that waits for all samples, but can wait longer.
  private void addAfterBarrier(Stage stage, Access access) {
    if (weightForms != null && weightForms.renewal(access.writes(), null) != null) {
      schedule.require();
      add(stage, access, null);
      return;
    }
    beforeWriting(access);
    schedule.addAfterBarrier(stage, access);
  }

  private void beforeWriting(Access access) {
    copies.overwritten(access.writes());
    masks.removeIf(mask -> access.writes().stream().anyMatch(mask::isDrawnFrom));
  }

  private void renew(Access access, @Nullable Forms written) {
    Stage renewal = weightForms == null ? null : weightForms.renewal(access.writes(), written);
    if (renewal != null) {
      schedule.add(renewal, access);
    }
  }

  /// The groups of samples of a matrix: images, or else rows.
  private SampleGroups groups(Tensor tensor) {
    return SampleGroups.fine(isOfImages(tensor) ? images : (int) tensor.rows());
  }

  private void add(Operation operation, Stage stage) {
    add(new Group.Single(operation), stage);
  }

  private void statistics(BatchStatistics op) {
    SampleSums sums = NormalisationStages.of(op, groups(op.x()), storage);
    Access access = new Access(List.of(op.x()), List.of()).bySamples(op.x());
    add(sums, access, new Group.Single(op));
  }

  private void normalise(Group group) {
    if (group instanceof Group.PooledNormalisation pooled) {
      normaliseAndPool(pooled);
    } else if (group instanceof Group.Normalisation normalisation) {
      normalise(normalisation);
    }
  }

  private void normaliseAndPool(Group.PooledNormalisation group) {
    SampleGroups groups = SampleGroups.of(group.pool().images());
    var normalise =
        NormalisationStages.of(
            new Group.Normalisation(group.normalise(), group.activate()),
            groups,
            math,
            storage,
            workers);
    List<SampleWork> works = new ArrayList<>(List.of(normalise));
    DropoutMask mask = null;
    Dropout dropout = group.dropout();
    if (dropout != null) {
      mask = mask(dropout);
      works.add(new DropoutWork(dropout, mask, groups, storage));
    }
    works.add(MaxPooling.of(group.pool(), math, storage, workers));
    var pooled = new PooledNormalisation(group, math, storage, workers);
    workspaces.count(pooled.bytes());
    pooledNormalisations.put(group, pooled);
    Tensor[] images =
        group.operations().stream()
            .flatMap(op -> Stream.concat(op.inputs().stream().limit(1), op.outputs().stream()))
            .toArray(Tensor[]::new);
    add(
        pooled.forward(normalise, works, mask),
        groups,
        Access.of(group.operations()).bySamples(images));
  }

  private void poolBackward(Group group) {
    if (group instanceof Group.PooledNormalisationBackward backward) {
      poolBackward(backward);
    } else if (group.operations().getFirst() instanceof MaxPoolBackward op) {
      addLines(op, MaxPooling.of(op, math, storage, workers));
    }
  }

  private void poolBackward(Group.PooledNormalisationBackward group) {
    PooledNormalisation pooled = Objects.requireNonNull(pooledNormalisations.get(group.forward()));
    Tensor dOut = group.pool().dOut();
    Tensor out = group.forward().pool().out();
    Tensor taps = group.pool().taps();
    NormaliseBackwardWeights op = group.sums();
    NormaliseBackward slope = group.slope();
    SampleGroups groups = groups(op.x());
    List<Tensor> reads = Stream.concat(op.inputs().stream(), Stream.of(dOut, out)).toList();
    add(
        pooled.sums(group, groups),
        new Access(reads, List.of()).bySamples(op.x(), op.dOut(), dOut, out),
        new Group.Single(op));
    List<Tensor> all = Stream.concat(slope.inputs().stream(), Stream.of(dOut, taps)).toList();
    add(
        pooled.backward(group, NormalisationStages.of(slope, groups, math, storage, workers)),
        groups,
        new Access(all, slope.outputs())
            .bySamples(slope.x(), slope.dOut(), slope.dX(), dOut, taps));
  }

  private void normalise(Group.Normalisation group) {
    Normalise op = group.normalise();
    SampleGroups groups = groups(op.x());
    Access access = Access.of(group.operations());
    Activate activate = group.activate();
    add(
        NormalisationStages.of(group, groups, math, storage, workers),
        groups,
        activate == null
            ? access.bySamples(op.x(), op.out())
            : access.bySamples(op.x(), op.out(), activate.x(), activate.out()));
  }

  private void normaliseBackward(@Nullable ActivateBackward backward, NormaliseBackwardWeights op) {
    SampleGroups groups = groups(op.x());
    SampleSums sums = NormalisationStages.of(backward, op, groups, math, storage);
    Group group =
        backward == null ? new Group.Single(op) : new Group.NormalisationSums(backward, op);
    Access access =
        backward == null
            ? new Access(op.inputs(), List.of()).bySamples(op.x(), op.dOut())
            : new Access(Access.of(group.operations()).reads(), backward.outputs())
                .bySamples(op.x(), op.dOut(), backward.saved(), backward.dOut(), backward.dX());
    add(sums, access, group);
  }

  private void normaliseBackward(NormaliseBackward op) {
    SampleGroups groups = groups(op.x());
    add(
        NormalisationStages.of(op, groups, math, storage, workers),
        groups,
        Access.of(List.of(op)).bySamples(op.x(), op.dOut(), op.dX()));
  }

  private void addLines(WindowedOperation op, LinesWork work) {
    add(
        work,
        SampleGroups.of(op.images()),
        Access.of(List.of(op))
            .bySamples(
                Stream.concat(op.inputs().stream(), op.outputs().stream()).toArray(Tensor[]::new)));
  }

  private void convolution(Group.Convolution group) {
    Conv2d op = group.conv2d();
    Activate activate = group.activate();
    Access access = Access.of(group.operations());
    add(
        op,
        op.w(),
        ConvolutionStages.of(
            op,
            Epilogue.of(group, storage),
            Objects.requireNonNull(panels),
            math,
            storage,
            workers),
        activate == null
            ? access.bySamples(op.x(), op.out())
            : access.bySamples(op.x(), op.out(), activate.out()));
  }

  private void convolutionByInput(Conv2dBackwardInput op) {
    add(
        op,
        op.w(),
        ConvolutionStages.of(
            op, Epilogue.NONE, Objects.requireNonNull(panels), math, storage, workers),
        Access.of(List.of(op)).bySamples(op.dOut(), op.dX()));
  }

  private void add(
      WindowedOperation op, Tensor weights, ConvolutionStages.Forward stages, Access access) {
    workspaces.count(stages.bytes());
    workspaces.announce(stages.works());
    // The weights' panels are only this operation's: what it reads is all that the packing needs.
    schedule.addAhead(stages.pack(), new Access(List.of(weights), List.of()));
    add(stages.product(), SampleGroups.of(op.images()), access);
  }

  private void convolutionByWeights(Conv2dBackwardWeights op) {
    SampleGroups groups = SampleGroups.of(op.images());
    var sums =
        new ConvolutionWeights(op, groups, Objects.requireNonNull(panels), math, storage, workers);
    workspaces.count(sums.bytes());
    workspaces.announce(sums.works());
    add(sums, groups, new Access(op.inputs(), List.of()).bySamples(op.x(), op.dOut()));
    addAfterBarrier(sums.totals(), new Access(List.of(), op.outputs()));
  }

  private void activate(Activate op) {
    if (op.activation() == Activation.SOFTMAX) {
      add(op, new SoftmaxStage(op, math, storage));
      return;
    }
    SampleGroups groups = groups(op.x());
    add(
        ActivateWork.of(op, groups, math, storage),
        groups,
        Access.of(List.of(op)).bySamples(op.x(), op.out()));
  }

  private void dropout(Dropout op) {
    SampleGroups groups = groups(op.x());
    add(
        new DropoutWork(op, mask(op), groups, storage),
        groups,
        Access.of(List.of(op)).bySamples(op.x(), op.out()));
  }

  /// The mask of a dropout, drawn once a step.
  private DropoutMask mask(Dropout op) {
    for (DropoutMask mask : masks) {
      if (mask.suits(op)) {
        return mask;
      }
    }
    var mask = new DropoutMask(op, math, storage, workers);
    masks.add(mask);
    workspaces.count(mask.bytes());
    schedule.addAhead(mask, new Access(List.of(op.state()), List.of()));
    return mask;
  }

  private void activateBackward(Group group) {
    if (group instanceof Group.NormalisationSums(ActivateBackward backward, var sums)) {
      normaliseBackward(backward, sums);
    } else if (group.operations().getFirst() instanceof ActivateBackward op) {
      activateBackward(op);
    }
  }

  private void activateBackward(ActivateBackward op) {
    if (op.activation() == Activation.SOFTMAX) {
      add(op, new SoftmaxBackwardStage(op, storage));
      return;
    }
    SampleGroups groups = groups(op.dX());
    add(
        ActivateWork.of(op, groups, math, storage),
        groups,
        Access.of(List.of(op)).bySamples(op.saved(), op.dOut(), op.dX()));
  }

  private void update(UpdateOperation op) {
    add(op, new UpdateStage(op, math, storage, workers));
  }

  private void metrics(Group.Metrics group) {
    Tensor gradient = group.loss() == null ? null : group.loss().gradient();
    PanelCopy copy = gradient == null || formKernel() == null ? null : copy(gradient);
    MetricsStage stage = new MetricsStage(group, math, storage, workers, copy);
    add(stage, stage.access(), null);
    if (gradient != null && copy != null) {
      copies.made(gradient, copy);
    }
    schedule.addAfterBarrier(stage.total(storage), stage.totalAccess());
  }

  private void columnSum(Group.ColumnSum group) {
    SumRows op = group.sumRows();
    if (sumsPositions(op)) {
      Access access = new Access(op.inputs(), List.of()).bySamples(op.x());
      add(SampleSums.of(op, groups(op.x()), storage), access, group);
      return;
    }
    add(
        group,
        new SumRowsStage(
            group.sumRows(),
            formKernel() != null ? null : inPanels(group.sumRows().x()),
            updater(group.update(), null),
            storage));
  }

  private void gather(GatherRows op) {
    boolean floats = op.out().type() == DType.F32;
    PanelCopy copy = floats && formKernel() != null ? copy(op.out()) : null;
    add(op, new GatherRowsStage(op, math, storage, copy));
    if (copy != null) {
      copies.made(op.out(), copy);
    }
  }

  /// @param forms of the parameters, or null
  private @Nullable Updater updater(@Nullable FusedUpdate update, @Nullable Forms forms) {
    return update == null ? null : new Updater(update.operation(), math, storage, workers, forms);
  }

  /// The kernel where it takes operands in forms, or null.
  private @Nullable FormKernel formKernel() {
    return weightForms != null && panels instanceof FormKernel kernel ? kernel : null;
  }

  /// What can copy a tensor where it is made.
  private PanelCopy copy(Tensor tensor) {
    var copy =
        new PanelCopy(
            kernels.matMul(),
            math,
            storage.floats(tensor),
            (int) tensor.rows(),
            (int) tensor.columns());
    workspaces.require(copy);
    return copy;
  }

  private void product(Group.Product group) {
    Epilogue epilogue = Epilogue.of(group, storage);
    if (weights != null && PackedWeights.suits(group.matMul())) {
      PackedWeights.Packed packed = weights.of(group.matMul(), storage);
      var stage = new ConstantProductStage(group, packed, kernels, storage, epilogue, workers);
      workspaces.announce(stage.plan());
      add(group, stage);
      return;
    }
    FormKernel formKernel = formKernel();
    if (formKernel != null) {
      addPanelMatMul(formKernel, group, forms(formKernel, group.matMul()), epilogue);
      return;
    }
    if (panels != null && readsPanels(group)) {
      addPanelMatMul(panels, group, null, epilogue);
      return;
    }
    MatMul op = group.matMul();
    MatMulPlan plan = MatMulPlan.of(op, kernels.matMul());
    if (panels != null && isTransposed(op, plan)) {
      addTransposedMatMul(panels, group, epilogue);
    } else {
      workspaces.require(plan);
      List<MatMulPlan> shares = byRows(group, plan) ? MatMulStage.shares(plan, workers) : List.of();
      shares.forEach(workspaces::announce);
      var stage = new MatMulStage(group, plan, kernels, workspaces, storage, epilogue, shares);
      add(
          stage,
          shares.isEmpty() ? Access.of(group.operations()) : MatMulStage.access(group),
          null);
      copies.made(group.result(), stage.copy());
    }
  }

  /// Whether workers share out the rows of a product, which all pack all of b for: where that is a
  /// panel, or where it spares a barrier.
  private boolean byRows(Group.Product group, MatMulPlan plan) {
    if (plan.swapped()
        || group.matMul().transposeA()
        || plan.panels() > plan.slots()
        || !RowBlocks.suit(plan.m(), workers)) {
      return false;
    }
    return plan.panels() == 1
        || (schedule.conflicts(Access.of(group.operations()))
            && !schedule.conflicts(MatMulStage.access(group)));
  }

  /// Whether a product goes panel by panel: where there are none and no update follows, the general
  /// form does better.
  private boolean readsPanels(Group.Product group) {
    MatMul op = group.matMul();
    return !op.transposeB()
        && (group.update() != null
            || storage.panels(op.b()) != null
            || storage.panels(op.out()) != null
            || copies.of(op.b()) != null);
  }

  private FormProduct forms(FormKernel kernel, MatMul op) {
    return new FormProduct(
        kernel,
        forms(op.a()),
        Forms.Kind.left(op.transposeA()),
        forms(op.b()),
        Forms.Kind.right(op.transposeB()),
        (int) op.k());
  }

  /// A tensor's forms. Where no stage before can write them as it makes the tensor, one that does
  /// so comes first.
  private Forms forms(Tensor tensor) {
    Forms kept = weightForms == null ? null : weightForms.of(tensor);
    if (kept != null) {
      return kept;
    }
    PanelCopy made = copies.of(tensor);
    if (made == null) {
      made = copy(tensor);
      schedule.add(new PanelCopyStage(tensor, made), new Access(List.of(tensor), List.of()));
      schedule.require();
      copies.made(tensor, made);
    }
    return made.forms();
  }

  /// @param forms in which both operands can be had, or null
  private void addPanelMatMul(
      PanelKernel kernel, Group.Product group, @Nullable FormProduct forms, Epilogue epilogue) {
    MatMul op = group.matMul();
    Panels weights = storage.panels(op.b());
    Panels right = weights != null || forms != null ? weights : inPanels(op.b());
    Panels left = op.transposeA() && forms == null ? inPanels(op.a()) : null;
    FloatSpan a = storage.floats(op.a());
    int lda = (int) op.a().columns();
    FusedUpdate update = group.update();
    Forms updated =
        update == null || weightForms == null
            ? null
            : weightForms.of(update.operation().parameters(), op.n());
    var stage =
        new PanelMatMulStage(
            group,
            left != null
                ? LeftOperand.of(left, true)
                : op.transposeA() ? LeftOperand.columns(a, lda) : LeftOperand.rows(a, lda),
            new PanelMatMulStage.Right(
                right == null ? storage.floats(op.b()) : null, right, op.transposeB()),
            new PanelMatMulStage.Result(storage.floats(op.out()), storage.panels(op.out())),
            forms,
            epilogue,
            updater(update, updated),
            update != null ? update.singleConsumer() : readers.areAll(group),
            kernel,
            math,
            workspaces,
            workers);
    add(group, stage, updated);
    copies.made(group.result(), stage.copy());
  }

  private boolean isTransposed(MatMul op, MatMulPlan plan) {
    return !op.transposeA()
        && op.transposeB()
        && (plan.swapped() || storage.panels(op.b()) != null);
  }

  /// The product computed transposed. Where no stage before can copy its left operand as it is
  /// made, one that does so comes first.
  private void addTransposedMatMul(PanelKernel kernel, Group.Product group, Epilogue epilogue) {
    MatMul op = group.matMul();
    PanelCopy left = copies.of(op.a());
    if (left == null) {
      left = copy(op.a());
      schedule.add(new PanelCopyStage(op.a(), left), new Access(List.of(op.a()), List.of()));
      schedule.require();
    }
    Panels weights = storage.panels(op.b());
    LeftOperand b =
        weights != null
            ? LeftOperand.of(weights, false)
            : LeftOperand.rows(storage.floats(op.b()), (int) op.k());
    var stage =
        new TransposedMatMulStage(
            group,
            left.requireTransposed(),
            b,
            storage,
            epilogue,
            kernel,
            math,
            workspaces,
            workers);
    add(group, stage);
    copies.made(group.result(), stage.copy());
  }

  /// A copy of a tensor, or null where none can be had.
  private @Nullable Panels inPanels(Tensor tensor) {
    PanelCopy copy = copies.of(tensor);
    return copy == null ? null : copy.require();
  }
}
