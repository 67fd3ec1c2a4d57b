package dev.descent.internal.cpu;

import dev.descent.internal.fusion.EpilogueFusion;
import dev.descent.program.Activation;
import dev.descent.program.Operation;
import dev.descent.program.Operation.Accuracy;
import dev.descent.program.Operation.Activate;
import dev.descent.program.Operation.ActivateBackward;
import dev.descent.program.Operation.AddBias;
import dev.descent.program.Operation.Advance;
import dev.descent.program.Operation.Dropout;
import dev.descent.program.Operation.GatherRows;
import dev.descent.program.Operation.LossOperation;
import dev.descent.program.Operation.MatMul;
import dev.descent.program.Operation.SumColumns;
import dev.descent.program.Operation.SumRows;
import dev.descent.program.Operation.Update;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the operations of a step into stages, fusing neighbours where nothing can see the
/// difference, and places barriers where a stage depends on one before it.
final class StepCompiler {
  private final Kernels kernels;
  private final Storage storage;
  private final Workspaces workspaces;
  private final int workers;

  StepCompiler(Kernels kernels, Storage storage, Workspaces workspaces, int workers) {
    this.kernels = kernels;
    this.storage = storage;
    this.workspaces = workspaces;
    this.workers = workers;
  }

  Schedule compile(List<Operation> operations) {
    var schedule = new Schedule();
    int next = 0;
    while (next < operations.size()) {
      next += addStage(operations.subList(next, operations.size()), schedule);
    }
    return schedule;
  }

  /// Adds the stage of the first operation and of those that can be fused with it.
  ///
  /// @return how many operations were taken, at least 1
  private int addStage(List<Operation> operations, Schedule schedule) {
    Operation first = operations.getFirst();
    if (first instanceof MatMul matMul) {
      return addMatMul(matMul, operations, schedule);
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
    schedule.add(single(first), Access.of(List.of(first)));
    return 1;
  }

  private Stage single(Operation operation) {
    Elementwise math = kernels.math();
    return switch (operation) {
      case GatherRows op -> new GatherRowsStage(op, storage);
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
      case SumRows op -> new SumRowsStage(op, storage);
      case SumColumns op -> new SumColumnsStage(op, storage);
      case Update op -> new UpdateStage(op, storage, workers);
      case Advance op -> new AdvanceStage(op, storage);
      case MatMul _, Accuracy _, LossOperation _ ->
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
    schedule.add(stage, Access.of(operations.subList(0, taken)));
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

  private int addMatMul(MatMul matMul, List<Operation> operations, Schedule schedule) {
    var fusion = new EpilogueFusion(matMul);
    int taken = 1;
    while (taken < operations.size() && fusion.accept(operations.get(taken))) {
      taken++;
    }
    MatMulPlan plan = MatMulPlan.of(matMul, kernels.matMul());
    workspaces.require(plan);
    schedule.add(
        new MatMulStage(matMul, plan, kernels, workspaces, storage, Epilogue.of(fusion, storage)),
        Access.of(operations.subList(0, taken)));
    return taken;
  }
}
