package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.program.Augmentation;
import dev.descent.train.Checkpoint;
import dev.descent.train.EarlyStopping;
import dev.descent.train.Metric;
import dev.descent.train.Monitor;
import dev.descent.train.ReduceLearningRateOnPlateau;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The flags that say how to train.
public final class TrainingOptions {
  private static final double PLATEAU_FACTOR = 0.1;
  private static final double PLATEAU_DELTA = 1e-4;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--epochs",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "Passes over the training data. Default: 5; 10 for asl.")
  private @Nullable Integer epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      converter = Converters.Counts.class,
      description = "Samples a step. Default: 128. For compare: several, with commas between.")
  private Converters.Several<Integer> batches = new Converters.Several<>(List.of(128));

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      converter = OptimizerConverter.class,
      description =
          "sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw, with PyTorch's formulas and"
              + " defaults; README says where Keras' differ. Default: adam.")
  private OptimizerName optimizer = OptimizerName.ADAM;

  @Option(
      names = "--lr",
      paramLabel = "X",
      converter = Converters.Positive.class,
      description = "Learning rate. Default: 0.001; 0.01 for sgd, momentum, nesterov and adagrad.")
  private @Nullable Float learningRate;

  @Option(
      names = "--momentum",
      paramLabel = "X",
      converter = Converters.Share.class,
      description = "For momentum and nesterov: what is kept of the velocity. Default: 0.9.")
  private @Nullable Float momentum;

  @Option(
      names = "--rho",
      paramLabel = "X",
      converter = Converters.Share.class,
      description =
          "For rmsprop: what is kept of the mean of squared gradients. Default: 0.99 (Keras: 0.9).")
  private @Nullable Float rho;

  @Option(
      names = "--beta1",
      paramLabel = "X",
      converter = Converters.Share.class,
      description = "For adam and adamw: what is kept of the first moment. Default: 0.9.")
  private @Nullable Float beta1;

  @Option(
      names = "--beta2",
      paramLabel = "X",
      converter = Converters.Share.class,
      description = "For adam and adamw: what is kept of the second moment. Default: 0.999.")
  private @Nullable Float beta2;

  @Option(
      names = "--epsilon",
      paramLabel = "X",
      converter = Converters.NotNegative.class,
      description =
          "For adagrad, rmsprop, adam and adamw: added to the root, after Adam's bias correction."
              + " Default: 1e-8; 1e-10 for adagrad (Keras: 1e-7, in the root or before the"
              + " correction).")
  private @Nullable Float epsilon;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      converter = Converters.NotNegative.class,
      description =
          "For adamw: the share, times the learning rate, that is taken off each step. Default:"
              + " 0.01.")
  private @Nullable Float weightDecay;

  /// The numbers of the optimizer of a run that is resumed, by flag.
  private Map<String, Float> resumed = Map.of();

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      converter = LossConverter.class,
      description =
          "softmax (with cross-entropy), binary (cross-entropy) or mse. Default: softmax; mse with"
              + " --target.")
  private @Nullable LossName loss;

  /// Whether there are target values instead of classes.
  private boolean regression;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      converter = ScheduleOption.Converter.class,
      description =
          "How the learning rate changes, numbers in epochs: "
              + ScheduleOption.FORMS
              + ". The last rises for SHARE of the run from --lr / DIVISOR to --lr, and falls to"
              + " --lr / DIVISOR / LAST: PyTorch's OneCycleLR, with its 0.3, 25 and 10000. Default:"
              + " constant.")
  private ScheduleOption schedule = ScheduleOption.constant();

  @Option(
      names = "--class-weights",
      paramLabel = "WEIGHTS",
      converter = ClassWeights.Converter.class,
      description =
          "What the losses of each class are multiplied by in training: balanced, so that all"
              + " classes count alike; a number for each class, as 1,20; or by name, as fraud=20.")
  private @Nullable ClassWeights classWeights;

  @Mixin private AugmentationOptions pictures = new AugmentationOptions();

  @Option(
      names = "--metrics",
      paramLabel = "LIST",
      split = ",",
      converter = MetricConverter.class,
      description =
          "Measure the validation data by these too: precision, recall, f1, auc, each the mean over"
              + " the classes, or of one class as recall:fraud; and top5, say.")
  private List<Metric> metrics = List.of();

  @Option(
      names = "--monitor",
      paramLabel = "NAME",
      converter = MonitorConverter.class,
      description =
          "What --early-stopping, --reduce-lr and the best epoch's checkpoint watch: val_loss,"
              + " val_accuracy, loss, accuracy, or val_ with a metric. Default: val_loss; loss"
              + " where there is no validation data.")
  private @Nullable Monitor monitor;

  @Option(
      names = "--early-stopping",
      paramLabel = "N",
      converter = Converters.Count.class,
      description =
          "Stop after N epochs without a better value of --monitor, as Keras counts, and keep the"
              + " weights of the best epoch.")
  private @Nullable Integer earlyStopping;

  @Option(
      names = "--reduce-lr",
      paramLabel = "N",
      converter = Converters.Count.class,
      description =
          "Divide the learning rate by ten after N epochs without a better value of --monitor.")
  private @Nullable Integer reduceRate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = Converters.Seed.class,
      description =
          "Of first weights, order of samples, dropout, augmentation; the data stay the same."
              + " Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  /// Takes settings that were not typed from the run to resume.
  public void resume(Checkpoint checkpoint) {
    ParseResult typed = spec.commandLine().getParseResult();
    Checkpoint.Origin origin = checkpoint.origin();
    if (!typed.hasMatchedOption("--batch")) {
      select(origin.batch());
    }
    if (!typed.hasMatchedOption("--seed")) {
      seed = origin.seed();
    }
    if (!typed.hasMatchedOption("--optimizer")) {
      optimizer = Converters.choice(OptimizerName.class, origin.optimizerName());
    }
    if (Converters.word(optimizer).equals(origin.optimizerName())) {
      resumed = OptimizerName.numbers(origin.optimizer());
    }
    if (learningRate == null) {
      learningRate = checkpoint.learningRate();
    }
    if (epochs == null && ModelFacts.epochs(checkpoint.model()) >= checkpoint.epochs().size()) {
      epochs = ModelFacts.epochs(checkpoint.model());
    }
    if (!typed.hasMatchedOption("--schedule")) {
      schedule = ScheduleOption.of(ModelFacts.schedule(checkpoint.model()));
    }
    pictures.resume(origin.augmentation());
    String weights = ModelFacts.classWeights(checkpoint.model());
    if (classWeights == null && !weights.isEmpty()) {
      classWeights = new ClassWeights(weights);
    }
  }

  /// From now on there is one batch size.
  public void select(int batch) {
    batches = new Converters.Several<>(List.of(batch));
  }

  /// The batch sizes to try.
  public List<Integer> batches() {
    return batches.list();
  }

  /// Refuses several values where one is wanted, and flags that the optimizer has no use for.
  public void check() {
    if (batches().size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "--batch takes several numbers for `descent compare` only");
    }
    checkOptimizer();
  }

  /// Refuses flags that the optimizer has no use for.
  public void checkOptimizer() {
    for (String flag : typed().keySet()) {
      if (!optimizer.has(flag)) {
        throw new ParameterException(
            spec.commandLine(),
            "%s is for --optimizer %s only; it is %s"
                .formatted(flag, OptimizerName.users(flag), Converters.word(optimizer)));
      }
    }
  }

  /// The optimizer's numbers that were typed, by flag.
  private Map<String, Float> typed() {
    Map<String, Float> typed = new LinkedHashMap<>();
    put(typed, "--momentum", momentum);
    put(typed, "--rho", rho);
    put(typed, "--beta1", beta1);
    put(typed, "--beta2", beta2);
    put(typed, "--epsilon", epsilon);
    put(typed, "--weight-decay", weightDecay);
    return typed;
  }

  private static void put(Map<String, Float> typed, String flag, @Nullable Float number) {
    if (number != null) {
      typed.put(flag, number);
    }
  }

  /// Sets up training.
  public void apply(Trainer trainer, @Nullable DataSet validation) {
    trainer
        .loss(loss())
        .optimizer(optimizer())
        .schedule(schedule.schedule())
        .batch(batch())
        .augment(augmentation())
        .seed(seed)
        .validation(validation)
        .metrics(metrics());
    Monitor watched = monitor(validation);
    if (earlyStopping != null) {
      trainer.callback(new EarlyStopping(watched, earlyStopping, 0, true));
    }
    if (reduceRate != null) {
      trainer.callback(
          new ReduceLearningRateOnPlateau(
              watched, PLATEAU_FACTOR, reduceRate, PLATEAU_DELTA, 0, 0));
    }
  }

  /// How training pictures are changed.
  public Augmentation augmentation() {
    return pictures.augmentation();
  }

  /// What tells the best epoch.
  public Monitor monitor(@Nullable DataSet validation) {
    if (monitor != null) {
      return monitor;
    }
    return validation == null ? Monitor.LOSS : Monitor.VAL_LOSS;
  }

  /// What is measured beside loss and accuracy: what is watched, if it is a metric, among them.
  public List<Metric> metrics() {
    Metric watched = monitor == null ? null : monitor.metric();
    return Stream.concat(metrics.stream(), Stream.ofNullable(watched)).distinct().toList();
  }

  /// The training data as they are learned from: with the weights of their classes.
  public DataSet weighted(DataSet train) {
    return classWeights == null ? train : classWeights.apply(train);
  }

  /// The classes' weights as they are written; empty if there are none.
  public String classWeights() {
    return classWeights == null ? "" : classWeights.text();
  }

  /// Refuses figures that the data do not have.
  ///
  /// @throws dev.descent.DataException naming the flag
  public void checkMetrics(@Nullable DataSet validation) {
    for (Metric metric : metrics()) {
      String flag = metrics.contains(metric) ? "--metrics " : "--monitor val_";
      if (validation == null || !validation.isClassified()) {
        throw new DataException(
            flag + Visible.value(metric.name()) + " needs validation data with classes");
      }
      if (!metric.className().isEmpty() && !validation.classNames().contains(metric.className())) {
        throw new DataException(
            "%s%s: there is no such class; there are %s"
                .formatted(
                    flag,
                    Visible.value(metric.name()),
                    Visible.value(String.join(", ", validation.classNames()))));
      }
    }
    if (monitor != null && validation == null && monitor.name().startsWith("val_")) {
      throw new DataException("--monitor " + monitor.name() + " needs validation data");
    }
  }

  public Loss loss() {
    LossName unsaid = regression ? LossName.MSE : LossName.SOFTMAX;
    return (loss == null ? unsaid : loss).create();
  }

  /// Takes the loss that suits data, unless one was typed.
  public void learn(DataSet train) {
    pictures.check(spec.commandLine(), train);
    regression = !train.isClassified();
    if (regression && loss != null && loss().takesClasses()) {
      throw new ParameterException(
          spec.commandLine(),
          "--loss %s needs classes; leave it out where there is a --target"
              .formatted(Converters.word(loss)));
    }
  }

  public Optimizer optimizer() {
    Map<String, Float> numbers = new HashMap<>(resumed);
    numbers.putAll(typed());
    return optimizer.create(
        learningRate == null ? optimizer.learningRate() : learningRate, numbers);
  }

  public int epochs(Task task) {
    return epochs == null ? task.epochs() : epochs;
  }

  public int batch() {
    return batches().getFirst();
  }

  public long seed() {
    return seed;
  }

  public String schedule() {
    return schedule.text();
  }

  public @Nullable Integer earlyStopping() {
    return earlyStopping;
  }

  public @Nullable Integer reduceRate() {
    return reduceRate;
  }

  /// The settings in one line: `adam 0.001, batch 128, 5 epochs, seed 1`.
  public String describe(Task task) {
    return describe(task, Integer.toString(batch()));
  }

  /// The same for several batch sizes: `adam 0.001, batch 32, 128, 5 epochs, seed 1`.
  public String describe(Task task, String sizes) {
    Optimizer chosen = optimizer();
    return String.format(
            Locale.ROOT,
            "%s %s, batch %s, %s, seed %d%s",
            chosen.name(),
            Float.toString(chosen.learningRate()),
            sizes,
            Text.count(epochs(task), "epoch"),
            seed,
            schedule.text().equals("constant") ? "" : ", schedule " + schedule.text())
        + (classWeights == null ? "" : ", class weights " + Visible.value(classWeights.text()))
        + (augmentation().isNone() ? "" : "; pictures: " + augmentation());
  }

  /// An optimizer's name.
  static final class OptimizerConverter implements ITypeConverter<OptimizerName> {
    @Override
    public OptimizerName convert(String text) {
      return Converters.choice(OptimizerName.class, text);
    }
  }

  /// A metric's name.
  static final class MetricConverter implements ITypeConverter<Metric> {
    @Override
    public Metric convert(String text) {
      try {
        return Metric.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /// The name of what is watched.
  static final class MonitorConverter implements ITypeConverter<Monitor> {
    @Override
    public Monitor convert(String text) {
      try {
        return Monitor.named(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /// A loss's name.
  static final class LossConverter implements ITypeConverter<LossName> {
    @Override
    public LossName convert(String text) {
      return Converters.choice(LossName.class, text);
    }
  }
}
