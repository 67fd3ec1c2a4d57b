package dev.descent.cli.bench;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.cli.option.NetworkOption;
import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.model.BoundLayer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.StepState;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Times a training step of the 784-512-512-10 model with Adam on an engine, once the losses of its
/// first steps are known to be right. The images are noise.
public final class StepRun {
  /// The largest batch: the reference needs a minute for it.
  public static final int MOST_ROWS = 4096;

  private static final String STEP = "train";
  private static final int ROWS = 12_800;
  private static final int SIDE = 28;
  private static final long SEED = 1;
  private static final float RATE = 0.001f;
  private static final Loss LOSS = Loss.softmaxCrossEntropy();

  /// The second loss also tells whether gradients and update are right.
  private static final int CHECKED_STEPS = 2;

  private final Precision precision;
  private final int batch;
  private final int steps;
  private final DataSet data;
  private final Model model;
  private final Program program;

  /// @param engine any; the program does not depend on it
  /// @param precision of the engine that is timed
  /// @param batch at least 1, at most [#MOST_ROWS]
  /// @param network another model for these images; null for that of 784-512-512-10
  StepRun(Engine engine, Precision precision, int batch, @Nullable NetworkOption network) {
    this.precision = precision;
    this.batch = batch;
    this.steps = Math.max(CHECKED_STEPS, ROWS / batch);
    this.data = noise(batch * steps);
    this.model = network == null ? dense() : model(network, data);
    this.program = engine.trainer(model).optimizer(Optimizer.adam(RATE)).batch(batch).program(data);
  }

  private static Model model(NetworkOption network, DataSet data) {
    try {
      return network.build(data, LOSS, SEED);
    } catch (IllegalArgumentException e) {
      throw new DescentException("--model: " + e.getMessage(), e);
    }
  }

  private static Model dense() {
    return Model.sequential(Layer.PIXELS)
        .dense(Layer.HIDDEN, Activation.RELU)
        .dense(Layer.HIDDEN, Activation.RELU)
        .dense(Layer.CLASSES)
        .build(SEED);
  }

  /// As many dark pixels as in pictures of digits.
  private static DataSet noise(int rows) {
    var random = new RandomStream(SEED, 0, 0);
    byte[] pixels = new byte[rows * Layer.PIXELS];
    for (int i = 0; i < pixels.length; i++) {
      int word = random.nextInt();
      pixels[i] = (byte) ((word & 0x700) < 0x200 ? word : 0);
    }
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(Layer.CLASSES);
    }
    List<String> names = IntStream.range(0, Layer.CLASSES).mapToObj(Integer::toString).toList();
    return DataSet.images("noise", pixels, SIDE, SIDE, labels, names);
  }

  /// Multiplications and additions of the products of a step: forward, the gradients of the
  /// weights, and those of what a layer takes unless it is the first one that is trained.
  public double operations() {
    double sum = 0;
    boolean first = true;
    for (BoundLayer layer : model.boundLayers()) {
      sum += 2.0 * layer.layer().multiplyAdds(layer.input()) * (first ? 2 : 3);
      first &= !layer.isTrained();
    }
    return batch * sum;
  }

  /// Checks, then measures.
  ///
  /// @param reference the engine that is right
  /// @param afterwards runs after each repeat, and takes no time that counts
  /// @throws DescentException if the engine's losses are wrong
  public Timing time(
      Engine engine, Engine reference, LongSupplier clock, double seconds, Runnable afterwards) {
    try (Executable executable = engine.compile(program)) {
      check(executable, reference);
      return Timing.measure(clock, seconds, steps, times -> run(executable, times), afterwards);
    }
  }

  /// How far a loss may be from the reference's, relative to it. bfloat16 keeps 8 bits of an operand,
  /// which moves the second loss by up to 2e-3 at batches below 8; in the other precisions rounding
  /// makes less than 1e-4.
  private static double tolerance(Precision precision) {
    return precision == Precision.BF16 ? 1e-2 : 1e-3;
  }

  private void check(Executable executable, Engine reference) {
    float[] actual = firstLosses(executable);
    float[] expected;
    try (Executable truth = reference.compile(program)) {
      expected = firstLosses(truth);
    }
    for (int i = 0; i < CHECKED_STEPS; i++) {
      // Written so that NaN fails.
      if (!(Math.abs(actual[i] - expected[i]) <= tolerance(precision) * expected[i])) {
        throw new DescentException(
            String.format(
                Locale.ROOT,
                "wrong result, nothing is timed: the loss of step %d at batch %d is %s, not %s",
                i + 1,
                batch,
                actual[i],
                expected[i]));
      }
    }
  }

  private float[] firstLosses(Executable executable) {
    write(executable, "train.samples", MemorySegment.ofArray(data.bytes()));
    write(executable, "train.labels", MemorySegment.ofArray(data.labels()));
    int[] order = IntStream.range(0, data.size()).toArray();
    write(executable, "train.order", MemorySegment.ofArray(order));
    float[] rates = new float[steps];
    Arrays.fill(rates, RATE);
    write(executable, "rates", MemorySegment.ofArray(rates));
    write(executable, "parameters", MemorySegment.ofArray(model.parameters()));
    run(executable, CHECKED_STEPS);
    float[] losses = new float[steps];
    executable.read(buffer("losses").asColumn(), MemorySegment.ofArray(losses));
    return losses;
  }

  /// Starts over at the first batch, which is what an epoch does.
  private void run(Executable executable, int times) {
    write(executable, "state", MemorySegment.ofArray(new int[StepState.SIZE]));
    executable.run(STEP, times);
  }

  private void write(Executable executable, String name, MemorySegment values) {
    executable.write(buffer(name).asRow(), values);
  }

  private Buffer buffer(String name) {
    return program.buffers().stream()
        .filter(b -> b.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no buffer " + name));
  }
}
