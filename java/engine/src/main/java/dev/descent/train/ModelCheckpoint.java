package dev.descent.train;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.FreeSpace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Saves a [Checkpoint] again and again while training goes on, so that after a crash at any moment
/// no more is lost than what was done since the last one. Names and defaults are Keras'. Serves one
/// run at a time.
///
/// A file is replaced as a whole once the new one is on the disk; the one before stays until then.
/// A file that can't be written does not end training: it is told as a warning, tried again at the
/// next time, and [#failure] tells. A state with a NaN or an infinite number in it is never saved.
///
/// ```java
/// engine.trainer(model)
///     .callback(new ModelCheckpoint(Path.of("run.safetensors")).saveFreq(SaveFrequency.steps(500)))
///     .fit(data, 20);
/// // later
/// engine.trainer(model).resume(Checkpoint.load(Path.of("run.safetensors"))).fit(data, 20);
/// ```
public final class ModelCheckpoint implements Callback {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{(\\w+)(?::(0?\\d*)(?:\\.(\\d+))?[df])?}");
  private static final long NANOS = 1_000_000_000;

  private final Path filepath;
  private Monitor monitor = Monitor.VAL_LOSS;
  private Mode mode = Mode.AUTO;
  private boolean saveBestOnly;
  private boolean saveWeightsOnly;
  private boolean saveWhenFinished = true;
  private SaveFrequency saveFreq = SaveFrequency.epochs(1);
  private long leastNanos;
  private double initialValue = Double.NaN;

  private double best;
  private long position;
  private long savedPosition;
  private long savedAt;
  private boolean unmonitored;
  private boolean diverged;
  private @Nullable Path saved;
  private @Nullable DescentException failure;
  private @Nullable Checkpoint unsaved;

  /// Whether more or less of the monitored figure is better.
  public enum Mode {
    /// As the figure is: less of a loss, more of an accuracy.
    AUTO,
    /// Lower is better.
    MIN,
    /// Higher is better.
    MAX
  }

  /// Saves after each epoch, and when training ends.
  ///
  /// @param filepath the file; in its name `{epoch}` stands for the epoch, from 1, and `{loss}`,
  ///     `{accuracy}`, `{val_loss}`, `{val_accuracy}` for its figures, as in
  ///     `{epoch:02d}-{val_loss:.4f}.safetensors`
  public ModelCheckpoint(Path filepath) {
    this.filepath = filepath;
  }

  /// The figure by which an epoch is the best; the validation loss unless set.
  ///
  /// @param figure what tells the best epoch
  /// @return this
  public ModelCheckpoint monitor(Monitor figure) {
    this.monitor = figure;
    return this;
  }

  /// Which of two values of the figure is better.
  ///
  /// @param better whether less or more is better
  /// @return this
  public ModelCheckpoint mode(Mode better) {
    this.mode = better;
    return this;
  }

  /// Whether only epochs are saved that are better than all before them; false unless set.
  ///
  /// @param bestOnly whether only a better epoch is saved
  /// @return this
  public ModelCheckpoint saveBestOnly(boolean bestOnly) {
    this.saveBestOnly = bestOnly;
    return this;
  }

  /// Whether the file holds the model alone, from which no run is resumed; false unless set.
  ///
  /// @param weightsOnly whether the model is saved without the state of its training
  /// @return this
  public ModelCheckpoint saveWeightsOnly(boolean weightsOnly) {
    this.saveWeightsOnly = weightsOnly;
    return this;
  }

  /// How often it saves; after each epoch unless set. The best epochs are looked for at the end of
  /// epochs only.
  ///
  /// @param frequency how often
  /// @return this
  public ModelCheckpoint saveFreq(SaveFrequency frequency) {
    this.saveFreq = frequency;
    return this;
  }

  /// What the figure of an epoch must be better than to be the best, before there is one.
  ///
  /// @param value of the figure
  /// @return this
  public ModelCheckpoint initialValueThreshold(double value) {
    this.initialValue = value;
    return this;
  }

  /// The least time between two checkpoints; none unless set. That at the end is not held back.
  ///
  /// @param time between two files
  /// @return this
  public ModelCheckpoint notMoreOftenThan(Duration time) {
    this.leastNanos = time.toNanos();
    return this;
  }

  /// Whether the state after the last epoch is saved too, where a run was not stopped; true unless
  /// set. One that was stopped is always saved.
  ///
  /// @param save whether a file is written then
  /// @return this
  public ModelCheckpoint saveWhenFinished(boolean save) {
    this.saveWhenFinished = save;
    return this;
  }

  /// @throws IllegalArgumentException if the best is wanted and the frequency is not in epochs
  /// @throws DescentException if the file can't be written, or the disk has no room for it
  @Override
  public void onTrainBegin(TrainingRun run) {
    if (saveBestOnly && saveFreq.unit() != SaveFrequency.Unit.EPOCHS) {
      throw new IllegalArgumentException(
          "the best epoch is known at the end of epochs, not every " + saveFreq);
    }
    AtomicFile.requireWritable(filepath);
    TrainingRun.Settings settings = run.settings();
    FreeSpace.require(
        Map.of(
            filepath,
            saveWeightsOnly
                ? Checkpoint.modelBytes(settings.model())
                : Checkpoint.estimateBytes(
                    settings.model(),
                    settings.optimizer(),
                    settings.epochs(),
                    run.best() != null)));
    best = Double.isNaN(initialValue) ? worst() : initialValue;
    run.epochs().forEach(epoch -> isBest(run, epoch));
    position =
        run.stops().isEmpty()
            ? 0
            : position(settings, run.stops().getLast().epochs() + 1, run.stops().getLast().step());
    savedPosition = position;
    savedAt = System.nanoTime();
    saved = null;
    failure = null;
    unsaved = null;
    unmonitored = false;
    diverged = false;
  }

  private static long position(TrainingRun.Settings settings, int epoch, int step) {
    return (epoch - 1L) * settings.steps() + step;
  }

  @Override
  public int batchInterval() {
    return saveFreq.unit() == SaveFrequency.Unit.STEPS
        ? (int) (saveFreq.count() - position % saveFreq.count())
        : Integer.MAX_VALUE;
  }

  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    position = position(run.settings(), batch.epoch(), batch.step());
    diverged = !Double.isFinite(batch.loss());
    boolean due =
        switch (saveFreq.unit()) {
          case STEPS -> position % saveFreq.count() == 0;
          case SECONDS -> isTime();
          case EPOCHS -> false;
        };
    if (due && !diverged) {
      save(run, figures(batch));
    }
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    boolean better = isBest(run, epoch);
    boolean due =
        switch (saveFreq.unit()) {
          case STEPS -> false;
          case SECONDS -> isTime();
          case EPOCHS -> epoch.epoch() % saveFreq.count() == 0;
        };
    if (due && (better || !saveBestOnly) && System.nanoTime() - savedAt >= leastNanos) {
      save(run, figures(epoch));
    }
  }

  private boolean isTime() {
    return System.nanoTime() - savedAt >= saveFreq.count() * NANOS;
  }

  /// Saves what was done since the last checkpoint.
  @Override
  public void onTrainEnd(TrainingRun run, History history) {
    boolean wanted = saveWhenFinished || history.stopReason() != null;
    boolean late = position != savedPosition || failure != null;
    if (saveBestOnly || diverged || !wanted || !late) {
      return;
    }
    int epoch = history.epochs().size();
    boolean amid = position % run.settings().steps() != 0 || epoch == 0;
    Checkpoint last = save(run, amid ? Map.of("epoch", epoch + 1.0) : figures(history.last()));
    unsaved = failure == null ? null : last;
  }

  /// Takes the next epoch, and tells whether it is the best so far.
  private boolean isBest(TrainingRun run, EpochRecord epoch) {
    double value = monitor.of(epoch);
    if (saveBestOnly && Double.isNaN(value) && !unmonitored) {
      unmonitored = true;
      run.warn("checkpoint: there is no " + monitor.label() + " to tell the best epoch by");
    }
    boolean better = higherIsBetter() ? value > best : value < best;
    best = better ? value : best;
    return better;
  }

  private double worst() {
    return higherIsBetter() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  private boolean higherIsBetter() {
    return mode == Mode.MAX || (mode == Mode.AUTO && monitor.higherIsBetter());
  }

  private Checkpoint save(TrainingRun run, Map<String, Double> figures) {
    Checkpoint checkpoint = run.checkpoint();
    if (!checkpoint.isFinite()) {
      return checkpoint;
    }
    Path file = named(figures);
    try {
      if (saveWeightsOnly) {
        checkpoint.model().save(file);
      } else {
        checkpoint.save(file);
      }
      saved = file;
      savedPosition = position;
      failure = null;
    } catch (DescentException e) {
      if (failure == null) {
        run.warn("checkpoint: " + e.getMessage() + "; the one before stays");
      }
      failure = e;
    }
    savedAt = System.nanoTime();
    return checkpoint;
  }

  private static Map<String, Double> figures(EpochRecord epoch) {
    Map<String, Double> figures = new HashMap<>();
    figures.put("epoch", (double) epoch.epoch());
    figures.put("loss", epoch.loss());
    figures.put("accuracy", epoch.accuracy());
    figures.put("val_loss", epoch.valLoss());
    figures.put("val_accuracy", epoch.valAccuracy());
    epoch.metrics().forEach((name, value) -> figures.put("val_" + name, value));
    return figures;
  }

  private static Map<String, Double> figures(BatchRecord batch) {
    return Map.of(
        "epoch", (double) batch.epoch(), "loss", batch.loss(), "accuracy", batch.accuracy());
  }

  /// The file's path with figures in place of their names; what is no such name stays.
  private Path named(Map<String, Double> figures) {
    String path = filepath.toString();
    String filled = PLACEHOLDER.matcher(path).replaceAll(found -> placeholder(found, figures));
    return filled.equals(path) ? filepath : filepath.getFileSystem().getPath(filled);
  }

  private static String placeholder(MatchResult found, Map<String, Double> figures) {
    Double value = figures.get(found.group(1));
    if (value == null) {
      return Matcher.quoteReplacement(found.group());
    }
    boolean whole = found.group(1).equals("epoch");
    String width = found.group(2) == null ? "" : found.group(2);
    String places = whole ? "" : "." + (found.group(3) == null ? "4" : found.group(3));
    String format = "%" + (width.equals("0") ? "" : width) + places + (whole ? "d" : "f");
    return whole
        ? String.format(Locale.ROOT, format, value.longValue())
        : String.format(Locale.ROOT, format, value);
  }

  /// {@return the last file that was written in this run, or null}
  public @Nullable Path saved() {
    return saved;
  }

  /// {@return why the last checkpoint could not be written, or null if it was}
  public @Nullable DescentException failure() {
    return failure;
  }

  /// {@return the state at the end of training, if its file could not be written: to be saved
  /// elsewhere}
  public @Nullable Checkpoint unsaved() {
    return unsaved;
  }
}
