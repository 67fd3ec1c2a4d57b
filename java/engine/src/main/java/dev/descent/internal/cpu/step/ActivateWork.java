package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import org.jspecify.annotations.Nullable;

/// An element-wise activation, or its derivative, of its own.
final class ActivateWork implements SampleWork {
  private final Activation activation;
  private final Elementwise math;
  private final int elements;
  private final @Nullable FloatSpan saved;
  private final FloatSpan x;
  private final FloatSpan out;
  private final String description;

  private ActivateWork(
      Activation activation,
      Elementwise math,
      int elements,
      @Nullable FloatSpan saved,
      FloatSpan x,
      FloatSpan out,
      String description) {
    this.activation = activation;
    this.math = math;
    this.elements = elements;
    this.saved = saved;
    this.x = x;
    this.out = out;
    this.description = description;
  }

  static ActivateWork of(Activate op, SampleGroups groups, Elementwise math, Storage storage) {
    return new ActivateWork(
        op.activation(),
        math,
        groups.elements(op.x()),
        null,
        storage.floats(op.x()),
        storage.floats(op.out()),
        "Activate(%s) -> %s".formatted(op.activation(), op.out()));
  }

  static ActivateWork of(
      ActivateBackward op, SampleGroups groups, Elementwise math, Storage storage) {
    return new ActivateWork(
        op.activation(),
        math,
        groups.elements(op.dX()),
        storage.floats(op.saved()),
        storage.floats(op.dOut()),
        storage.floats(op.dX()),
        "ActivateBackward(%s) -> %s".formatted(op.activation(), op.dX()));
  }

  @Override
  public void run(int worker, int from, int to) {
    int count = (to - from) * elements;
    int x0 = x.offset() + from * elements;
    int out0 = out.offset() + from * elements;
    if (saved == null) {
      math.activate(activation, x.array(), x0, 0, out.array(), out0, 0, 1, count);
    } else {
      int saved0 = saved.offset() + from * elements;
      math.activateBackward(
          activation, saved.array(), saved0, 0, x.array(), x0, 0, out.array(), out0, 0, 1, count);
    }
  }

  @Override
  public String describe() {
    return description;
  }
}
