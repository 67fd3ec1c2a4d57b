package dev.descent.internal.cpu.step;

import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// While a step is compiled: which of the results so far can also be had in panels.
final class PanelCopies {
  private record Made(Tensor tensor, PanelCopy copy) {}

  private final List<Made> made = new ArrayList<>();

  /// Notes that operations write these tensors: copies of what was there before no longer count.
  void overwritten(List<Tensor> tensors) {
    made.removeIf(m -> tensors.stream().anyMatch(m.tensor::overlaps));
  }

  /// Notes that a stage makes a tensor and can copy it.
  void made(Tensor tensor, PanelCopy copy) {
    made.add(new Made(tensor, copy));
  }

  /// What copies a tensor where it is made, or null if nothing does.
  @Nullable PanelCopy of(Tensor tensor) {
    for (Made m : made) {
      if (m.tensor.sameElements(tensor) && m.tensor.columns() == tensor.columns()) {
        return m.copy;
      }
    }
    return null;
  }
}
