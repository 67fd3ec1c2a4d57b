package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.model.Model;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One backend of a comparison: opens it and trains on it in a thread of its own, an epoch whenever it
/// is its turn.
final class Contender implements Callback {
  private final String backend;
  private final Turns<String> turns;
  private @Nullable TrainingRun run;
  private @Nullable String stopReason;
  private @Nullable DeviceInfo device;
  private @Nullable History history;
  private @Nullable Throwable failure;
  private long deviceBytes;
  private double startSeconds;

  Contender(String backend, Turns<String> turns) {
    this.backend = backend;
    this.turns = turns;
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
      Function<Trainer, History> fit) {
    return Thread.ofPlatform()
        .name("descent-compare-" + backend)
        .start(() -> work(threads, newModel, setUp, fit));
  }

  private void work(
      int threads,
      Function<Engine, Model> newModel,
      Consumer<Trainer> setUp,
      Function<Trainer, History> fit) {
    turns.await(backend);
    long begin = System.nanoTime();
    try (Engine engine = Engine.open(backend, threads)) {
      device = engine.device();
      Trainer trainer = engine.trainer(newModel.apply(engine)).callback(new StartTime(begin));
      setUp.accept(trainer);
      history = fit.apply(trainer.callback(this));
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
    turns.pass(backend);
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
    return history == null ? List.of() : history.epochs();
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
