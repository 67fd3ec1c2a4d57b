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
  private int stepsTimed;
  private long samplesTimed;
  private double seconds;

  /// @param done what was done of the epoch before; not part of the time
  Pass(
      Executable executable,
      Feed feed,
      String step,
      Tensor losses,
      Tensor correct,
      Checkpoint.Tally done) {
    this.executable = executable;
    this.feed = feed;
    this.step = step;
    this.losses = losses;
    this.correct = correct;
    stepsDone = done.step();
    samples = feed.rows(done.step());
    lossSum = done.lossSum();
    correctSum = done.correct();
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
    return stepsTimed == 0
        ? 1
        : (int) Math.max(1, Math.min(1 << 20, SECONDS_A_RUN / (seconds / stepsTimed)));
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
    stepsTimed += times;
    samplesTimed += (long) times * rows;
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

  /// How far it has come.
  Checkpoint.Tally tally() {
    return new Checkpoint.Tally(stepsDone, lossSum, correctSum);
  }

  /// The samples a second; NaN if no step was run here.
  double samplesPerSecond() {
    return samplesTimed / seconds;
  }

  /// What the steps took that were run here.
  double seconds() {
    return seconds;
  }
}
