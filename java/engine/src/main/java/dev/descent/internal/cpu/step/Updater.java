package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import dev.descent.internal.cpu.kernel.Updates;
import dev.descent.program.StepState;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An optimizer's update of any run of its elements, with what it needs to know of the step.
final class Updater {
  /// How often denormal moments are set to zero: each time costs a pass over them, and arithmetic
  /// on them is slow only in the steps between.
  private static final int FLUSH_STEPS = 64;

  /// What a worker knows of the step, so that it need not be computed for each run of elements.
  private static final class Known {
    private int step = -1;
    private float rate;
    private float stepSize;
    private float scale;
  }

  private final UpdateOperation operation;
  private final Elementwise math;
  private final FloatSpan rates;
  private final IntSpan state;
  private final FloatSpan[] spans;
  private final boolean aligned;
  private final @Nullable Forms forms;
  private final Known[] known;

  Updater(UpdateOperation operation, Elementwise math, Storage storage, int workers) {
    this(operation, math, storage, workers, null);
  }

  /// @param forms of the parameters, which updates of parts of the matrix write, or null
  Updater(
      UpdateOperation operation,
      Elementwise math,
      Storage storage,
      int workers,
      @Nullable Forms forms) {
    this.forms = forms;
    this.operation = operation;
    this.math = math;
    this.rates = storage.floats(operation.rates());
    this.state = storage.ints(operation.state());
    this.spans = operation.operands().stream().map(storage::floats).toArray(FloatSpan[]::new);
    boolean same = true;
    for (FloatSpan span : spans) {
      same &= span.offset() == spans[0].offset();
    }
    this.aligned = same;
    this.known = new Known[workers];
    for (int i = 0; i < workers; i++) {
      known[i] = new Known();
    }
  }

  /// For explanations.
  String name() {
    return operation.name();
  }

  /// Whether all tensors begin at the same index of their arrays, so that [#update] can be used.
  boolean isAligned() {
    return aligned;
  }

  /// What belongs to gradients, where they are updated right behind their product.
  PrefetchTargets partners() {
    return PrefetchTargets.of(
        spans[0].array(),
        spans[spans.length > 2 ? 2 : 0].array(),
        spans[spans.length > 2 ? spans.length - 1 : 0].array());
  }

  /// Whether gradients may lie elsewhere. The loops of other optimizers index all arrays alike, so
  /// that the compiler vectorises them.
  boolean takesAnyGradients() {
    return operation instanceof AdamUpdate;
  }

  /// Parameters, gradients, then moments.
  FloatSpan[] spans() {
    return spans;
  }

  /// Updates elements `from` (inclusive) to `to` (exclusive).
  void update(int worker, int from, int to) {
    int offset = spans[0].offset();
    update(
        worker,
        spans[0].array(),
        spans[1].array(),
        spans[Math.min(2, spans.length - 1)].array(),
        spans[spans.length - 1].array(),
        offset + from,
        offset + to);
  }

  /// Updates elements of other arrays.
  void update(int worker, float[] p, float[] g, float[] first, float[] last, int from, int to) {
    update(worker, p, g, 0, first, last, from, to);
  }

  /// Updates a part of the matrix.
  ///
  /// @param from its first element
  /// @param stride the distance of its rows
  /// @param row its first row
  /// @param column its first column
  void update(int worker, int from, int stride, int row, int column, int rows, int columns) {
    if (columns == stride) {
      int g0 = spans[1].offset() + from;
      update(worker, spans[1].array(), g0, from, row, column, rows, columns);
      return;
    }
    for (int i = 0; i < rows; i++) {
      update(worker, from + i * stride, from + i * stride + columns);
    }
    convert(from, stride, row, column, rows, columns);
  }

  /// Updates a part of the matrix whose elements lie side by side. Its gradients may lie elsewhere,
  /// if it [#takesAnyGradients].
  ///
  /// @param g the gradients
  /// @param g0 where that of the first element is
  /// @param from the first element
  /// @param row its row
  /// @param column its column
  void update(int worker, float[] g, int g0, int from, int row, int column, int rows, int columns) {
    int first = spans[0].offset() + from;
    int end = first + rows * columns;
    float[] p = spans[0].array();
    float[] m = spans[Math.min(2, spans.length - 1)].array();
    float[] v = spans[spans.length - 1].array();
    if (forms != null && forms.isWanted() && operation instanceof AdamUpdate o) {
      Known now = now(worker);
      forms.adam(
          p,
          m,
          v,
          first,
          g,
          g0,
          rows,
          columns,
          shrink(o, now.rate),
          now.stepSize,
          now.scale,
          o.beta1(),
          o.beta2(),
          o.epsilon(),
          row,
          column);
      flush(now, m, first, end);
    } else {
      update(worker, p, g, g0 - first, m, v, first, end);
      convert(from, columns, row, column, rows, columns);
    }
  }

  /// Computes gradients and updates a part of the matrix with them in one, if that is possible.
  ///
  /// @param gradients what they are
  /// @param from the part's first element, behind which the others lie side by side
  /// @return whether it was done: if not, nothing was
  boolean update(
      int worker, FormProduct gradients, int from, int row, int column, int rows, int columns) {
    if (forms == null || !forms.isWanted() || !(operation instanceof AdamUpdate o)) {
      return false;
    }
    Known now = now(worker);
    int first = spans[0].offset() + from;
    boolean done =
        gradients.update(
            row,
            rows,
            column,
            columns,
            forms,
            spans[0].array(),
            spans[2].array(),
            spans[3].array(),
            first,
            shrink(o, now.rate),
            now.stepSize,
            now.scale,
            o.beta1(),
            o.beta2(),
            o.epsilon());
    if (done) {
      flush(now, spans[2].array(), first, first + rows * columns);
    }
    return done;
  }

  private void convert(int from, int stride, int row, int column, int rows, int columns) {
    if (forms != null && forms.isWanted()) {
      int at = spans[0].offset() + from;
      forms.convert(spans[0].array(), at, stride, row, column, rows, columns);
    }
  }

  private static float shrink(AdamUpdate o, float rate) {
    return (float) (1 - (double) rate * o.weightDecay());
  }

  private static void flush(Known now, float[] moments, int from, int to) {
    if (now.step % FLUSH_STEPS == 0) {
      Updates.flushDenormals(moments, from, to);
    }
  }

  private void update(
      int worker, float[] p, float[] g, int shift, float[] first, float[] last, int from, int to) {
    Known now = now(worker);
    float rate = now.rate;
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
        math.adam(
            p,
            first,
            last,
            from,
            g,
            from + shift,
            to - from,
            shrink(o, rate),
            now.stepSize,
            now.scale,
            o.beta1(),
            o.beta2(),
            o.epsilon());
        flush(now, first, from, to);
      }
    }
  }

  private Known now(int worker) {
    Known now = known[worker];
    int slot = state.get(StepState.SLOT);
    int step = state.get(StepState.STEP) + 1;
    if (slot < 0 || slot >= rates.size()) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "%s: slot %d is outside the %d learning rates",
              operation.name(),
              slot,
              rates.size()));
    }
    float rate = rates.array()[rates.offset() + slot];
    if (now.step != step || now.rate != rate) {
      now.step = step;
      now.rate = rate;
      if (operation instanceof AdamUpdate o) {
        double correction1 = 1 - StrictMath.pow(o.beta1(), step);
        double correction2 = 1 - StrictMath.pow(o.beta2(), step);
        now.stepSize = (float) (rate / correction1);
        now.scale = (float) (1 / Math.sqrt(correction2));
      }
    }
    return now;
  }
}
