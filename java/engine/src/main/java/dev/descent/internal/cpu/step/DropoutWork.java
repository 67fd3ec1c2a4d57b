package dev.descent.internal.cpu.step;

import dev.descent.program.ElementwiseOperation.Dropout;

/// Dropout by a mask that has been drawn.
final class DropoutWork implements SampleWork {
  private final Dropout operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final DropoutMask mask;
  private final int elements;

  DropoutWork(Dropout operation, DropoutMask mask, SampleGroups groups, Storage storage) {
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.mask = mask;
    this.elements = groups.elements(operation.x());
  }

  @Override
  public void run(int worker, int from, int to) {
    int first = from * elements;
    int count = to * elements - first;
    mask.apply(x.array(), x.offset() + first, first, out.array(), out.offset() + first, count);
  }

  @Override
  public String describe() {
    return "Dropout(%s) -> %s".formatted(operation.rate(), operation.out());
  }
}
