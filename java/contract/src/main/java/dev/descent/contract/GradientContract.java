package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.data.DataSet;
import dev.descent.model.Activate;
import dev.descent.model.AveragePool2d;
import dev.descent.model.BatchNorm;
import dev.descent.model.Conv2d;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Flatten;
import dev.descent.model.GlobalAveragePool2d;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.LayerTypes;
import dev.descent.model.MaxPool2d;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Residual;
import dev.descent.model.Settings;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.model.Weight;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Padding;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every gradient of every layer and loss equals finite differences of an independent float64
/// computation.
public abstract class GradientContract extends BackendContract {
  private static final Shape IMAGE = new Shape(2, 3, 2);
  private static final List<String> CLASSES = List.of("a", "b", "c");
  private static final int ROWS = 9;
  private static final double STEP = 1e-5;

  /// Much more than an argument moves by in a step.
  private static final double FROM_KINKS = 1e-3;

  private static final int SEED = 5;

  /// Other inputs each time.
  protected GradientContract() {
    super(Inputs.fresh(), Opening.ONCE);
  }

  /// A model, the loss that it is trained with, and whether rows have weights.
  record Case(Shape input, List<Layer> layers, Loss loss, boolean weighted) {
    @Override
    public String toString() {
      return String.join("; ", layers.stream().map(Layer::describe).toList())
          + ": "
          + loss.name()
          + (weighted ? " with weights" : "");
    }
  }

  /// The layers to check, by type: each between layers that are trained.
  private static Map<String, List<List<Layer>>> layers() {
    Map<String, List<List<Layer>>> cases = new TreeMap<>();
    cases.put(
        "dense",
        each(Activation.values(), a -> List.of(dense(7), dense(6, a), dense(CLASSES.size()))));
    cases.put(
        "activation",
        each(
            Activation.values(),
            a -> List.of(new Shift(), new Activate(a), new Flatten(), dense(CLASSES.size()))));
    cases.put("dropout", List.of(List.of(dense(17), new Dropout(0.4f), dense(CLASSES.size()))));
    cases.put("conv2d", convolutions());
    cases.put("max_pool2d", pools(MaxPool2d::new));
    cases.put("average_pool2d", pools(AveragePool2d::new));
    cases.put(
        "global_average_pool2d",
        List.of(List.of(new Shift(), new GlobalAveragePool2d(), dense(CLASSES.size()))));
    cases.put(
        "batch_norm",
        List.of(
            List.of(dense(5), new BatchNorm(0.1f, 0.9f), dense(CLASSES.size())),
            List.of(new Shift(), new BatchNorm(0.1f, 0.9f), new Flatten(), dense(CLASSES.size()))));
    cases.put("residual", residuals());
    cases.put("flatten", List.of(List.of(new Shift(), new Flatten(), dense(CLASSES.size()))));
    return cases;
  }

  private static List<List<Layer>> convolutions() {
    List<List<Layer>> cases = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      cases.add(convolution(2, 3, 1, Padding.SAME, activation));
    }
    cases.add(convolution(2, 2, 1, Padding.VALID, Activation.TANH));
    cases.add(convolution(3, 3, 2, Padding.SAME, Activation.LINEAR));
    cases.add(convolution(1, 1, 2, Padding.VALID, Activation.LINEAR));
    return cases;
  }

  /// What overwrites the gradient that it gets, what changes nothing, a path in a path, and one
  /// before which nothing is trained.
  private static List<List<Layer>> residuals() {
    Conv2d conv = new Conv2d(2, 3, 3, 1, Padding.SAME, Activation.TANH, Initializer.GLOROT_UNIFORM);
    Layer norm = new BatchNorm(0.1f, 0.9f);
    Layer linear = new Activate(Activation.LINEAR);
    Layer inner = new Residual(List.of(dense(7, Activation.GELU), new Dropout(0.3f), dense(7)));
    return List.of(
        List.of(new Shift(), new Residual(List.of(conv, norm)), new Flatten(), dense(3)),
        List.of(new Shift(), new Residual(List.of(linear)), new Flatten(), dense(3)),
        List.of(dense(7), new Residual(List.of(dense(7, Activation.SIGMOID))), dense(3)),
        List.of(dense(7), new Residual(List.of(inner, new Dropout(0.4f), inner)), dense(3)),
        List.of(new Residual(List.of(new Dropout(0.2f), dense(12), dense(12))), dense(3)));
  }

  private static List<Layer> convolution(
      int height, int width, int stride, Padding padding, Activation activation) {
    Initializer initializer = Initializer.GLOROT_UNIFORM;
    return List.of(
        new Shift(),
        new Conv2d(3, height, width, stride, padding, activation, initializer),
        new Flatten(),
        dense(CLASSES.size()));
  }

  private interface PoolMaker {
    Layer of(int height, int width, int stride, Padding padding);
  }

  private static List<List<Layer>> pools(PoolMaker maker) {
    return Stream.of(
            maker.of(2, 2, 1, Padding.VALID),
            maker.of(2, 2, 2, Padding.SAME),
            maker.of(1, 3, 1, Padding.SAME))
        .map(pool -> List.of(new Shift(), pool, new Flatten(), dense(CLASSES.size())))
        .toList();
  }

  private interface Maker {
    List<Layer> of(Activation activation);
  }

  private static List<List<Layer>> each(Activation[] activations, Maker maker) {
    return Stream.of(activations).map(maker::of).toList();
  }

  private static Layer dense(int units) {
    return dense(units, Activation.LINEAR);
  }

  private static Layer dense(int units, Activation activation) {
    return new Dense(units, activation, Initializer.GLOROT_UNIFORM);
  }

  /// Adds a bias to each channel of an image: something to train before images are flattened.
  record Shift() implements Layer {
    @Override
    public Settings settings() {
      return Settings.of("shift");
    }

    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public List<Weight> weights(Shape input) {
      return List.of(Weight.of("bias", Initializer.ZEROS, input.channels()));
    }

    @Override
    public Tensor apply(Tensor x, Tape tape) {
      Tensor out = tape.values("out", tape.input());
      tape.add(new AddBias(x, tape.weight("bias"), out));
      tape.backward(d -> {
        tape.add(new SumRows(d, tape.gradient("bias")));
        return d;
      });
      return out;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (List<List<Layer>> ofType : layers().values()) {
      for (List<Layer> layers : ofType) {
        Shape input = layers.getFirst() instanceof Shift ? IMAGE : Shape.row(IMAGE.size());
        cases.add(new Case(input, layers, Loss.softmaxCrossEntropy(), false));
      }
    }
    for (String name : new TreeSet<>(Loss.names())) {
      Loss loss = Loss.named(name);
      if (loss != null) {
        List<Layer> layers = List.of(dense(6, Activation.TANH), dense(CLASSES.size()));
        cases.add(new Case(Shape.row(IMAGE.size()), layers, loss, false));
        cases.add(new Case(Shape.row(IMAGE.size()), layers, loss, true));
      }
    }
    return cases.stream();
  }

  @Test
  void everyTypeOfLayerIsChecked() {
    assertEquals(LayerTypes.names(), layers().keySet(), "a layer type has no case here");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreFiniteDifferences(Case tested) {
    while (!check(tested)) {
      // Other numbers, farther from a kink.
    }
  }

  /// Whether the numbers that were drawn could be used.
  private boolean check(Case tested) {
    Model.Builder builder = Model.sequential(tested.input());
    tested.layers().forEach(builder::layer);
    Model model = builder.build(SEED);
    float[] x = floats(ROWS * model.inputs());
    int[] labels = inputs.indices(ROWS, CLASSES.size());
    DataSet data = DataSet.classes("random", x, model.inputs(), labels, CLASSES);
    float[] rowWeights = inputs.uniform(ROWS, 0, 3);
    if (tested.weighted()) {
      data = data.withWeights(rowWeights);
    } else {
      Arrays.fill(rowWeights, 1);
    }
    for (Parameter parameter : model.parameterList()) {
      model.set(parameter.name(), values(parameter));
    }
    double[][] rows = new double[ROWS][];
    double[][] targets = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = doubles(data.row(i));
      targets[i] = doubles(data.oneHot(i));
    }
    double[][] weights =
        model.parameterList().stream()
            .map(p -> doubles(model.get(p.name())))
            .toArray(double[][]::new);
    var network = new Float64Network(model, tested.loss(), SEED, rowWeights);
    network.loss(weights, rows, targets);
    if (network.distanceToKink() < FROM_KINKS) {
      return false;
    }
    float[] gradients = gradients(model, tested.loss(), data);
    for (int p = 0; p < weights.length; p++) {
      Parameter parameter = model.parameterList().get(p);
      if (!parameter.trained()) {
        continue;
      }
      for (int e = 0; e < weights[p].length; e++) {
        double kept = weights[p][e];
        weights[p][e] = kept + STEP;
        double above = network.loss(weights, rows, targets);
        weights[p][e] = kept - STEP;
        double below = network.loss(weights, rows, targets);
        weights[p][e] = kept;
        double expected = (above - below) / (2 * STEP);
        assertEquals(
            expected,
            gradients[(int) parameter.offset() + e],
            3e-6 + 3e-5 * Math.abs(expected),
            String.format(
                Locale.ROOT, "%s: gradient %d of %s (%s)", tested, e, parameter.name(), inputs));
      }
    }
    return true;
  }

  private float[] gradients(Model model, Loss loss, DataSet data) {
    List<float[]> gradients = new ArrayList<>();
    Callback reader =
        new Callback() {
          @Override
          public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
            gradients.add(run.gradients());
          }
        };
    new Trainer(backend, model.with(model.parameters()))
        .loss(loss)
        .optimizer(Optimizer.sgd(0.1f))
        .batch(ROWS)
        .shuffle(false)
        .seed(SEED)
        .callback(reader)
        .fit(data, 1);
    return gradients.getFirst();
  }

  private float[] floats(int count) {
    return inputs.uniform(count, -1.2f, 1.2f);
  }

  /// Sums of as many inputs as a unit has are as large as the inputs, so that no layer magnifies
  /// the rounding of those before it.
  private float[] values(Parameter parameter) {
    double most = Math.min(1.2, Math.sqrt(3 / parameter.weight().fanIn()));
    return inputs.uniform(parameter.size(), (float) -most, (float) most);
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
