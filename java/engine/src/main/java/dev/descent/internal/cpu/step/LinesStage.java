package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.Operation;

/// Work on lines of images, each of which is independent of the others; workers share out the
/// lines.
final class LinesStage implements Stage {
  /// The work on one line.
  interface Line {
    /// Works on it.
    ///
    /// @param image the image's number in the batch
    /// @param y the line's number in the image
    void run(int worker, int image, int y);
  }

  private final Operation operation;
  private final int images;
  private final int height;
  private final Line line;

  /// @param images of the batch
  /// @param height the lines of an image
  LinesStage(Operation operation, int images, int height, Line line) {
    this.operation = operation;
    this.images = images;
    this.height = height;
    this.line = line;
  }

  @Override
  public void run(int worker, int workers) {
    int lines = images * height;
    int end = Split.start(lines, worker + 1, workers);
    for (int i = Split.start(lines, worker, workers); i < end; i++) {
      line.run(worker, i / height, i % height);
    }
  }

  @Override
  public String describe() {
    return "%s -> %s: by lines of images"
        .formatted(operation.name(), operation.outputs().getFirst());
  }
}
