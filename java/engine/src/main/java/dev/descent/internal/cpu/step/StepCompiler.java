package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.fusion.EpilogueFusion;
import dev.descent.internal.fusion.OptimizerFusion;
import dev.descent.program.Activation;
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
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the operations of a step into stages, fusing neighbours where nothing can see the
/// difference, and places barriers where a stage depends on one before it.
public final class StepCompiler {
  private final Kernels kernels;
  private final Storage storage;
  private final Workspaces workspaces;
  private final int workers;
  private PanelCopies copies = new PanelCopies();
  private List<Operation> step = List.of();

  public StepCompiler(Kernels kernels, Storage storage, Workspaces workspaces, int workers) {
    this.kernels = kernels;
    this.storage = storage;
    this.workspaces = workspaces;
    this.workers = workers;
  }

  public Schedule compile(List<Operation> plain) {
    List<Operation> operations =
        kernels.matMul().takesPanels()
            ? OptimizerFusion.apply(plain, StepCompiler::canUpdate)
            : plain;
    step = operations;
    var schedule = new Schedule();
    int next = 0;
    copies = new PanelCopies();
    while (next < operations.size()) {
      next += addStage(operations.subList(next, operations.size()), schedule);
    }
    return schedule;
  }

  /// Whether a stage of this operation can go on to an update.
  private static boolean canUpdate(Operation operation) {
    return switch (operation) {
      case MatMul op -> op.beta() == 0 && op.alpha() == 1 && !op.transposeB();
      case SumRows _ -> true;
      default -> false;
    };
  }

  /// Adds the stage of the first operation and of those that can be fused with it.
  ///
  /// @return how many operations were taken, at least 1
  private int addStage(List<Operation> operations, Schedule schedule) {
    Operation first = operations.getFirst();
    if (first instanceof MatMul matMul) {
      return addMatMul(matMul, operations, schedule);
    }
    if (first instanceof SumRows sumRows) {
      return addSumRows(sumRows, operations, schedule);
    }
    if (first instanceof Accuracy accuracy) {
      LossOperation loss =
          operations.size() > 1
                  && operations.get(1) instanceof LossOperation next
                  && fits(accuracy, next)
              ? next
              : null;
      return addMetrics(accuracy, loss, operations, schedule);
    }
    if (first instanceof LossOperation loss) {
      return addMetrics(null, loss, operations, schedule);
    }
    add(single(first), List.of(first), schedule);
    return 1;
  }

  private void add(Stage stage, List<Operation> operations, Schedule schedule) {
    Access access = Access.of(operations);
    copies.overwritten(access.writes());
    schedule.add(stage, access);
  }

  private Stage single(Operation operation) {
    Elementwise math = kernels.math();
    return switch (operation) {
      case GatherRows op -> new GatherRowsStage(op, math, storage);
      case AddBias op -> new AddBiasStage(op, math, storage);
      case Activate op ->
          op.activation() == Activation.SOFTMAX
              ? new SoftmaxStage(op, math, storage)
              : ActivateStage.of(op, math, storage);
      case ActivateBackward op ->
          op.activation() == Activation.SOFTMAX
              ? new SoftmaxBackwardStage(op, storage)
              : ActivateStage.of(op, math, storage);
      case Dropout op -> new DropoutStage(op, storage, workers);
      case SumColumns op -> new SumColumnsStage(op, storage);
      case UpdateOperation op -> new UpdateStage(op, math, storage, workers);
      case Advance op -> new AdvanceStage(op, storage);
      case MatMul _, SumRows _, Accuracy _, LossOperation _ ->
          throw new AssertionError(operation.name() + " is compiled elsewhere");
    };
  }

  /// Both go over the same rows, and neither writes what the other reads, or only after it was read:
  /// the gradient of a row may replace the scores of that row.
  private static boolean fits(Accuracy accuracy, LossOperation loss) {
    Tensor scores = accuracy.scores();
    Tensor gradient = loss.gradient();
    return scores.rows() == loss.prediction().rows()
        && scores.columns() == loss.prediction().columns()
        && (gradient == null || gradient.sameElements(scores) || !gradient.overlaps(scores))
        && (gradient == null || !gradient.overlaps(accuracy.targets()))
        && !loss.losses().overlaps(scores)
        && !loss.losses().overlaps(accuracy.targets());
  }

  private int addMetrics(
      @Nullable Accuracy accuracy,
      @Nullable LossOperation loss,
      List<Operation> operations,
      Schedule schedule) {
    int taken = accuracy != null && loss != null ? 2 : 1;
    MetricsStage stage = MetricsStage.of(accuracy, loss, kernels.math(), storage, workers);
    add(stage, operations.subList(0, taken), schedule);
    schedule.addAfterBarrier(stage.total(accuracy, loss, storage), totalAccess(accuracy, loss));
    return taken;
  }

  private static Access totalAccess(@Nullable Accuracy accuracy, @Nullable LossOperation loss) {
    List<Tensor> states = new ArrayList<>();
    List<Tensor> slots = new ArrayList<>();
    if (accuracy != null) {
      states.add(accuracy.state());
      slots.add(accuracy.correct());
    }
    if (loss != null) {
      states.add(loss.state());
      slots.add(loss.losses());
    }
    return new Access(states, slots);
  }

  private int addSumRows(SumRows op, List<Operation> operations, Schedule schedule) {
    UpdateOperation update = updateOf(op.out(), operations, 1);
    Updater updater = update == null ? null : new Updater(update, kernels.math(), storage, workers);
    int taken = update == null ? 1 : 2;
    var stage = new SumRowsStage(op, inPanels(op.x()), updater, storage);
    add(stage, operations.subList(0, taken), schedule);
    return taken;
  }

  /// The update that comes next, if it is the one of this gradient alone.
  private static @Nullable UpdateOperation updateOf(
      Tensor gradient, List<Operation> operations, int next) {
    return next < operations.size()
            && operations.get(next) instanceof UpdateOperation update
            && update.gradients().sameElements(gradient)
            && OptimizerFusion.isAligned(update)
        ? update
        : null;
  }

  private int addMatMul(MatMul matMul, List<Operation> operations, Schedule schedule) {
    var fusion = new EpilogueFusion(matMul);
    int taken = 1;
    while (taken < operations.size() && fusion.accept(operations.get(taken))) {
      taken++;
    }
    Epilogue epilogue = Epilogue.of(fusion, storage);
    Activate activate = fusion.activate();
    Tensor result = activate == null ? matMul.out() : activate.out();
    boolean plainSum = matMul.alpha() == 1 && matMul.beta() == 0;
    if (kernels.matMul().takesPanels() && plainSum && !matMul.transposeB()) {
      UpdateOperation update =
          epilogue.isEmpty() ? updateOf(matMul.out(), operations, taken) : null;
      PanelMatMulStage stage = panelMatMul(matMul, epilogue, update);
      if (stage != null) {
        taken += update == null ? 0 : 1;
        add(stage, operations.subList(0, taken), schedule);
        copies.made(result, stage.copy());
        return taken;
      }
    }
    MatMulPlan plan = MatMulPlan.of(matMul, kernels.matMul());
    List<Operation> fused = operations.subList(0, taken);
    if (kernels.matMul().takesPanels() && plainSum && isTransposed(matMul, plan)) {
      TransposedMatMulStage stage = transposedMatMul(matMul, epilogue, schedule);
      add(stage, fused, schedule);
      copies.made(result, stage.copy());
    } else {
      workspaces.require(plan);
      var stage = new MatMulStage(matMul, plan, kernels, workspaces, storage, epilogue);
      add(stage, fused, schedule);
      copies.made(result, stage.copy());
    }
    return taken;
  }

  /// The product computed transposed. Where no stage before can copy its left operand as it is made, one
  /// that does so comes first.
  private TransposedMatMulStage transposedMatMul(MatMul op, Epilogue epilogue, Schedule schedule) {
    PanelCopy left = copies.of(op.a());
    if (left == null) {
      left =
          new PanelCopy(
              kernels.math(), storage.floats(op.a()), (int) op.a().rows(), (int) op.a().columns());
      workspaces.require(left);
      schedule.add(new PanelCopyStage(op.a(), left), new Access(List.of(op.a()), List.of()));
      schedule.require();
    }
    Panels weights = storage.panels(op.b());
    LeftOperand b =
        weights != null
            ? LeftOperand.of(weights, false)
            : LeftOperand.rows(storage.floats(op.b()), (int) op.k());
    return new TransposedMatMulStage(
        op, left.requireTransposed(), b, storage, epilogue, kernels, workspaces, workers);
  }

  private boolean isTransposed(MatMul op, MatMulPlan plan) {
    return !op.transposeA()
        && op.transposeB()
        && (plan.swapped() || storage.panels(op.b()) != null);
  }

  /// The product panel by panel, or null where there are no panels and no update, so that the general
  /// form does better.
  private @Nullable PanelMatMulStage panelMatMul(
      MatMul op, Epilogue epilogue, @Nullable UpdateOperation update) {
    Panels weights = storage.panels(op.b());
    Panels right = weights != null ? weights : inPanels(op.b());
    Panels out = storage.panels(op.out());
    if (right == null && out == null && update == null) {
      return null;
    }
    Panels left = op.transposeA() ? inPanels(op.a()) : null;
    FloatSpan a = storage.floats(op.a());
    int lda = (int) op.a().columns();
    return new PanelMatMulStage(
        op,
        left != null
            ? LeftOperand.of(left, true)
            : op.transposeA() ? LeftOperand.columns(a, lda) : LeftOperand.rows(a, lda),
        new PanelMatMulStage.Right(right == null ? storage.floats(op.b()) : null, right),
        new PanelMatMulStage.Result(storage.floats(op.out()), out),
        epilogue,
        update == null ? null : new Updater(update, kernels.math(), storage, workers),
        update != null && OptimizerFusion.isUnseen(op.out(), step),
        kernels,
        workspaces,
        workers);
  }

  /// A copy of a tensor, or null where none can be had.
  private @Nullable Panels inPanels(Tensor tensor) {
    PanelCopy copy = copies.of(tensor);
    return copy == null ? null : copy.require();
  }
}
