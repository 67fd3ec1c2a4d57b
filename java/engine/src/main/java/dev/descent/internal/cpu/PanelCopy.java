package dev.descent.internal.cpu;

import org.jspecify.annotations.Nullable;

/// A copy in [Panels] of a row-major result, made part by part where the result is made, while it is
/// still in a cache. What it saves is the packing by those who read the result panel by panel.
final class PanelCopy {
  private final FloatSpan from;
  private final int rows;
  private final int columns;
  private @Nullable Panels panels;

  /// @param from the result
  PanelCopy(FloatSpan from, int rows, int columns) {
    this.from = from;
    this.rows = rows;
    this.columns = columns;
  }

  /// Asks for the copy: it is there whenever the result is. To be called before the first run.
  Panels require() {
    if (panels == null) {
      panels = Panels.allocate(rows, columns);
    }
    return panels;
  }

  /// The bytes that the copy takes.
  long bytes() {
    return panels == null ? 0 : (long) panels.array().length * Float.BYTES;
  }

  /// Copies a part that is final now.
  void update(int row, int count, int column, int width) {
    Panels to = panels;
    if (to == null) {
      return;
    }
    float[] source = from.array();
    float[] target = to.array();
    for (int j = column; j < column + width; ) {
      int run = Math.min(column + width - j, Panels.WIDTH - j % Panels.WIDTH);
      int at = from.offset() + row * columns + j;
      int put = to.index(row, j);
      for (int i = 0; i < count; i++) {
        System.arraycopy(source, at, target, put, run);
        at += columns;
        put += Panels.WIDTH;
      }
      j += run;
    }
  }
}
