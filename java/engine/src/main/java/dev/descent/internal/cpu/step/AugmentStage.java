package dev.descent.internal.cpu.step;

import dev.descent.internal.Distortion;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.StepState;

/// Changes pictures at random; workers share out the samples.
final class AugmentStage implements Stage {
  private final Augment operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final IntSpan state;
  private final int rows;
  private final int height;
  private final int width;
  private final int channels;
  private final Distortion[] distortions;

  AugmentStage(Augment operation, Storage storage, int workers) {
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.state = storage.ints(operation.state());
    this.rows = (int) operation.x().rows();
    this.height = operation.height();
    this.width = operation.width();
    this.channels = operation.channels();
    this.distortions = new Distortion[workers];
    for (int worker = 0; worker < workers; worker++) {
      distortions[worker] = new Distortion(operation);
    }
  }

  @Override
  public void run(int worker, int workers) {
    Distortion distortion = distortions[worker];
    int step = state.get(StepState.STEP);
    int size = height * width * channels;
    int end = Split.start(rows, worker + 1, workers);
    for (int row = Split.start(rows, worker, workers); row < end; row++) {
      distortion.draw(row, step);
      move(distortion, x.offset() + row * size, out.offset() + row * size);
      if (operation.augmentation().changesValues()) {
        change(distortion, out.offset() + row * size, size);
      }
    }
  }

  /// Fills a picture, line by line, from the places that its positions come from.
  private void move(Distortion distortion, int from, int to) {
    for (int i = 0; i < height; i++) {
      int line = to + i * width * channels;
      line(
          (float) distortion.x(i, 0),
          (float) distortion.xx(),
          (float) distortion.y(i, 0),
          (float) distortion.yx(),
          from,
          line);
    }
  }

  /// Without branches, which could not be foretold.
  private void line(float x0, float stepX, float y0, float stepY, int from, int to) {
    float[] picture = x.array();
    float[] target = out.array();
    float right = width - 1;
    float bottom = height - 1;
    int below = width * channels;
    for (int j = 0; j < width; j++) {
      float px = Math.min(Math.max(x0 + stepX * j, 0), right);
      float py = Math.min(Math.max(y0 + stepY * j, 0), bottom);
      int column = (int) px;
      int row = (int) py;
      float across = px - column;
      float down = py - row;
      int at = from + (row * width + column) * channels;
      int next = column < width - 1 ? channels : 0;
      int under = row < height - 1 ? below : 0;
      for (int c = 0; c < channels; c++) {
        float a = picture[at + c];
        float b = picture[at + under + c];
        float upper = a + across * (picture[at + next + c] - a);
        float lower = b + across * (picture[at + under + next + c] - b);
        target[to + j * channels + c] = upper + down * (lower - upper);
      }
    }
  }

  /// Applies contrast and brightness.
  private void change(Distortion distortion, int from, int size) {
    float[] values = out.array();
    double sum = 0;
    for (int e = from; e < from + size; e++) {
      sum += values[e];
    }
    double low = operation.low();
    double mean = sum / size;
    double brightness = distortion.brightness();
    double contrast = distortion.contrast();
    float factor = (float) (brightness * contrast);
    float shift = (float) (low + brightness * (mean - contrast * mean - low));
    float least = operation.low();
    float most = operation.high();
    for (int e = from; e < from + size; e++) {
      values[e] = Math.min(Math.max(factor * values[e] + shift, least), most);
    }
  }

  @Override
  public String describe() {
    return "Augment(%s) -> %s: by samples".formatted(operation.augmentation(), operation.out());
  }
}
