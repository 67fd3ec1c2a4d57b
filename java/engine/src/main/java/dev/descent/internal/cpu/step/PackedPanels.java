package dev.descent.internal.cpu.step;

/// Which panel each worker has packed in its workspace during a run of a stage.
final class PackedPanels {
  /// Entries of different workers lie on different cache lines.
  private static final int STRIDE = 32;

  private static final int NONE = -1;

  private final int[] panels;

  PackedPanels(int workers) {
    panels = new int[workers * STRIDE];
  }

  /// To be called at the beginning of a run: what was packed may have changed.
  void forget(int worker) {
    panels[worker * STRIDE] = NONE;
  }

  /// Whether the worker has packed this panel last. From now on it counts as packed.
  boolean holds(int worker, int panel) {
    boolean held = panels[worker * STRIDE] == panel;
    panels[worker * STRIDE] = panel;
    return held;
  }
}
