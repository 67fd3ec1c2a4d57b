package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.objective.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// When Keras' EarlyStopping and ReduceLROnPlateau act, worked out by hand from their documented
/// rules, for figures that are given.
final class KerasCountingTest {
  private static final double NAN = Double.NaN;
  private static final DataSet ONE = DataSet.targets("one", new float[1], 1, new float[1], 1);

  private final List<EpochRecord> epochs = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /// After which epoch training stops: the wait counts epochs that are not better by more than min
  /// delta, and ends training once it reaches the patience, but never after the first epoch.
  @Test
  void earlyStoppingStopsWhereKerasDoes() {
    // patience 1 stops after the first epoch that is no better, and so does patience 0.
    assertEquals(2, stop(1, 0, 1.0, 1.1, 0.5));
    assertEquals(2, stop(0, 0, 1.0, 1.1, 0.5));
    assertEquals(3, stop(1, 0, 1.0, 0.9, 0.95, 0.5));
    // wait: 0 0 1 2
    assertEquals(4, stop(2, 0, 1.0, 0.9, 0.95, 0.92, 0.5));
    // wait: 0 0 1 0 1 2: a better epoch begins the count again.
    assertEquals(6, stop(2, 0, 1.0, 0.9, 0.95, 0.8, 0.81, 0.82, 0.1));
    // An equal value is no better.
    assertEquals(5, stop(3, 0, 5, 4, 4, 4, 4, 1));
    // 0.95 is better than 1 by less than 0.1; 0.88 is better by more.
    assertEquals(5, stop(2, 0.1, 1.0, 0.95, 0.88, 0.85, 0.9, 0.1));
    // NaN is never better. The first epoch does not end training.
    assertEquals(2, stop(1, 0, NAN, NAN, 1));
    assertEquals(3, stop(1, 0, NAN, 1.0, 1.1, 0.5));
    assertEquals(0, stop(1, 0, 5, 4, 3, 2, 1));
    assertEquals(0, stop(3, 0, 1, 2, 3));
  }

  @Test
  void ofAnAccuracyMoreIsBetter() {
    assertEquals(
        4, stop(new EarlyStopping(Monitor.VAL_ACCURACY, 2, 0, false), 0.5, 0.6, 0.6, 0.59));
    assertEquals(0, stop(new EarlyStopping(Monitor.VAL_ACCURACY, 1, 0, false), 0.5, 0.6, 0.7, 0.8));
  }

  /// The first epochs do not count, neither as the best nor as waiting.
  @Test
  void earlyStoppingStartsFromAnEpoch() {
    // counted: 1.2 is the best, wait 1 2
    assertEquals(5, stop(patient(2).startFromEpoch(2), 0.1, 0.2, 1.2, 1.3, 1.4, 0.1));
    assertEquals(4, stop(patient(0).startFromEpoch(2), 0.1, 0.2, 1.2, 1.3, 1.4));
    // From the fourth epoch on: 4 is the best, wait 1 at the fifth.
    assertEquals(5, stop(patient(1).startFromEpoch(3), 1, 2, 3, 4, 5, 6));
    assertEquals(0, stop(patient(1).startFromEpoch(9), 1, 2, 3, 4, 5, 6));
    // NaN in the first epoch that counts, which is not the first of all, is no better than nothing.
    assertEquals(2, stop(patient(1).startFromEpoch(1), 1, NAN, 1));
  }

  /// The wait begins again only at an epoch that is better than the best and than the baseline; and
  /// an epoch that is better than the best never ends training.
  @Test
  void aBaselineMustBeBeaten() {
    // wait: 1 2 3 4, but the first three are better than those before.
    assertEquals(4, stop(patient(2).baseline(0.5), 0.9, 0.8, 0.7, 0.75, 0.1));
    // wait: 1 2, no better in epoch 2.
    assertEquals(2, stop(patient(2).baseline(0.5), 0.9, 0.95, 0.1));
    // wait: 1 2 0 1 2: 0.4 beats both.
    assertEquals(5, stop(patient(2).baseline(0.5), 0.9, 0.8, 0.4, 0.45, 0.45, 0.1));
    // 0.45 is better than the baseline by less than 0.1, and better than 0.9 by more: wait 1 2 3.
    assertEquals(
        3, stop(new EarlyStopping(Monitor.VAL_LOSS, 3, 0.1, false).baseline(0.5), 0.9, 0.45, 0.44));
    assertEquals(
        3,
        stop(
            new EarlyStopping(Monitor.VAL_ACCURACY, 2, 0, false).baseline(0.8),
            0.5,
            0.6,
            0.6,
            0.9));
  }

  /// Keras warns, and goes on, where a figure is not there at all.
  @Test
  void aFigureThatIsNotThereDoesNotStopTraining() {
    assertEquals(
        0, stop(new EarlyStopping(Monitor.named("val_recall"), 1, 0, false), 1, 1, 1, 1, 1));
    assertEquals(0, stop(new EarlyStopping(Monitor.VAL_ACCURACY, 1, 0, true), NAN, NAN, NAN));
    assertEquals(List.of("early stopping: the run has no validation accuracy to watch"), warnings);
  }

  private static EarlyStopping patient(int patience) {
    return new EarlyStopping(Monitor.VAL_LOSS, patience, 0, false);
  }

  /// A run that is resumed after any epoch stops where it would have.
  @Test
  void epochsBeforeAResumptionCount() {
    double[] losses = {1.0, 0.9, 0.95, 0.8, 0.81, 0.82};
    for (int before = 1; before < losses.length; before++) {
      epochs.clear();
      for (int i = 0; i < before; i++) {
        epochs.add(epoch(i + 1, losses[i]));
      }
      assertEquals(6, go(new EarlyStopping(2), run(), losses), "resumed after " + before);
    }
    epochs.clear();
    for (double loss : losses) {
      epochs.add(epoch(epochs.size() + 1, loss));
    }
    TrainingRun run = run();
    new EarlyStopping(2).onTrainBegin(run);
    assertEquals(
        "early stopping: validation loss has not improved on 0.8000 since epoch 4",
        run.stopReason());
  }

  /// The learning rate of each epoch, and that of the one after the last.
  @Test
  void theLearningRateFallsWhereKerasLowersIt() {
    // wait: 0 1 2->0 1 2->0 1 2
    rates(2, 1e-4, 0, 0, "1 1 1 1 1 1 1", "8 8 8 4 4 2 2 1");
    // After a cut the cooldown counts down first, in the epoch that ends it as well.
    rates(1, 1e-4, 2, 0, "1 1 1 1 1 1", "8 8 4 4 2 2 1");
    rates(1, 1e-4, 0, 3, "1 1 1 1 1", "8 8 4 3 3 3");
    // 0.91 is better than 1 by less than 0.1; 0.85 by more.
    rates(2, 0.1, 0, 0, "1 .95 .91 .85 .80 .80", "8 8 8 4 4 4 2");
    rates(1, 0, 0, 0, "3 2 1 NaN 1 .5", "8 8 8 8 4 2 2");
    // A better epoch amid the cooldown does not end it.
    rates(1, 0, 2, 0, "1 1 .9 .9 .9 .9", "8 8 4 4 2 2 1");
    rates(0, 0, 0, 0, "1 1 .9 .9", "8 8 4 4 2");
  }

  private int stop(int patience, double minDelta, double... losses) {
    return stop(new EarlyStopping(Monitor.VAL_LOSS, patience, minDelta, false), losses);
  }

  /// The epoch after which a run with these figures is stopped; 0 if it is not.
  private int stop(EarlyStopping callback, double... figures) {
    epochs.clear();
    warnings.clear();
    return go(callback, run(), figures);
  }

  private int go(Callback callback, TrainingRun run, double... figures) {
    callback.onTrainBegin(run);
    for (int i = epochs.size(); i < figures.length && run.stopReason() == null; i++) {
      epochs.add(epoch(i + 1, figures[i]));
      callback.onEpochEnd(run, epochs.getLast());
    }
    return run.stopReason() == null ? 0 : epochs.size();
  }

  private void rates(
      int patience, double minDelta, int cooldown, double minRate, String losses, String wanted) {
    epochs.clear();
    TrainingRun run = run();
    var callback =
        new ReduceLearningRateOnPlateau(
            Monitor.VAL_LOSS, 0.5, patience, minDelta, cooldown, minRate);
    var found = new StringBuilder("8");
    callback.onTrainBegin(run);
    for (String loss : losses.split(" ", -1)) {
      epochs.add(epoch(epochs.size() + 1, Double.parseDouble(loss)));
      callback.onEpochEnd(run, epochs.getLast());
      found.append(' ').append(Math.round(8 * run.rateFactor()));
    }
    assertEquals(wanted, found.toString(), losses);
  }

  private static EpochRecord epoch(int number, double figure) {
    return new EpochRecord(number, 1, 1, figure, figure, 1, 1, 1, 8);
  }

  private TrainingRun run() {
    try (Engine engine = Engine.open("reference")) {
      var settings =
          new TrainingRun.Settings(
              Model.sequential(1).dense(1).build(1),
              Loss.meanSquaredError(),
              Optimizer.sgd(8),
              Schedule.constant(),
              ONE,
              ONE,
              1,
              9,
              true,
              Augmentation.NONE,
              0,
              engine.device());
      return new TrainingRun(
          settings,
          null,
          () -> {
            throw new AssertionError("a checkpoint");
          },
          warnings::add,
          epochs,
          List.of());
    }
  }
}
