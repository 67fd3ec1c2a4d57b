package dev.descent.train.program;

import dev.descent.backend.Executable;
import dev.descent.internal.event.Events;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;

/// One pass over a data set, in runs of several steps: as many as take a tenth of a second,
/// so that a device is not held up by being asked too often, and a user not by being told too
/// rarely. In runs of one step much is stored that only callers read.
public final class Pass {
  private static final double SECONDS_A_RUN = 0.1;

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

  /// How far a pass has come.
  ///
  /// @param steps the steps done
  /// @param loss the sum of the losses of their samples
  /// @param correct the correct predictions among them
  public record Sums(int steps, double loss, long correct) {
    /// Of a pass that begins.
    public static final Sums NOTHING = new Sums(0, 0, 0);
  }

  /// @param done what was done of the epoch before; not part of the time
  Pass(Executable executable, Feed feed, String step, Tensor losses, Tensor correct, Sums done) {
    this.executable = executable;
    this.feed = feed;
    this.step = step;
    this.losses = losses;
    this.correct = correct;
    stepsDone = done.steps();
    samples = feed.rows(done.steps());
    lossSum = done.loss();
    correctSum = done.correct();
  }

  /// Whether all steps are done.
  public boolean isDone() {
    return stepsDone == feed.steps();
  }

  /// Runs the next steps, at least one.
  ///
  /// @param most how many at the most
  public void advance(int most) {
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
    Events.Steps event = Events.steps();
    long start = System.nanoTime();
    executable.run(name, times);
    seconds += (System.nanoTime() - start) * 1e-9;
    event.commit(name, times, (long) times * rows);
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

  /// The steps done, those before a resumption included.
  public int stepsDone() {
    return stepsDone;
  }

  /// All steps of the pass.
  public int steps() {
    return feed.steps();
  }

  /// The samples of the steps done.
  public long samples() {
    return samples;
  }

  /// The mean loss of the samples so far.
  public double loss() {
    return lossSum / samples;
  }

  /// The share of correct predictions so far, of those that can be correct.
  public double accuracy() {
    return (double) correctSum / (samples * feed.predictionsPerSample());
  }

  /// How far it has come.
  public Sums sums() {
    return new Sums(stepsDone, lossSum, correctSum);
  }

  /// The samples a second; NaN if no step was run here.
  public double samplesPerSecond() {
    return samplesTimed / seconds;
  }

  /// What the steps took that were run here.
  public double seconds() {
    return seconds;
  }
}
