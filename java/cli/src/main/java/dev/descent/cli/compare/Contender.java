package dev.descent.cli.compare;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.model.Model;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One backend of a comparison: opens it and trains on it in a thread of its own, an epoch whenever
/// it is its turn.
final class Contender implements Callback {
  private final String backend;
  private final Turns<String> turns;
  private final Consumer<Contender> told;
  private final List<EpochRecord> epochs = new ArrayList<>();
  private @Nullable TrainingRun run;
  private @Nullable String stopReason;
  private @Nullable DeviceInfo device;
  private @Nullable Throwable failure;
  private long deviceBytes;
  private double startSeconds;
  private double lastLoss;

  /// @param told called after each epoch, while it is this contender's turn
  Contender(String backend, Turns<String> turns, Consumer<Contender> told) {
    this.backend = backend;
    this.turns = turns;
    this.told = told;
  }

  String backend() {
    return backend;
  }

  /// Starts the thread. After it has ended, the results may be read.
  ///
  /// @param newModel makes the model; the same for each contender
  /// @param setUp sets the trainer up
  /// @param fit trains
  Thread start(
      int threads,
      Function<Engine, Model> newModel,
      Consumer<Trainer> setUp,
      Consumer<Trainer> fit) {
    return Thread.ofPlatform()
        .name("descent-compare-" + backend)
        .start(() -> work(threads, newModel, setUp, fit));
  }

  private void work(
      int threads,
      Function<Engine, Model> newModel,
      Consumer<Trainer> setUp,
      Consumer<Trainer> fit) {
    turns.await(backend);
    long begin = System.nanoTime();
    try (Engine engine = Engine.open(backend, threads)) {
      device = engine.device();
      Trainer trainer = engine.trainer(newModel.apply(engine)).callback(new StartTime(begin));
      setUp.accept(trainer);
      fit.accept(trainer.callback(this));
    } catch (Throwable e) {
      failure = e;
    } finally {
      turns.leave(backend);
    }
  }

  /// How long it took until the first step could run.
  private final class StartTime implements Callback {
    private final long begin;

    StartTime(long begin) {
      this.begin = begin;
    }

    @Override
    public void onTrainBegin(TrainingRun trainingRun) {
      startSeconds = (System.nanoTime() - begin) * 1e-9;
      deviceBytes = trainingRun.deviceBytes();
    }
  }

  @Override
  public void onTrainBegin(TrainingRun trainingRun) {
    synchronized (this) {
      run = trainingRun;
      if (stopReason != null) {
        trainingRun.stop(stopReason);
      }
    }
    turns.pass(backend);
  }

  @Override
  public void onEpochBegin(TrainingRun trainingRun, int epoch) {
    turns.await(backend);
  }

  @Override
  public void onEpochEnd(TrainingRun trainingRun, EpochRecord record) {
    epochs.add(record);
    told.accept(this);
    turns.pass(backend);
  }

  /// A run whose loss is no number has failed.
  @Override
  public void onTrainEnd(TrainingRun trainingRun, History history) {
    String reason = history.stopReason();
    if (reason != null && !Double.isFinite(lastLoss)) {
      failure = new DescentException(reason);
    }
  }

  @Override
  public void onBatchEnd(TrainingRun trainingRun, BatchRecord batch) {
    lastLoss = batch.loss();
  }

  /// Asks it to stop after the current step. May be called from any thread, at any time.
  synchronized void stop(String reason) {
    stopReason = reason;
    if (run != null) {
      run.stop(reason);
    }
  }

  /// What it ran on, or null if it could not be opened.
  @Nullable DeviceInfo device() {
    return device;
  }

  /// Why it failed, or null if it did not.
  @Nullable Throwable failure() {
    return failure;
  }

  /// The epochs that it finished.
  List<EpochRecord> epochs() {
    return List.copyOf(epochs);
  }

  /// The bytes that it held on its device.
  long deviceBytes() {
    return deviceBytes;
  }

  /// From opening the device to the first step.
  double startSeconds() {
    return startSeconds;
  }
}
