package dev.descent.internal.cpu;

import dev.descent.DeviceException;
import dev.descent.program.Operation.AdagradUpdate;
import dev.descent.program.Operation.AdamUpdate;
import dev.descent.program.Operation.MomentumUpdate;
import dev.descent.program.Operation.RmsPropUpdate;
import dev.descent.program.Operation.SgdUpdate;
import dev.descent.program.Operation.Update;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;

/// An optimizer's update; workers share out the elements.
final class UpdateStage implements Stage {
  /// Elements of a unit: whole cache lines, and what is staged at a time.
  private static final int UNIT = 1024;

  /// How often denormal moments are set to zero: each time costs a pass over them, and arithmetic on
  /// them is slow only in the steps between.
  private static final int FLUSH_STEPS = 64;

  private final Update operation;
  private final FloatSpan rates;
  private final IntSpan state;
  private final int size;

  /// Parameters, gradients, then moments.
  private final FloatSpan[] spans;

  /// Whether all tensors begin at the same index of their arrays.
  private final boolean aligned;

  /// For tensors that do not: each worker's copies of a unit of each.
  private final float[][][] staged;

  UpdateStage(Update operation, Storage storage, int workers) {
    this.operation = operation;
    this.rates = storage.floats(operation.rates());
    this.state = storage.ints(operation.state());
    this.size = (int) operation.parameters().size();
    List<Tensor> tensors = new ArrayList<>(List.of(operation.parameters(), operation.gradients()));
    tensors.addAll(operation.moments());
    this.spans = tensors.stream().map(storage::floats).toArray(FloatSpan[]::new);
    boolean same = true;
    for (FloatSpan span : spans) {
      same &= span.offset() == spans[0].offset();
    }
    this.aligned = same;
    this.staged = same ? new float[0][][] : new float[workers][spans.length][UNIT];
  }

  @Override
  public void run(int worker, int workers) {
    int slot = state.get(StepState.SLOT);
    if (slot < 0 || slot >= rates.size()) {
      throw new DeviceException(
          "%s: slot %d is outside the %d learning rates"
              .formatted(operation.name(), slot, rates.size()));
    }
    float rate = rates.array()[rates.offset() + slot];
    int step = state.get(StepState.STEP) + 1;
    int units = Split.units(size, UNIT);
    int from = Split.start(units, worker, workers) * UNIT;
    int to = (int) Math.min(size, (long) Split.start(units, worker + 1, workers) * UNIT);
    if (from >= to) {
      return;
    }
    if (aligned) {
      int offset = spans[0].offset();
      update(
          spans[0].array(),
          spans[1].array(),
          spans[Math.min(2, spans.length - 1)].array(),
          spans[spans.length - 1].array(),
          offset + from,
          offset + to,
          rate,
          step);
    } else {
      for (int unit = from; unit < to; unit += UNIT) {
        updateStaged(staged[worker], unit, Math.min(UNIT, to - unit), rate, step);
      }
    }
  }

  private void updateStaged(float[][] copies, int from, int count, float rate, int step) {
    for (int i = 0; i < spans.length; i++) {
      System.arraycopy(spans[i].array(), spans[i].offset() + from, copies[i], 0, count);
    }
    float[] second = copies[Math.min(2, spans.length - 1)];
    update(copies[0], copies[1], second, copies[spans.length - 1], 0, count, rate, step);
    for (int i = 0; i < spans.length; i++) {
      if (i != 1) {
        System.arraycopy(copies[i], 0, spans[i].array(), spans[i].offset() + from, count);
      }
    }
  }

  private void update(
      float[] p, float[] g, float[] first, float[] last, int from, int to, float rate, int step) {
    switch (operation) {
      case SgdUpdate _ -> Updates.sgd(p, g, from, to, rate);
      case MomentumUpdate o -> {
        if (o.nesterov()) {
          Updates.nesterov(p, g, first, from, to, rate, o.momentum());
        } else {
          Updates.momentum(p, g, first, from, to, rate, o.momentum());
        }
      }
      case AdagradUpdate o -> Updates.adagrad(p, g, first, from, to, rate, o.epsilon());
      case RmsPropUpdate o -> Updates.rmsProp(p, g, first, from, to, rate, o.rho(), o.epsilon());
      case AdamUpdate o -> {
        adam(o, p, g, first, last, from, to, rate, step);
        if (step % FLUSH_STEPS == 0) {
          Updates.flushDenormals(first, from, to);
        }
      }
    }
  }

  private static void adam(
      AdamUpdate o,
      float[] p,
      float[] g,
      float[] m,
      float[] v,
      int from,
      int to,
      float rate,
      int step) {
    double correction1 = 1 - StrictMath.pow(o.beta1(), step);
    double correction2 = 1 - StrictMath.pow(o.beta2(), step);
    Updates.adam(
        p,
        g,
        m,
        v,
        from,
        to,
        (float) (1 - (double) rate * o.weightDecay()),
        (float) (rate / correction1),
        (float) (1 / Math.sqrt(correction2)),
        o.beta1(),
        o.beta2(),
        o.epsilon());
  }

  @Override
  public String describe() {
    return "%s of %s: by elements%s"
        .formatted(operation.name(), operation.parameters(), aligned ? "" : ", staged");
  }
}
