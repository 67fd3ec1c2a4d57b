package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import org.jspecify.annotations.Nullable;

/// An element-wise activation, or its derivative, of its own; workers share out the elements.
final class ActivateStage implements Stage {
  /// Elements of a unit: whole cache lines.
  private static final int UNIT = 256;

  private final Activation activation;
  private final Elementwise math;
  private final @Nullable FloatSpan saved;
  private final FloatSpan x;
  private final FloatSpan out;
  private final String description;

  private ActivateStage(
      Activation activation,
      Elementwise math,
      @Nullable FloatSpan saved,
      FloatSpan x,
      FloatSpan out,
      String description) {
    this.activation = activation;
    this.math = math;
    this.saved = saved;
    this.x = x;
    this.out = out;
    this.description = description;
  }

  static ActivateStage of(Activate op, Elementwise math, Storage storage) {
    return new ActivateStage(
        op.activation(),
        math,
        null,
        storage.floats(op.x()),
        storage.floats(op.out()),
        "Activate(%s) -> %s: by elements".formatted(op.activation(), op.out()));
  }

  static ActivateStage of(ActivateBackward op, Elementwise math, Storage storage) {
    return new ActivateStage(
        op.activation(),
        math,
        storage.floats(op.saved()),
        storage.floats(op.dOut()),
        storage.floats(op.dX()),
        "ActivateBackward(%s) -> %s: by elements".formatted(op.activation(), op.dX()));
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(x.size(), UNIT);
    int from = Split.start(units, worker, workers) * UNIT;
    long end = (long) Split.start(units, worker + 1, workers) * UNIT;
    int count = (int) Math.min(end, x.size()) - from;
    if (count <= 0) {
      return;
    }
    int x0 = x.offset() + from;
    int out0 = out.offset() + from;
    if (saved == null) {
      math.activate(activation, x.array(), x0, 0, out.array(), out0, 0, 1, count);
    } else {
      int saved0 = saved.offset() + from;
      math.activateBackward(
          activation, saved.array(), saved0, 0, x.array(), x0, 0, out.array(), out0, 0, 1, count);
    }
  }

  @Override
  public String describe() {
    return description;
  }
}
