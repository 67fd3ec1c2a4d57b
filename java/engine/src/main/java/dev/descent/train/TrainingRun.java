package dev.descent.train;

import dev.descent.backend.DeviceInfo;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.objective.Schedule;
import dev.descent.train.program.TrainingProgram;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A training run as its callbacks see it: the settings, and the few things that can be changed.
public final class TrainingRun {
  private final Settings settings;
  private final TrainingProgram program;
  private final AtomicReference<@Nullable String> stopReason = new AtomicReference<>();
  private final Supplier<Checkpoint> checkpoint;
  private final Consumer<String> warning;
  private final List<EpochRecord> epochs;
  private final List<History.Stop> stops;
  private double rateFactor = 1;
  private Checkpoint.@Nullable Best best;

  /// What a run was asked to do.
  ///
  /// @param model receives the parameters when training ends
  /// @param loss the objective
  /// @param optimizer with its learning rate
  /// @param schedule how the learning rate changes
  /// @param train what is learned from
  /// @param validation what is measured after each epoch, or null
  /// @param batch the rows of a full batch
  /// @param epochs the number of epochs of the run
  /// @param shuffle whether the samples' order changes from epoch to epoch
  /// @param augmentation how training pictures are changed
  /// @param seed of the order of samples, of augmentation and of dropout
  /// @param device that the run is on
  public record Settings(
      Model model,
      Loss loss,
      Optimizer optimizer,
      Schedule schedule,
      DataSet train,
      @Nullable DataSet validation,
      int batch,
      int epochs,
      boolean shuffle,
      Augmentation augmentation,
      long seed,
      DeviceInfo device) {
    /// {@return the steps of an epoch: the last one may be on a short batch}
    public int steps() {
      return Math.ceilDiv(train.size(), batch);
    }
  }

  /// @param warning takes what [#warn] says
  /// @param epochs the finished epochs, as they come
  /// @param stops the stops before a resumption, once they are known
  TrainingRun(
      Settings settings,
      TrainingProgram program,
      Supplier<Checkpoint> checkpoint,
      Consumer<String> warning,
      List<EpochRecord> epochs,
      List<History.Stop> stops) {
    this.settings = settings;
    this.program = program;
    this.checkpoint = checkpoint;
    this.warning = warning;
    this.epochs = epochs;
    this.stops = stops;
  }

  /// {@return what the run was set up with}
  public Settings settings() {
    return settings;
  }

  /// Ends training after the current step or steps. The first reason given stands. May be called
  /// from any thread.
  ///
  /// @param reason in one line, for the history
  public void stop(String reason) {
    stopReason.compareAndSet(null, reason);
  }

  /// Tells the user something, in one line: through [Callback#onWarning] and [History#warnings].
  /// Called on the thread that trains.
  ///
  /// @param message in one line
  public void warn(String message) {
    warning.accept(message);
  }

  /// {@return why training ends, or null while it continues}
  public @Nullable String stopReason() {
    return stopReason.get();
  }

  /// {@return what the learning rate is multiplied by, over the schedule; 1 unless changed}
  public double rateFactor() {
    return rateFactor;
  }

  /// Changes [#rateFactor] from the next epoch on.
  ///
  /// @param factor above 0
  public void rateFactor(double factor) {
    if (!(factor > 0 && Double.isFinite(factor))) {
      throw new IllegalArgumentException("learning rate factor " + factor + " is not above 0");
    }
    rateFactor = factor;
  }

  /// The parameters of the best epoch that [EarlyStopping] keeps, or null.
  Checkpoint.@Nullable Best best() {
    return best;
  }

  void best(Checkpoint.@Nullable Best parameters) {
    best = parameters;
  }

  /// {@return a copy of the current parameters, in the layout of [Model#parameters]}
  public float[] parameters() {
    return program.readParameters();
  }

  /// Replaces the current parameters.
  ///
  /// @param parameters in the layout of [Model#parameters]; not modified
  public void parameters(float[] parameters) {
    program.writeParameters(parameters);
  }

  /// {@return the epochs finished so far, those before a resumption included}
  public List<EpochRecord> epochs() {
    return List.copyOf(epochs);
  }

  /// {@return where the run had been stopped before it was resumed, in order}
  public List<History.Stop> stops() {
    return List.copyOf(stops);
  }

  /// {@return all that is needed to go on from here another time: see [Trainer#resume]} Reads
  /// parameters and the optimizer's moments from the device. At the end of an epoch, a callback
  /// that was added later than this one's caller has not been told yet; [ModelCheckpoint] comes
  /// after all of them.
  public Checkpoint checkpoint() {
    return checkpoint.get();
  }

  /// {@return a copy of the last step's gradients, in the layout of [Model#parameters] as far as
  /// those are trained; zeros before the first step}
  public float[] gradients() {
    return program.readGradients();
  }

  /// The model's outputs with the current parameters for each row of the validation data, or of the
  /// training data where there are none: logits where the model has no last activation. Only in a
  /// run with a callback that says so by [Callback#predicts].
  ///
  /// @return `size x outputs`, row-major
  public float[] predict() {
    return program.predict();
  }

  /// {@return the bytes that the run holds on its device}
  public long deviceBytes() {
    return program.executable().memoryBytes();
  }
}
