package dev.descent.internal.cpu.step;

import dev.descent.program.Operation;

/// Work on lines of images, each of which is independent of the others.
///
/// @param height the lines of an image
record LinesWork(Operation operation, int height, Line line) implements SampleWork {
  /// The work on one line.
  interface Line {
    /// Works on it.
    ///
    /// @param image the image's number in the batch
    /// @param y the line's number in the image
    void run(int worker, int image, int y);
  }

  @Override
  public void run(int worker, int from, int to) {
    for (int image = from; image < to; image++) {
      for (int y = 0; y < height; y++) {
        line.run(worker, image, y);
      }
    }
  }

  @Override
  public String describe() {
    return operation.name() + " -> " + operation.outputs().getFirst();
  }
}
