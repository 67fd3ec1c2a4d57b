package dev.descent.train;

import dev.descent.backend.Backend;
import dev.descent.backend.KernelTime;
import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.internal.event.Events;
import dev.descent.internal.format.Json;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import dev.descent.program.Program;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.objective.Schedule;
import dev.descent.train.program.Pass;
import dev.descent.train.program.TrainingProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Trains a model on a device. Made by [dev.descent.Engine#trainer]; set it up by chained calls,
/// then call [#fit].
///
/// The same seed, backend and device give the same parameters, bit for bit.
public final class Trainer {
  private static final int SHUFFLE_STREAM = 0x5EED;

  private final Backend backend;
  private final Model model;
  private final List<Callback> callbacks = new ArrayList<>();
  private Loss loss = Loss.softmaxCrossEntropy();
  private Optimizer optimizer = Optimizer.adam(1e-3f);
  private Schedule schedule = Schedule.constant();
  private int batch = 128;
  private boolean shuffle = true;
  private boolean terminateOnNaN = true;
  private Augmentation augmentation = Augmentation.NONE;
  private long seed;
  private @Nullable DataSet validation;
  private @Nullable Checkpoint from;
  private List<Metric> metrics = List.of();

  /// Makes a trainer with the defaults of its setters.
  ///
  /// @param backend stays the caller's to close
  /// @param model receives the trained parameters
  public Trainer(Backend backend, Model model) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.model = Objects.requireNonNull(model, "model");
  }

  /// What to make small; softmax cross-entropy unless set.
  ///
  /// @param loss the objective
  /// @return this
  public Trainer loss(Loss loss) {
    this.loss = Objects.requireNonNull(loss, "loss");
    return this;
  }

  /// How parameters follow gradients; Adam with 0.001 unless set.
  ///
  /// @param optimizer with its learning rate
  /// @return this
  public Trainer optimizer(Optimizer optimizer) {
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
    return this;
  }

  /// How the learning rate changes; constant unless set.
  ///
  /// @param schedule over the whole run
  /// @return this
  public Trainer schedule(Schedule schedule) {
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return this;
  }

  /// The samples of a step; 128 unless set. The last step of an epoch takes what is left.
  ///
  /// @param batch at least 1
  /// @return this
  public Trainer batch(int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch " + batch + "; must be >= 1");
    }
    this.batch = batch;
    return this;
  }

  /// Whether each epoch goes through the samples in another random order; true unless set.
  ///
  /// @param shuffle whether it does
  /// @return this
  public Trainer shuffle(boolean shuffle) {
    this.shuffle = shuffle;
    return this;
  }

  /// How the pictures of the training data are changed at random, each time that one is trained on;
  /// not at all unless set. Validation and predictions see them as they are.
  ///
  /// What becomes of a sample follows from the seed, the step and its place in the batch alone, so
  /// a resumed run meets what the whole one would have met. Data are pictures if their
  /// [preparation][DataSet#preparation] says so, or the model takes positions of channels.
  ///
  /// @param pictures the changes, and how large they may be
  /// @return this
  public Trainer augment(Augmentation pictures) {
    this.augmentation = Objects.requireNonNull(pictures, "augmentation");
    return this;
  }

  /// The seed of the samples' order, of augmentation and of dropout; 0 unless set.
  ///
  /// @param seed any
  /// @return this
  public Trainer seed(long seed) {
    this.seed = seed;
    return this;
  }

  /// The data that loss and accuracy are measured on after each epoch; none unless set.
  ///
  /// @param validation null for none
  /// @return this
  public Trainer validation(@Nullable DataSet validation) {
    this.validation = validation;
    return this;
  }

  /// What is measured on the validation data after each epoch, beside loss and accuracy; nothing
  /// unless set. Validation then computes the outputs a second time.
  ///
  /// @param measured for data with classes
  /// @return this
  public Trainer metrics(List<Metric> measured) {
    this.metrics = List.copyOf(measured);
    return this;
  }

  /// Goes on where another run stood, instead of from the start; null, which is what it is unless
  /// set, for the start. The model gets the checkpoint's parameters.
  ///
  /// With the settings and data of that run, the result is that of a run that was never stopped.
  /// The learning rate, its schedule and the number of epochs may be others; what must be the same,
  /// [#fit] checks.
  ///
  /// @param checkpoint of a run with the same settings and data
  /// @return this
  public Trainer resume(@Nullable Checkpoint checkpoint) {
    this.from = checkpoint;
    return this;
  }

  /// Whether training stops as soon as the loss is NaN or infinite, as [TerminateOnNaN] does; true
  /// unless set.
  ///
  /// @param terminate whether it does
  /// @return this
  public Trainer terminateOnNaN(boolean terminate) {
    this.terminateOnNaN = terminate;
    return this;
  }

  /// Adds a callback. Callbacks are called in the order in which they were added, but each
  /// [ModelCheckpoint] after all others, so that its file has what the others changed.
  ///
  /// @param callback is called on the thread that trains
  /// @return this
  public Trainer callback(Callback callback) {
    callbacks.add(Objects.requireNonNull(callback, "callback"));
    return this;
  }

  /// Trains. The model has the new parameters when this returns, and keeps the old ones if it
  /// throws; its metadata get `loss` and `data`, by name, and `classes`, a JSON list, and it keeps
  /// the data's preparation. The optimizer starts afresh each time, unless [#resume] says
  /// otherwise.
  ///
  /// A NaN or infinite loss ends training (see [#terminateOnNaN]), and so does an interrupt of the
  /// thread, by [Thread#interrupt] or `Future.cancel(true)`: after the current step, with the
  /// thread's flag still set. Both are the history's reason to stop. Whatever a callback throws,
  /// this throws.
  ///
  /// @param train what to learn from
  /// @param epochs how many passes over it, those before a resumption included
  /// @return the figures of each epoch, those before a resumption included
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  /// @throws dev.descent.DeviceException if the device fails, or its memory does not suffice
  public History fit(DataSet train, int epochs) {
    if (epochs < 1) {
      throw new IllegalArgumentException("epochs " + epochs + "; must be >= 1");
    }
    long steps = (long) epochs * Math.ceilDiv(train.size(), batch);
    if (steps > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%,d epochs of %s are %,d steps; at most %,d are counted",
              epochs,
              train.name(),
              steps,
              Integer.MAX_VALUE));
    }
    DataSet checked = validation;
    requireMeasurable(checked);
    Checkpoint resumed = from;
    if (resumed != null) {
      resumed.requireFit(model, origin(train), optimizer, epochs);
    }
    try (var program = compose(train)) {
      program.open(backend);
      if (resumed != null) {
        program.writeParameters(resumed.model().parameters());
        program.writeMoments(resumed.moments());
      }
      var settings =
          new TrainingRun.Settings(
              model,
              loss,
              optimizer,
              schedule,
              train,
              checked,
              batch,
              epochs,
              shuffle,
              augmentation,
              seed,
              backend.device());
      History history = new Epochs(settings, program, resumed).all();
      float[] trained = program.readParameters();
      System.arraycopy(trained, 0, model.parameters(), 0, trained.length);
      describe(model, train);
      return history;
    }
  }

  private void requireMeasurable(@Nullable DataSet checked) {
    if (metrics.isEmpty()) {
      return;
    }
    if (checked == null || !checked.isClassified()) {
      throw new IllegalArgumentException(
          "metrics %s need validation data with classes"
              .formatted(String.join(", ", metrics.stream().map(Metric::name).toList())));
    }
    metrics.forEach(metric -> metric.requireFit(checked.classNames()));
  }

  private Checkpoint.Origin origin(DataSet train) {
    return Checkpoint.Origin.of(optimizer, batch, train, shuffle, augmentation, seed);
  }

  private TrainingProgram compose(DataSet train) {
    boolean predicts = !metrics.isEmpty() || callbacks.stream().anyMatch(Callback::predicts);
    return new TrainingProgram(
        new TrainingProgram.Plan(
            model, loss, optimizer, train, validation, batch, augmentation, seed, predicts));
  }

  /// The facts that are stored with the model.
  private void describe(Model described, DataSet train) {
    described.metadata().put("loss", loss.name());
    described.metadata().put("data", train.name());
    train.preparation().ifPresent(described::preparation);
    if (train.isClassified()) {
      List<Json> classes = train.classNames().stream().map(Json::of).toList();
      described.metadata().put("classes", new Json.Array(classes).toString());
    }
  }

  /// {@return the program that [#fit] runs} Nothing is compiled; its buffers tell what a device
  /// must hold.
  ///
  /// @param train what is learned from
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public Program program(DataSet train) {
    try (var program = compose(train)) {
      return program.program();
    }
  }

  /// {@return the bytes that [#fit] will hold on the device: the program's, and the backend's own}
  /// Compiles, and so takes them for a moment.
  ///
  /// @param train what is learned from
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  /// @throws dev.descent.DeviceException if the device's memory does not suffice
  public long deviceBytes(DataSet train) {
    try (var program = compose(train)) {
      program.open(backend);
      return program.executable().memoryBytes();
    }
  }

  /// What the device will do for each step of [#fit], a line each kernel or stage.
  ///
  /// @param train what is learned from
  /// @return lines; those that start a step have its name and a colon
  public List<String> explain(DataSet train) {
    try (var program = compose(train)) {
      program.open(backend);
      List<String> lines = new ArrayList<>();
      program
          .program()
          .steps()
          .forEach(step -> {
            lines.add(step.name() + ":");
            program.executable().explain(step.name()).forEach(line -> lines.add("  " + line));
          });
      return lines;
    }
  }

  /// The time of each kernel of a training step, on the device and on the first samples.
  ///
  /// @param train what is learned from
  /// @param most how many steps are measured at the most, at least 1
  /// @return empty where the backend can't tell them apart
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public List<KernelTime> profile(DataSet train, int most) {
    try (var program = compose(train)) {
      program.open(backend);
      int steps = Math.min(most, Math.max(1, train.size() / batch));
      float[] rates = new float[steps];
      Arrays.fill(rates, optimizer.learningRate());
      // What runs for the first time is slower.
      int[] order = TrainingProgram.inOrder(train.size());
      program.startTraining(order, rates, 0, Pass.Sums.NOTHING).advance(1);
      program.startTraining(order, rates, 0, Pass.Sums.NOTHING);
      return program.executable().profile(TrainingProgram.TRAIN, steps);
    }
  }

  /// The loop over epochs.
  private final class Epochs {
    private final TrainingRun run;
    private final TrainingRun.Settings settings;
    private final TrainingProgram program;
    private final List<Callback> savers;
    private final List<Callback> others;
    private final int[] order;
    private final List<EpochRecord> records = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<History.Stop> stops = new ArrayList<>();
    private final OverfittingWatch overfitting = new OverfittingWatch();
    private Checkpoint.Tally done = Checkpoint.Tally.NOTHING;
    private @Nullable Pass unfinished;
    private Checkpoint.@Nullable Origin origin;

    /// @param resumed where to go on; null to begin
    Epochs(TrainingRun.Settings settings, TrainingProgram program, @Nullable Checkpoint resumed) {
      this.settings = settings;
      this.program = program;
      this.run = new TrainingRun(settings, program, this::checkpoint, this::warn, records, stops);
      if (resumed != null) {
        goOn(resumed);
      }
      this.savers = callbacks.stream().filter(ModelCheckpoint.class::isInstance).toList();
      Stream<Callback> guard = terminateOnNaN ? Stream.of(new TerminateOnNaN()) : Stream.empty();
      Stream<Callback> rest = callbacks.stream().filter(c -> !(c instanceof ModelCheckpoint));
      this.others = Stream.concat(guard, rest).toList();
      this.order = TrainingProgram.inOrder(settings.train().size());
    }

    private void goOn(Checkpoint resumed) {
      for (EpochRecord record : resumed.epochs()) {
        records.add(record);
        String warning = overfitting.next(record);
        if (warning != null) {
          warnings.add(warning);
        }
      }
      stops.addAll(resumed.stops());
      stops.add(resumed.place());
      run.rateFactor(resumed.rateFactor());
      run.best(resumed.best());
      done = resumed.tally();
    }

    private Checkpoint checkpoint() {
      if (origin == null) {
        origin = origin(settings.train());
      }
      Model copy = model.with(program.readParameters());
      describe(copy, settings.train());
      return new Checkpoint(
          copy,
          program.readMoments(),
          origin,
          optimizer.learningRate(),
          records,
          stops,
          run.rateFactor(),
          unfinished == null ? done : Checkpoint.Tally.of(unfinished.sums()),
          run.best());
    }

    History all() {
      tell(callback -> callback.onTrainBegin(run));
      for (int epoch = records.size() + 1; epoch <= settings.epochs() && goesOn(); epoch++) {
        one(epoch);
      }
      // The last state is saved before a callback brings back parameters of an earlier epoch.
      var ended = new History(records, run.stopReason(), warnings, stops);
      savers.forEach(callback -> callback.onTrainEnd(run, ended));
      var history = new History(records, run.stopReason(), warnings, stops);
      others.forEach(callback -> callback.onTrainEnd(run, history));
      return history;
    }

    private boolean goesOn() {
      if (Thread.currentThread().isInterrupted()) {
        run.stop("the thread was interrupted");
      }
      return run.stopReason() == null;
    }

    private void one(int epoch) {
      tell(callback -> callback.onEpochBegin(run, epoch));
      Events.Epoch event = Events.epoch();
      long spent = -System.nanoTime();
      if (shuffle) {
        new RandomStream(seed, SHUFFLE_STREAM, epoch).permutation(order);
      }
      float[] rates = rates(epoch);
      int before = (epoch - 1) * settings.steps();
      Pass training = program.startTraining(order, rates, before, done.sums());
      unfinished = training;
      while (!training.isDone() && goesOn()) {
        training.advance(mostSteps());
        spent += System.nanoTime();
        BatchRecord record = record(epoch, training);
        tell(callback -> callback.onBatchEnd(run, record));
        spent -= System.nanoTime();
      }
      spent += System.nanoTime();
      if (!training.isDone()) {
        return;
      }
      Pass validating = validate();
      if (validating != null && !validating.isDone()) {
        return;
      }
      float rate = rates[rates.length - 1];
      EpochRecord record = record(epoch, training, validating, rate, spent * 1e-9);
      event.commit(
          settings.device().backend(),
          epoch,
          record.loss(),
          record.accuracy(),
          record.valLoss(),
          record.valAccuracy(),
          record.samplesPerSecond());
      finish(record);
    }

    /// The steps until a callback wants to be told.
    private int mostSteps() {
      return callbacks.stream().mapToInt(Callback::batchInterval).min().orElse(Integer.MAX_VALUE);
    }

    private @Nullable Pass validate() {
      if (settings.validation() == null) {
        return null;
      }
      Pass pass = program.startValidation();
      while (!pass.isDone() && goesOn()) {
        pass.advance(Integer.MAX_VALUE);
      }
      return pass;
    }

    private void finish(EpochRecord record) {
      records.add(record);
      unfinished = null;
      done = Checkpoint.Tally.NOTHING;
      tell(callback -> callback.onEpochEnd(run, record));
      String warning = overfitting.next(record);
      if (warning != null) {
        warn(warning);
      }
    }

    private void warn(String warning) {
      warnings.add(warning);
      tell(callback -> callback.onWarning(run, warning));
    }

    private float[] rates(int epoch) {
      float[] rates = new float[settings.steps()];
      for (int i = 0; i < rates.length; i++) {
        rates[i] =
            (float)
                (optimizer.learningRate()
                    * schedule.factor(epoch - 1, i, rates.length, settings.epochs())
                    * run.rateFactor());
      }
      return rates;
    }

    private BatchRecord record(int epoch, Pass pass) {
      return new BatchRecord(
          epoch,
          pass.stepsDone(),
          pass.steps(),
          pass.samples(),
          pass.loss(),
          pass.accuracy(),
          pass.seconds());
    }

    private EpochRecord record(
        int epoch, Pass training, @Nullable Pass validating, float rate, double wholeSeconds) {
      return new EpochRecord(
          epoch,
          training.loss(),
          training.accuracy(),
          validating == null ? Double.NaN : validating.loss(),
          validating == null ? Double.NaN : validating.accuracy(),
          training.seconds(),
          validating == null ? 0 : validating.seconds(),
          training.samplesPerSecond(),
          rate,
          wholeSeconds,
          measured());
    }

    private Map<String, Double> measured() {
      DataSet checked = settings.validation();
      if (metrics.isEmpty() || checked == null) {
        return Map.of();
      }
      ClassMetrics all = ClassMetrics.of(checked, Predictions.of(model, loss, program.predict()));
      Map<String, Double> values = new LinkedHashMap<>();
      metrics.forEach(metric -> values.put(metric.name(), metric.of(all)));
      return values;
    }

    private void tell(Consumer<Callback> event) {
      others.forEach(event);
      savers.forEach(event);
    }
  }
}
