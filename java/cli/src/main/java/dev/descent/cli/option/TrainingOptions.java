package dev.descent.cli.option;

import dev.descent.data.DataSet;
import dev.descent.train.Checkpoint;
import dev.descent.train.EarlyStopping;
import dev.descent.train.Monitor;
import dev.descent.train.ReduceLearningRateOnPlateau;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

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
          "softmax (with cross-entropy), binary (cross-entropy) or mse. Default: softmax.")
  private LossName loss = LossName.SOFTMAX;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      converter = ScheduleOption.Converter.class,
      description =
          "How the learning rate changes, numbers in epochs: "
              + ScheduleOption.FORMS
              + ". Default: constant.")
  private ScheduleOption schedule = ScheduleOption.constant();

  @Option(
      names = "--early-stopping",
      paramLabel = "N",
      converter = Converters.Count.class,
      description =
          "Stop after N epochs without a lower validation loss, as Keras counts, and keep the"
              + " weights of the best epoch.")
  private @Nullable Integer earlyStopping;

  @Option(
      names = "--reduce-lr",
      paramLabel = "N",
      converter = Converters.Count.class,
      description =
          "Divide the learning rate by ten after N epochs without a lower validation loss.")
  private @Nullable Integer reduceRate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = Converters.Seed.class,
      description =
          "Of first weights, order of samples, dropout; the data stay the same. Default:"
              + " ${DEFAULT-VALUE}.")
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
        .seed(seed)
        .validation(validation);
    Monitor monitor = monitor(validation);
    if (earlyStopping != null) {
      trainer.callback(new EarlyStopping(monitor, earlyStopping, 0, true));
    }
    if (reduceRate != null) {
      trainer.callback(
          new ReduceLearningRateOnPlateau(
              monitor, PLATEAU_FACTOR, reduceRate, PLATEAU_DELTA, 0, 0));
    }
  }

  /// What tells the best epoch.
  public Monitor monitor(@Nullable DataSet validation) {
    return validation == null ? Monitor.LOSS : Monitor.VAL_LOSS;
  }

  public Loss loss() {
    return loss.create();
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
    return "%s %s, batch %s, %d %s, seed %d%s"
        .formatted(
            chosen.name(),
            Float.toString(chosen.learningRate()),
            sizes,
            epochs(task),
            epochs(task) == 1 ? "epoch" : "epochs",
            seed,
            schedule.text().equals("constant") ? "" : ", schedule " + schedule.text());
  }

  /// An optimizer's name.
  static final class OptimizerConverter implements ITypeConverter<OptimizerName> {
    @Override
    public OptimizerName convert(String text) {
      return Converters.choice(OptimizerName.class, text);
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
