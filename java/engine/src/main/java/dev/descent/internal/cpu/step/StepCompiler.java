package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
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
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the operations of a step into stages, and places barriers where a stage depends on one before
/// it. Used once.
public final class StepCompiler {
  private static final CompilerTable<StepCompiler> TABLE =
      new CompilerTable<StepCompiler>()
          .add(GatherRows.class, (c, op) -> c.add(op, new GatherRowsStage(op, c.math, c.storage)))
          .add(Advance.class, (c, op) -> c.add(op, new AdvanceStage(op, c.storage)))
          .add(AddBias.class, (c, op) -> c.add(op, new AddBiasStage(op, c.math, c.storage)))
          .add(Activate.class, StepCompiler::activate)
          .add(ActivateBackward.class, StepCompiler::activateBackward)
          .add(Dropout.class, (c, op) -> c.add(op, new DropoutStage(op, c.storage, c.workers)))
          .add(MatMul.class, Group.Product.class, StepCompiler::product)
          .add(SumRows.class, Group.ColumnSum.class, StepCompiler::columnSum)
          .add(Accuracy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(SoftmaxCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(BinaryCrossEntropy.class, Group.Metrics.class, StepCompiler::metrics)
          .add(MeanSquaredError.class, Group.Metrics.class, StepCompiler::metrics)
          .add(SgdUpdate.class, StepCompiler::update)
          .add(MomentumUpdate.class, StepCompiler::update)
          .add(AdagradUpdate.class, StepCompiler::update)
          .add(RmsPropUpdate.class, StepCompiler::update)
          .add(AdamUpdate.class, StepCompiler::update);

  private final Kernels kernels;
  private final @Nullable PanelKernel panels;
  private final Elementwise math;
  private final Storage storage;
  private final Workspaces workspaces;
  private final int workers;
  private final PanelCopies copies = new PanelCopies();
  private final Schedule schedule = new Schedule();

  public StepCompiler(Kernels kernels, Storage storage, Workspaces workspaces, int workers) {
    this.kernels = kernels;
    this.panels = kernels.panels();
    this.math = kernels.math();
    this.storage = storage;
    this.workspaces = workspaces;
    this.workers = workers;
  }

  /// Whether there are stages for operations of a type.
  public static boolean supports(Class<? extends Operation> type) {
    return TABLE.supports(type);
  }

  /// The stages of operations that are all supported.
  public Schedule compile(List<Operation> operations) {
    Fusions fusions = panels == null ? new Fusions() {} : new UpdatesInPanels();
    Lowering.lower(operations, fusions).forEach(group -> TABLE.compile(this, group));
    return schedule;
  }

  /// Products of rows, with or without panels, and sums go on to the update of what they compute.
  private static final class UpdatesInPanels implements Fusions {
    @Override
    public boolean updates(Operation producer, boolean singleConsumer) {
      return producer instanceof MatMul op ? !op.transposeB() : producer instanceof SumRows;
    }
  }

  private void add(Group group, Stage stage) {
    Access access = Access.of(group.operations());
    copies.overwritten(access.writes());
    schedule.add(stage, access);
  }

  private void add(Operation operation, Stage stage) {
    add(new Group.Single(operation), stage);
  }

  private void activate(Activate op) {
    add(
        op,
        op.activation() == Activation.SOFTMAX
            ? new SoftmaxStage(op, math, storage)
            : ActivateStage.of(op, math, storage));
  }

  private void activateBackward(ActivateBackward op) {
    add(
        op,
        op.activation() == Activation.SOFTMAX
            ? new SoftmaxBackwardStage(op, storage)
            : ActivateStage.of(op, math, storage));
  }

  private void update(UpdateOperation op) {
    add(op, new UpdateStage(op, math, storage, workers));
  }

  private void metrics(Group.Metrics group) {
    MetricsStage stage = new MetricsStage(group, math, storage, workers);
    add(group, stage);
    schedule.addAfterBarrier(stage.total(storage), stage.totalAccess());
  }

  private void columnSum(Group.ColumnSum group) {
    add(
        group,
        new SumRowsStage(
            group.sumRows(), inPanels(group.sumRows().x()), updater(group.update()), storage));
  }

  private @Nullable Updater updater(@Nullable FusedUpdate update) {
    return update == null ? null : new Updater(update.operation(), math, storage, workers);
  }

  private void product(Group.Product group) {
    Epilogue epilogue = Epilogue.of(group, storage);
    if (panels != null && readsPanels(group)) {
      addPanelMatMul(panels, group, epilogue);
      return;
    }
    MatMul op = group.matMul();
    MatMulPlan plan = MatMulPlan.of(op, kernels.matMul());
    if (panels != null && isTransposed(op, plan)) {
      addTransposedMatMul(panels, group, epilogue);
    } else {
      workspaces.require(plan);
      var stage = new MatMulStage(group, plan, kernels, workspaces, storage, epilogue);
      add(group, stage);
      copies.made(group.result(), stage.copy());
    }
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

  private void addPanelMatMul(PanelKernel kernel, Group.Product group, Epilogue epilogue) {
    MatMul op = group.matMul();
    Panels weights = storage.panels(op.b());
    Panels right = weights != null ? weights : inPanels(op.b());
    Panels left = op.transposeA() ? inPanels(op.a()) : null;
    FloatSpan a = storage.floats(op.a());
    int lda = (int) op.a().columns();
    FusedUpdate update = group.update();
    var stage =
        new PanelMatMulStage(
            group,
            left != null
                ? LeftOperand.of(left, true)
                : op.transposeA() ? LeftOperand.columns(a, lda) : LeftOperand.rows(a, lda),
            new PanelMatMulStage.Right(right == null ? storage.floats(op.b()) : null, right),
            new PanelMatMulStage.Result(storage.floats(op.out()), storage.panels(op.out())),
            epilogue,
            updater(update),
            update != null && update.singleConsumer(),
            kernel,
            math,
            workspaces,
            workers);
    add(group, stage);
    copies.made(group.result(), stage.copy());
  }

  private boolean isTransposed(MatMul op, MatMulPlan plan) {
    return !op.transposeA()
        && op.transposeB()
        && (plan.swapped() || storage.panels(op.b()) != null);
  }

  /// The product computed transposed. Where no stage before can copy its left operand as it is made, one
  /// that does so comes first.
  private void addTransposedMatMul(PanelKernel kernel, Group.Product group, Epilogue epilogue) {
    MatMul op = group.matMul();
    PanelCopy left = copies.of(op.a());
    if (left == null) {
      left =
          new PanelCopy(math, storage.floats(op.a()), (int) op.a().rows(), (int) op.a().columns());
      workspaces.require(left);
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
