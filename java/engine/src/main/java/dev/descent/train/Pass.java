package dev.descent.train;

import dev.descent.backend.Executable;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;

/// One pass over a data set, in runs of several steps: as many as take some tens of milliseconds, so
/// that a device is not held up by being asked too often, and a user not by being told too rarely.
final class Pass {
  private static final double SECONDS_A_RUN = 0.03;

  private final Executable executable;
  private final Feed feed;
  private final String step;
  private final Tensor losses;
  private final Tensor correct;
  private int stepsDone;
  private long samples;
  private double lossSum;
  private long correctSum;
  private double seconds;

  Pass(Executable executable, Feed feed, String step, Tensor losses, Tensor correct) {
    this.executable = executable;
    this.feed = feed;
    this.step = step;
    this.losses = losses;
    this.correct = correct;
  }

  boolean isDone() {
    return stepsDone == feed.steps();
  }

  /// Runs the next steps, at least one.
  ///
  /// @param most how many at the most
  void advance(int most) {
    if (stepsDone < feed.fullSteps()) {
      int left = feed.fullSteps() - stepsDone;
      run(step, Math.min(left, Math.min(most, comfortableSteps())), feed.batch());
    } else if (!isDone()) {
      run(step + TrainingProgram.LAST, 1, feed.tail());
    }
  }

  /// The first run is a single step, which tells how long one takes.
  private int comfortableSteps() {
    return stepsDone == 0
        ? 1
        : (int) Math.max(1, Math.min(1 << 20, SECONDS_A_RUN / (seconds / stepsDone)));
  }

  private void run(String name, int times, int rows) {
    long start = System.nanoTime();
    executable.run(name, times);
    seconds += (System.nanoTime() - start) * 1e-9;
    float[] stepLosses = new float[times];
    int[] stepCorrect = new int[times];
    executable.read(losses.slice(stepsDone, times), MemorySegment.ofArray(stepLosses));
    executable.read(correct.slice(stepsDone, times), MemorySegment.ofArray(stepCorrect));
    for (int i = 0; i < times; i++) {
      lossSum += stepLosses[i];
      correctSum += stepCorrect[i];
    }
    stepsDone += times;
    samples += (long) times * rows;
  }

  int stepsDone() {
    return stepsDone;
  }

  int steps() {
    return feed.steps();
  }

  long samples() {
    return samples;
  }

  /// The mean loss of the samples so far.
  double loss() {
    return lossSum / samples;
  }

  /// The share of right answers so far, of those that the data set asks for.
  double accuracy() {
    return (double) correctSum / (samples * feed.answersPerSample());
  }

  /// What the steps took.
  double seconds() {
    return seconds;
  }
}
