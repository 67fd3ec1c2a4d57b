package dev.descent.train;

import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.program.Pass;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A training run at one moment, with all that is needed to go on from there: see
/// [TrainingRun#checkpoint] and [Trainer#resume]. With the same settings, data, backend and device
/// a resumed run ends with the very numbers of one that was never stopped.
///
/// @param model with the parameters of that moment; the checkpoint's own
/// @param moments the optimizer's state, each in the layout of [Model#parameters], as far as those
///     are trained; not copied
/// @param origin what a run must have in common with this one to go on from it
/// @param learningRate the optimizer's, before schedule and factor
/// @param epochs the finished epochs. Times are not kept, so that the same run gives the same file:
///     they are NaN once loaded
/// @param stops where the run had been stopped before
/// @param rateFactor see [TrainingRun#rateFactor()]
/// @param tally of the unfinished epoch
/// @param best the parameters of the best epoch so far, where [EarlyStopping] keeps them, else null
public record Checkpoint(
    Model model,
    List<float[]> moments,
    Origin origin,
    float learningRate,
    List<EpochRecord> epochs,
    List<History.Stop> stops,
    double rateFactor,
    Tally tally,
    @Nullable Best best) {
  private static final long HEADER_BYTES = 4096;
  private static final long EPOCH_BYTES = 160;

  /// Copies the lists; the arrays in them are not copied.
  public Checkpoint {
    moments = List.copyOf(moments);
    epochs = List.copyOf(epochs);
    stops = List.copyOf(stops);
  }

  /// What decides which numbers a run meets in which order.
  ///
  /// @param optimizer its name and, but for the learning rate, its numbers
  /// @param batch the rows of a full batch
  /// @param samples the rows of the training data
  /// @param data a checksum of the training data; empty where it is not known or does not matter
  /// @param shuffle whether the samples' order changes from epoch to epoch
  /// @param augmentation how training pictures are changed
  /// @param seed of the order of samples, of augmentation and of dropout
  public record Origin(
      String optimizer,
      int batch,
      int samples,
      String data,
      boolean shuffle,
      Augmentation augmentation,
      long seed) {
    /// {@return what a run with these settings has}
    ///
    /// @param optimizer with its numbers
    /// @param batch the samples of a step
    /// @param train what is learned from
    /// @param shuffle whether the samples' order changes from epoch to epoch
    /// @param augmentation how training pictures are changed
    /// @param seed of the order of samples, of augmentation and of dropout
    public static Origin of(
        Optimizer optimizer,
        int batch,
        DataSet train,
        boolean shuffle,
        Augmentation augmentation,
        long seed) {
      return new Origin(
          optimizer.describe(),
          batch,
          train.size(),
          DataChecksum.of(train),
          shuffle,
          augmentation,
          seed);
    }

    /// What differs between two, as `batch 32, not 64`; empty if nothing does.
    List<String> differences(Origin other) {
      List<String> found = new ArrayList<>();
      add(found, "optimizer", optimizer, other.optimizer);
      add(found, "batch", batch, other.batch);
      add(found, "samples", samples, other.samples);
      add(found, "shuffle", shuffle, other.shuffle);
      add(found, "augmentation", augmentation, other.augmentation);
      add(found, "seed", seed, other.seed);
      String different = dataDifference(other);
      if (found.isEmpty() && !different.isEmpty()) {
        found.add("training data with other " + different);
      }
      return found;
    }

    /// {@return what differs between the training data of two runs: `features`, `answers`, both, or
    /// `numbers`; empty if nothing does, or it is not known}
    ///
    /// @param other to compare with
    public String dataDifference(Origin other) {
      return data.isEmpty() || other.data.isEmpty()
          ? ""
          : DataChecksum.difference(data, other.data);
    }

    private static void add(List<String> found, String what, Object theirs, Object ours) {
      if (!theirs.equals(ours)) {
        found.add("%s %s, not %s".formatted(what, theirs, ours));
      }
    }

    /// {@return the optimizer's name alone}
    public String optimizerName() {
      return optimizer.split(" ", 2)[0];
    }

    /// {@return the steps of an epoch}
    public int steps() {
      return Math.ceilDiv(samples, batch);
    }
  }

  /// How far an epoch has come.
  ///
  /// @param step the steps done
  /// @param lossSum the losses of their samples, summed
  /// @param correct the correct predictions among them
  public record Tally(int step, double lossSum, long correct) {
    static final Tally NOTHING = of(Pass.Sums.NOTHING);

    static Tally of(Pass.Sums sums) {
      return new Tally(sums.steps(), sums.loss(), sums.correct());
    }

    Pass.Sums sums() {
      return new Pass.Sums(step, lossSum, correct);
    }
  }

  /// The parameters at the end of an epoch.
  ///
  /// @param epoch from 1
  /// @param parameters in the layout of [Model#parameters]; not copied
  @SuppressWarnings("ArrayRecordComponent") // as a model's weights
  public record Best(int epoch, float[] parameters) {}

  /// {@return the same, for a run on other training data: [Trainer#resume] does not compare them}
  public Checkpoint forOtherData() {
    var any =
        new Origin(
            origin.optimizer,
            origin.batch,
            origin.samples,
            "",
            origin.shuffle,
            origin.augmentation,
            origin.seed);
    return new Checkpoint(
        model, moments, any, learningRate, epochs, stops, rateFactor, tally, best);
  }

  /// Whether all its numbers are finite: a run that diverged can't go on from its end.
  boolean isFinite() {
    return Finite.all(model.parameters()) && moments.stream().allMatch(Finite::all);
  }

  /// {@return the bytes that the file of a model alone takes, or a little less}
  ///
  /// @param model that is trained
  public static long modelBytes(Model model) {
    return HEADER_BYTES + (long) Float.BYTES * model.parameters().length;
  }

  /// {@return the bytes that a checkpoint of such a run takes at its end, or a little less}
  ///
  /// @param model that is trained
  /// @param optimizer with its numbers
  /// @param epochs at the end of the run
  /// @param withBest whether [EarlyStopping] keeps the parameters of the best epoch
  public static long estimateBytes(Model model, Optimizer optimizer, int epochs, boolean withBest) {
    long copies = 1L + (withBest ? 1 : 0);
    long numbers =
        copies * model.parameters().length + (long) optimizer.moments() * model.trainedLength();
    return HEADER_BYTES + EPOCH_BYTES * epochs + Float.BYTES * numbers;
  }

  /// {@return where in training this is}
  public History.Stop place() {
    return new History.Stop(epochs.size(), tally.step(), origin.steps());
  }

  /// Writes model and checkpoint into one safetensors file, which [Model#load] reads as a model.
  ///
  /// @param file is replaced as a whole
  /// @throws dev.descent.DescentException if the file can't be written; the old one, if any, stays
  public void save(Path file) {
    CheckpointFile.write(this, file);
  }

  /// Reads what [#save] wrote.
  ///
  /// @param file to read
  /// @return the checkpoint
  /// @throws dev.descent.DataException if the file is missing or malformed, or holds a model alone
  public static Checkpoint load(Path file) {
    return CheckpointFile.read(file);
  }

  /// Fails unless a run with these settings can go on from here.
  ///
  /// @throws IllegalArgumentException naming what differs
  void requireFit(Model other, Origin wanted, Optimizer optimizer, int wantedEpochs) {
    if (!other.frozen().equals(model.frozen())) {
      throw new IllegalArgumentException(
          "the checkpoint's run froze %s; this one freezes %s"
              .formatted(model.frozen(), other.frozen()));
    }
    if (!other.layers().equals(model.layers()) || other.inputs() != model.inputs()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the checkpoint is of a model of %,d inputs and %s; this one has %,d and %s",
              model.inputs(),
              model.layers(),
              other.inputs(),
              other.layers()));
    }
    List<String> differences = origin.differences(wanted);
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          "the checkpoint is of a run with " + String.join("; ", differences));
    }
    if (optimizer.moments() != moments.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the checkpoint has %d numbers for each parameter; %s keeps %d",
              moments.size(),
              optimizer.name(),
              optimizer.moments()));
    }
    int begun = epochs.size() + (tally.step() > 0 ? 1 : 0);
    if (wantedEpochs < begun) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the checkpoint has begun %d epochs already; %d were requested, counted from the"
                  + " start",
              begun,
              wantedEpochs));
    }
  }
}
