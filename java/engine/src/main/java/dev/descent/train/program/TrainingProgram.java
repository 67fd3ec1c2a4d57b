package dev.descent.train.program;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.LossTape;
import dev.descent.train.objective.Optimizer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The program of training, evaluation and prediction, and its executable once compiled.
///
/// Its steps: `train` on a full batch, `trainLast` on the last short one, `validate` and
/// `validateLast`, `predict` and `predictLast` likewise; each is there if there is something for it
/// to do.
public final class TrainingProgram implements AutoCloseable {
  /// The step of training on a full batch.
  public static final String TRAIN = "train";

  /// What the name of the step for the last short batch ends in.
  static final String LAST = "Last";

  private static final String VALIDATE = "validate";
  private static final String PREDICT = "predict";

  private final Plan plan;
  private final Program program;
  private final Network network;
  private final @Nullable Feed train;
  private final @Nullable Feed validation;
  private final Tensor rates;
  private final Tensor losses;
  private final Tensor correct;
  private final @Nullable Tensor outputs;
  private final List<Tensor> moments = new ArrayList<>();
  private @Nullable Executable executable;

  /// What a program is for.
  ///
  /// @param model gives the layers, and its parameters to start with; not modified
  /// @param loss null where nothing is compared with targets
  /// @param optimizer null where there is nothing to train
  /// @param train null where there is nothing to train
  /// @param validation null where there is none
  /// @param batch the rows of a full batch
  /// @param augmentation how training pictures are changed
  /// @param seed of random numbers in training
  /// @param predicts whether there are steps to predict, for the validation data, or for the
  ///     training data where there are none
  public record Plan(
      Model model,
      @Nullable Loss loss,
      @Nullable Optimizer optimizer,
      @Nullable DataSet train,
      @Nullable DataSet validation,
      int batch,
      Augmentation augmentation,
      long seed,
      boolean predicts) {
    /// To measure loss and accuracy.
    public static Plan evaluation(Model model, Loss loss, DataSet data, int batch) {
      return new Plan(model, loss, null, null, data, batch, Augmentation.NONE, 0, false);
    }

    /// To compute outputs.
    public static Plan prediction(Model model, DataSet data, int batch) {
      return new Plan(model, null, null, null, data, batch, Augmentation.NONE, 0, true);
    }

    private int rows() {
      return Math.max(rows(train), rows(validation));
    }

    private int rows(@Nullable DataSet data) {
      return data == null ? 0 : Math.min(batch, data.size());
    }
  }

  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public TrainingProgram(Plan plan) {
    this.plan = plan;
    Program.Builder builder = Program.builder();
    Loss loss = plan.loss();
    Optimizer optimizer = plan.train() == null ? null : plan.optimizer();
    network = new Network(builder, plan.model(), plan.rows(), optimizer != null, plan.seed());
    train = feed(builder, TRAIN, plan.train());
    validation = feed(builder, "validation", plan.validation());
    int slots = Math.max(steps(train), steps(validation));
    rates = builder.buffer("rates", Role.STATE, DType.F32, slots).asColumn();
    losses = builder.buffer("losses", Role.METRICS, DType.F32, slots).asColumn();
    correct = builder.buffer("correct", Role.METRICS, DType.I32, slots).asColumn();
    if (train != null && optimizer != null && loss != null) {
      UpdateOperation update = update(builder, optimizer);
      addSteps(builder, TRAIN, train, rows -> compare(train, rows, loss, update));
    }
    if (validation != null && loss != null) {
      addSteps(builder, VALIDATE, validation, rows -> compare(validation, rows, loss, null));
    }
    outputs = plan.predicts() ? outputs(builder) : null;
    if (outputs != null) {
      Feed feed = predicted();
      addSteps(builder, PREDICT, feed, rows -> predict(feed, rows, outputs));
    }
    program = builder.build();
  }

  private @Nullable Feed feed(Program.Builder builder, String name, @Nullable DataSet data) {
    return data == null
        ? null
        : new Feed(builder, name, data, plan.model(), plan.loss(), plan.batch());
  }

  private static int steps(@Nullable Feed feed) {
    return feed == null ? 0 : feed.steps();
  }

  private Tensor outputs(Program.Builder builder) {
    long columns = plan.model().outputs();
    return builder
        .buffer("outputs", Role.METRICS, DType.F32, plan.rows() * columns)
        .asMatrix(plan.rows(), columns);
  }

  private UpdateOperation update(Program.Builder builder, Optimizer optimizer) {
    Tensor parameters = network.trained();
    for (int i = 1; i <= optimizer.moments(); i++) {
      moments.add(
          builder.buffer("moment" + i, Role.OPTIMIZER_STATE, DType.F32, parameters.size()).asRow());
    }
    return optimizer.update(parameters, network.gradients(), moments, rates, network.state());
  }

  private static void addSteps(
      Program.Builder builder, String name, Feed feed, IntFunction<List<Operation>> operations) {
    if (feed.fullSteps() > 0) {
      builder.step(name, operations.apply(feed.batch()));
    }
    if (feed.tail() > 0) {
      builder.step(name + LAST, operations.apply(feed.tail()));
    }
  }

  /// A step that compares outputs with targets, and trains if there is an update.
  private List<Operation> compare(
      Feed feed, int rows, Loss loss, @Nullable UpdateOperation update) {
    List<Operation> operations = new ArrayList<>();
    Tensor samples = feed.gatherSamples(network, rows, operations);
    if (update != null && !plan.augmentation().isNone()) {
      samples = feed.augment(samples, plan.augmentation(), plan.seed(), network, operations);
    }
    Feed.Targets targets = feed.gatherTargets(network, rows, operations);
    Network.Propagation pass = network.propagation(rows, update != null, operations);
    Layer last = plan.model().layers().getLast();
    boolean contained = last.activation() == loss.contained();
    Tensor output = pass.forward(samples, contained ? last.withoutActivation() : last);
    Tensor answers = targets.ofAccuracy();
    if (answers != null) {
      operations.add(new Accuracy(output, answers, network.state(), correct));
    }
    Tensor gradient =
        update == null ? null : network.values("logits.d", DType.F32, rows, outputShape());
    loss.apply(
        new Comparison(
            operations,
            output,
            targets.of(loss),
            network.state(),
            losses,
            gradient,
            targets.weights(),
            network));
    if (update != null && gradient != null) {
      pass.backward(gradient);
      operations.add(update);
    }
    operations.add(new Advance(network.state(), rows, update != null));
    return operations;
  }

  private Shape outputShape() {
    return Shape.row(plan.model().outputs());
  }

  /// What a loss works with in a step.
  private record Comparison(
      List<Operation> operations,
      Tensor prediction,
      Tensor targets,
      Tensor state,
      Tensor losses,
      @Nullable Tensor gradient,
      @Nullable Tensor weights,
      Network network)
      implements LossTape {
    @Override
    public void add(Operation operation) {
      operations.add(operation);
    }

    @Override
    public Tensor values(String name) {
      return network.values(
          "loss." + name,
          DType.F32,
          (int) prediction.rows(),
          Shape.row((int) prediction.columns()));
    }
  }

  /// A step that computes outputs.
  private List<Operation> predict(Feed feed, int rows, Tensor into) {
    List<Operation> operations = new ArrayList<>();
    Tensor samples = feed.gatherSamples(network, rows, operations);
    Network.Propagation pass = network.propagation(rows, false, operations);
    Tensor output = pass.forward(samples, plan.model().layers().getLast());
    operations.add(new Activate(Activation.LINEAR, output, into.firstRows(rows)));
    operations.add(new Advance(network.state(), rows, false));
    return operations;
  }

  /// What is compiled.
  public Program program() {
    return program;
  }

  /// Compiles the program, and puts the data sets and the model's parameters on the device.
  public void open(Backend backend) {
    Executable opened = backend.compile(program);
    executable = opened;
    if (train != null) {
      train.upload(opened);
    }
    if (validation != null) {
      validation.upload(opened);
    }
    writeParameters(plan.model().parameters());
  }

  @Override
  public void close() {
    if (executable != null) {
      executable.close();
    }
  }

  /// The compiled program.
  public Executable executable() {
    if (executable == null) {
      throw new IllegalStateException("the program is not compiled yet");
    }
    return executable;
  }

  /// A copy of all parameters.
  public float[] readParameters() {
    return read(network.parameters());
  }

  /// Replaces all parameters.
  ///
  /// @param parameters not modified
  public void writeParameters(float[] parameters) {
    executable().write(network.parameters(), MemorySegment.ofArray(parameters));
  }

  /// A copy of the last step's gradients.
  public float[] readGradients() {
    return read(network.gradients());
  }

  /// The optimizer's state: each moment in the layout of the trained parameters.
  public List<float[]> readMoments() {
    return moments.stream().map(this::read).toList();
  }

  /// Replaces the optimizer's state.
  ///
  /// @param values as [#readMoments] gives them; not modified
  public void writeMoments(List<float[]> values) {
    for (int i = 0; i < moments.size(); i++) {
      executable().write(moments.get(i), MemorySegment.ofArray(values.get(i)));
    }
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    executable().read(tensor, MemorySegment.ofArray(values));
    return values;
  }

  private int[] readInts(Tensor tensor) {
    int[] values = new int[Math.toIntExact(tensor.size())];
    executable().read(tensor, MemorySegment.ofArray(values));
    return values;
  }

  /// Starts a pass over the training data.
  ///
  /// @param order of the samples
  /// @param epochRates the learning rate of each step
  /// @param stepsBefore how many updates came before this epoch
  /// @param done what was done of this epoch before
  public Pass startTraining(int[] order, float[] epochRates, int stepsBefore, Pass.Sums done) {
    executable().write(rates.firstRows(epochRates.length), MemorySegment.ofArray(epochRates));
    Feed feed = present(train, TRAIN);
    begin(feed, order, stepsBefore, done.steps());
    return new Pass(executable(), feed, TRAIN, losses, correct, done);
  }

  /// Starts a pass over the validation data.
  public Pass startValidation() {
    Feed feed = present(validation, VALIDATE);
    begin(feed, inOrder(feed.size()), 0, 0);
    return new Pass(executable(), feed, VALIDATE, losses, correct, Pass.Sums.NOTHING);
  }

  /// The model's outputs for each row of the data. A pass that is under way can go on afterwards.
  ///
  /// @return `size x outputs`, row-major
  public float[] predict() {
    if (outputs == null) {
      throw new IllegalStateException("the program has no steps to predict");
    }
    Feed feed = predicted();
    int[] stateBefore = readInts(network.state());
    int[] orderBefore = readInts(feed.order());
    begin(feed, inOrder(feed.size()), 0, 0);
    float[] values = new float[Math.multiplyExact(feed.size(), plan.model().outputs())];
    MemorySegment target = MemorySegment.ofArray(values);
    long rowBytes = (long) plan.model().outputs() * Float.BYTES;
    for (int step = 0; step < feed.steps(); step++) {
      boolean full = step < feed.fullSteps();
      int rows = full ? feed.batch() : feed.tail();
      executable().run(full ? PREDICT : PREDICT + LAST, 1);
      executable()
          .read(
              outputs.firstRows(rows), target.asSlice(feed.rows(step) * rowBytes, rows * rowBytes));
    }
    executable().write(feed.order(), MemorySegment.ofArray(orderBefore));
    executable().write(network.state(), MemorySegment.ofArray(stateBefore));
    return values;
  }

  private Feed predicted() {
    return present(validation == null ? train : validation, PREDICT);
  }

  private void begin(Feed feed, int[] order, int stepsBefore, int stepsDone) {
    executable().write(feed.order(), MemorySegment.ofArray(order));
    int[] start = new int[StepState.SIZE];
    start[StepState.CURSOR] = feed.rows(stepsDone);
    start[StepState.SLOT] = stepsDone;
    start[StepState.STEP] = stepsBefore + stepsDone;
    executable().write(network.state(), MemorySegment.ofArray(start));
  }

  private static Feed present(@Nullable Feed feed, String step) {
    if (feed == null) {
      throw new IllegalStateException("the program has no step " + step);
    }
    return feed;
  }

  /// The order in which samples lie in their data set: 0, 1, 2...
  public static int[] inOrder(int size) {
    return IntStream.range(0, size).toArray();
  }
}
