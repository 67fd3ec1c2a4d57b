package dev.descent.train;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The program of a training or evaluation run, and its executable once compiled.
///
/// Its steps: `train` on a full batch, `trainLast` on the last short one, `validate` and
/// `validateLast` likewise; each is there if there is something for it to do.
final class TrainingProgram implements AutoCloseable {
  static final String TRAIN = "train";
  static final String VALIDATE = "validate";

  /// What the name of the step for the last short batch ends in.
  static final String LAST = "Last";

  private final Program program;
  private final Network network;
  private final @Nullable Feed train;
  private final @Nullable Feed validation;
  private final Tensor state;
  private final Tensor rates;
  private final Tensor losses;
  private final Tensor correct;
  private final List<Tensor> moments = new ArrayList<>();
  private @Nullable Executable executable;

  /// @param optimizer null where there is nothing to train
  /// @param train null where there is nothing to train
  /// @param validation null where there is none
  /// @param batch the rows of a full batch
  /// @param seed of dropout
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  TrainingProgram(
      Model model,
      Loss loss,
      @Nullable Optimizer optimizer,
      @Nullable DataSet train,
      @Nullable DataSet validation,
      int batch,
      long seed) {
    Program.Builder builder = Program.builder();
    boolean training = train != null && optimizer != null;
    int rows = Math.max(rowsOf(train, batch), rowsOf(validation, batch));
    this.network = new Network(builder, model, layers(model, loss), rows, training, seed);
    this.train = feed(builder, "train", train, model, loss, batch);
    this.validation = feed(builder, "validation", validation, model, loss, batch);
    int slots = Math.max(steps(this.train), steps(this.validation));
    state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    rates = builder.buffer("rates", Role.STATE, DType.F32, slots).asColumn();
    losses = builder.buffer("losses", Role.METRICS, DType.F32, slots).asColumn();
    correct = builder.buffer("correct", Role.METRICS, DType.I32, slots).asColumn();

    Feed.Batch gathered = batch(builder, model, rows);
    Tensor gradient = training ? activations(builder, "logits.d", rows, model.outputs()) : null;
    if (this.train != null && optimizer != null && gradient != null) {
      UpdateOperation update = update(builder, optimizer);
      addSteps(builder, TRAIN, this.train, gathered, loss, gradient, update);
    }
    if (this.validation != null) {
      addSteps(builder, VALIDATE, this.validation, gathered, loss, null, null);
    }
    this.program = builder.build();
  }

  private static int rowsOf(@Nullable DataSet data, int batch) {
    return data == null ? 0 : Math.min(batch, data.size());
  }

  private static int steps(@Nullable Feed feed) {
    return feed == null ? 0 : feed.steps();
  }

  private static @Nullable Feed feed(
      Program.Builder builder,
      String name,
      @Nullable DataSet data,
      Model model,
      Loss loss,
      int batch) {
    if (data == null) {
      return null;
    }
    Fit.check(model, loss, data);
    return new Feed(builder, name, data, loss, model.outputs(), batch);
  }

  /// A loss that works on logits contains the last activation.
  static List<Layer> layers(Model model, Loss loss) {
    Activation contained =
        switch (loss) {
          case Loss.SoftmaxCrossEntropy _ -> Activation.SOFTMAX;
          case Loss.BinaryCrossEntropy _ -> Activation.SIGMOID;
          case Loss.MeanSquaredError _ -> Activation.LINEAR;
        };
    List<Layer> layers = new ArrayList<>(model.layers());
    Layer last = layers.removeLast();
    if (last instanceof Layer.Dense dense && dense.activation() == contained) {
      layers.add(new Layer.Dense(dense.units(), Activation.LINEAR, dense.initializer()));
    } else if (!(last instanceof Layer.Activate activate && activate.activation() == contained)) {
      layers.add(last);
    }
    return layers;
  }

  private Feed.Batch batch(Program.Builder builder, Model model, int rows) {
    boolean labels = hasLabels(train) || hasLabels(validation);
    boolean targets = hasTargets(train) || hasTargets(validation);
    return new Feed.Batch(
        activations(builder, "batch.samples", rows, model.inputs()),
        labels
            ? builder.buffer("batch.labels", Role.ACTIVATIONS, DType.I32, rows).asColumn()
            : null,
        targets ? activations(builder, "batch.targets", rows, model.outputs()) : null);
  }

  private static boolean hasLabels(@Nullable Feed feed) {
    return feed != null && feed.hasLabels();
  }

  private static boolean hasTargets(@Nullable Feed feed) {
    return feed != null && feed.hasTargets();
  }

  private static Tensor activations(Program.Builder builder, String name, int rows, long columns) {
    return builder
        .buffer(name, Role.ACTIVATIONS, DType.F32, rows * columns)
        .asMatrix(rows, columns);
  }

  private void addSteps(
      Program.Builder builder,
      String name,
      Feed feed,
      Feed.Batch batch,
      Loss loss,
      @Nullable Tensor gradient,
      @Nullable UpdateOperation update) {
    if (feed.fullSteps() > 0) {
      builder.step(name, operations(feed, feed.batch(), batch, loss, gradient, update));
    }
    if (feed.tail() > 0) {
      builder.step(name + LAST, operations(feed, feed.tail(), batch, loss, gradient, update));
    }
  }

  private List<Operation> operations(
      Feed feed,
      int rows,
      Feed.Batch fullBatch,
      Loss loss,
      @Nullable Tensor fullGradient,
      @Nullable UpdateOperation update) {
    List<Operation> operations = new ArrayList<>();
    Feed.Batch batch = fullBatch.firstRows(rows);
    feed.gather(batch, state, operations);
    Tensor output = network.forward(batch.samples(), update == null ? null : state, operations);
    Tensor gradient = fullGradient == null ? null : fullGradient.firstRows(rows);
    Tensor answers = feed.hasLabels() ? batch.labels() : batch.targets();
    if (answers != null && (feed.hasLabels() || loss instanceof Loss.BinaryCrossEntropy)) {
      operations.add(new Accuracy(output, answers, state, correct));
    }
    operations.add(lossOperation(loss, output, batch, gradient));
    if (gradient != null && update != null) {
      network.backward(batch.samples(), gradient, state, operations);
      operations.add(update);
    }
    operations.add(new DataOperation.Advance(state, rows, update != null));
    return operations;
  }

  private Operation lossOperation(
      Loss loss, Tensor output, Feed.Batch batch, @Nullable Tensor gradient) {
    return switch (loss) {
      case Loss.SoftmaxCrossEntropy _ ->
          new SoftmaxCrossEntropy(output, present(batch.labels()), state, losses, gradient);
      case Loss.BinaryCrossEntropy _ ->
          new BinaryCrossEntropy(output, present(batch.targets()), state, losses, gradient);
      case Loss.MeanSquaredError _ ->
          new MeanSquaredError(output, present(batch.targets()), state, losses, gradient);
    };
  }

  private static Tensor present(@Nullable Tensor tensor) {
    if (tensor == null) {
      throw new IllegalStateException("the loss needs answers that the data set does not give");
    }
    return tensor;
  }

  private UpdateOperation update(Program.Builder builder, Optimizer optimizer) {
    Tensor parameters = network.parameters().asRow();
    Tensor gradients = network.gradients().asRow();
    for (int i = 1; i <= optimizer.moments(); i++) {
      moments.add(
          builder.buffer("moment" + i, Role.OPTIMIZER_STATE, DType.F32, parameters.size()).asRow());
    }
    return switch (optimizer) {
      case Optimizer.Sgd _ -> new SgdUpdate(parameters, gradients, rates, state);
      case Optimizer.Momentum o ->
          new MomentumUpdate(
              parameters, gradients, moments.get(0), rates, state, o.momentum(), o.nesterov());
      case Optimizer.Adagrad o ->
          new AdagradUpdate(parameters, gradients, moments.get(0), rates, state, o.epsilon());
      case Optimizer.RmsProp o ->
          new RmsPropUpdate(
              parameters, gradients, moments.get(0), rates, state, o.rho(), o.epsilon());
      case Optimizer.Adam o ->
          new AdamUpdate(
              parameters,
              gradients,
              moments.get(0),
              moments.get(1),
              rates,
              state,
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              o.weightDecay());
    };
  }

  Program program() {
    return program;
  }

  /// Compiles the program, and puts the data sets and the model's parameters on the device.
  void open(Backend backend, Model model) {
    Executable opened = backend.compile(program);
    executable = opened;
    if (train != null) {
      train.upload(opened);
    }
    if (validation != null) {
      validation.upload(opened);
    }
    writeParameters(model.parameters());
  }

  @Override
  public void close() {
    if (executable != null) {
      executable.close();
    }
  }

  Executable executable() {
    if (executable == null) {
      throw new IllegalStateException("the program is not compiled yet");
    }
    return executable;
  }

  long memoryBytes() {
    return executable().memoryBytes();
  }

  float[] readParameters() {
    return read(network.parameters().asRow());
  }

  float[] readGradients() {
    return read(network.gradients().asRow());
  }

  /// What the optimizer remembers, each in the layout of the parameters.
  List<float[]> readMoments() {
    return moments.stream().map(this::read).toList();
  }

  /// @param values as [#readMoments] gives them; not modified
  void writeMoments(List<float[]> values) {
    for (int i = 0; i < moments.size(); i++) {
      executable().write(moments.get(i), MemorySegment.ofArray(values.get(i)));
    }
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    executable().read(tensor, MemorySegment.ofArray(values));
    return values;
  }

  void writeParameters(float[] parameters) {
    executable().write(network.parameters().asRow(), MemorySegment.ofArray(parameters));
  }

  /// Starts a pass over the training data.
  ///
  /// @param order of the samples
  /// @param epochRates the learning rate of each step
  /// @param stepsBefore how many updates came before this epoch
  /// @param done what was done of this epoch before
  Pass startTraining(int[] order, float[] epochRates, int stepsBefore, Checkpoint.Tally done) {
    executable().write(rates.firstRows(epochRates.length), MemorySegment.ofArray(epochRates));
    return start(TRAIN, train, order, stepsBefore, done);
  }

  /// Starts a pass over the validation data.
  ///
  /// @param order of the samples: 0, 1, 2...
  Pass startValidation(int[] order) {
    return start(VALIDATE, validation, order, 0, Checkpoint.Tally.NOTHING);
  }

  private Pass start(
      String step, @Nullable Feed feed, int[] order, int stepsBefore, Checkpoint.Tally done) {
    if (feed == null) {
      throw new IllegalStateException("the program has no step " + step);
    }
    feed.order(executable(), order);
    int[] start = new int[StepState.SIZE];
    start[StepState.CURSOR] = feed.rows(done.step());
    start[StepState.SLOT] = done.step();
    start[StepState.STEP] = stepsBefore + done.step();
    executable().write(state, MemorySegment.ofArray(start));
    return new Pass(executable(), feed, step, losses, correct, done);
  }
}
