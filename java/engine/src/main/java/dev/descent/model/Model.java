package dev.descent.model;

import dev.descent.format.Safetensors;
import dev.descent.internal.RandomStream;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// A network whose layers follow one another: the layers, and the numbers that they have learned.
///
/// All numbers lie in one flat array, each matrix row-major and starting at a multiple of
/// [Buffer#ALIGNMENT] elements; the elements between are zero.
///
/// Not thread-safe: training writes the numbers when it ends.
public final class Model {
  /// How the names begin of what a file holds beside a model: how its training stood.
  public static final String EXTRA_PREFIX = "training.";

  /// What random streams are for: see [RandomStream].
  private static final int INITIALIZATION_STREAM = 0x1717;

  private final int inputs;
  private final List<Layer> layers;
  private final List<Parameter> parameters;
  private final float[] values;
  private final Map<String, String> metadata = new TreeMap<>();

  Model(int inputs, List<Layer> layers) {
    if (inputs < 1) {
      throw new IllegalArgumentException("a model of " + inputs + " inputs; must be >= 1");
    }
    this.inputs = inputs;
    this.layers = List.copyOf(layers);
    this.parameters = List.copyOf(layOut(inputs, layers));
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one dense layer");
    }
    Parameter last = parameters.getLast();
    long length = Buffer.align(last.offset() + last.size());
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a model of %,d parameters; at most %,d fit an array"
              .formatted(parameterCount(), Integer.MAX_VALUE - 8));
    }
    this.values = new float[(int) length];
  }

  /// Where the learned matrices of layers lie.
  ///
  /// @throws ArithmeticException if they do not fit any memory
  static List<Parameter> layOut(int inputs, List<Layer> layers) {
    List<Parameter> parameters = new ArrayList<>();
    long offset = 0;
    int width = inputs;
    int number = 1;
    for (Layer layer : layers) {
      if (layer instanceof Layer.Dense dense) {
        var weight = new Parameter("dense" + number + ".weight", width, dense.units(), offset);
        offset = Buffer.align(Math.addExact(offset, weight.size()));
        var bias = new Parameter("dense" + number + ".bias", 1, dense.units(), offset);
        offset = Buffer.align(Math.addExact(offset, bias.size()));
        parameters.add(weight);
        parameters.add(bias);
        number++;
      }
      width = layer.outputs(width);
    }
    return parameters;
  }

  /// Starts a model of layers that follow one another.
  ///
  /// @param inputs the number of values in a row of data
  public static Builder sequential(int inputs) {
    return new Builder(inputs);
  }

  /// The number of values in a row of data.
  public int inputs() {
    return inputs;
  }

  /// The number of values that the last layer gives for a row.
  public int outputs() {
    int width = inputs;
    for (Layer layer : layers) {
      width = layer.outputs(width);
    }
    return width;
  }

  /// The layers, first to last.
  public List<Layer> layers() {
    return layers;
  }

  /// The learned matrices in the order of the layers: weight, bias, weight, bias...
  public List<Parameter> parameterList() {
    return parameters;
  }

  /// How many numbers the model learns.
  public long parameterCount() {
    return parameters.stream().mapToLong(Parameter::size).sum();
  }

  /// The flat array of all learned numbers. The model's own array: what writes to it changes the
  /// model.
  public float[] parameters() {
    return values;
  }

  /// A copy of one matrix, row-major.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public float[] get(String name) {
    Parameter parameter = find(name);
    float[] copy = new float[Math.toIntExact(parameter.size())];
    System.arraycopy(values, (int) parameter.offset(), copy, 0, copy.length);
    return copy;
  }

  /// Replaces one matrix.
  ///
  /// @param matrix row-major; not modified
  /// @throws IllegalArgumentException if there is none of that name or the length differs
  public void set(String name, float[] matrix) {
    Parameter parameter = find(name);
    if (matrix.length != parameter.size()) {
      throw new IllegalArgumentException(
          "%s is %d x %d; %d values were given"
              .formatted(name, parameter.rows(), parameter.columns(), matrix.length));
    }
    System.arraycopy(matrix, 0, values, (int) parameter.offset(), matrix.length);
  }

  private Parameter find(String name) {
    return parameters.stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no parameter "
                    + name
                    + "; there are "
                    + parameters.stream().map(Parameter::name).toList()));
  }

  /// Facts that are saved with the model, by name: the classes, the loss, what it was trained on. Can
  /// be changed.
  public Map<String, String> metadata() {
    return metadata;
  }

  /// The layers as a table: kind, output shape, number of parameters.
  public String summary() {
    return Summary.of(this);
  }

  /// Writes the model as safetensors: its weights, and its layers and metadata as the file's metadata.
  ///
  /// @throws dev.descent.DescentException if the file can't be written; the old one, if any, stays
  public void save(Path file) {
    ModelFile.write(this, file, List.of(), Map.of());
  }

  /// Writes the model as [#save(Path)] does, and more with it, which [#load] passes over.
  ///
  /// @param extra tensors whose names begin with [#EXTRA_PREFIX]
  /// @param name of a text to go into the file's metadata; begins with [#EXTRA_PREFIX]
  /// @throws dev.descent.DescentException if the file can't be written; the old one, if any, stays
  public void save(Path file, List<Safetensors.Entry> extra, String name, String text) {
    ModelFile.write(this, file, extra, Map.of(name, text));
  }

  /// A model of the same layers and metadata with other numbers.
  ///
  /// @param parameters in the layout of [#parameters]; not modified
  public Model with(float[] parameters) {
    Model model = new Model(inputs, layers);
    System.arraycopy(parameters, 0, model.values, 0, values.length);
    model.metadata.putAll(metadata);
    return model;
  }

  /// Reads a model that [#save(Path)] wrote.
  ///
  /// @throws dev.descent.DataException if the file is missing or malformed
  public static Model load(Path file) {
    return of(Safetensors.read(file));
  }

  /// The model in a file that was read; what else the file holds is passed over.
  ///
  /// @throws dev.descent.DataException if there is none, or it is malformed
  public static Model of(Safetensors.Contents contents) {
    return ModelFile.read(contents);
  }

  private void initialize(long seed) {
    List<Layer.Dense> dense =
        layers.stream().filter(Layer.Dense.class::isInstance).map(Layer.Dense.class::cast).toList();
    IntStream.range(0, dense.size())
        .forEach(i ->
            fill(
                parameters.get(2 * i),
                dense.get(i).initializer(),
                new RandomStream(seed, INITIALIZATION_STREAM, i)));
  }

  private void fill(Parameter weight, Initializer initializer, RandomStream random) {
    double glorot = 2.0 / ((double) weight.rows() + weight.columns());
    double he = 2.0 / weight.rows();
    int from = (int) weight.offset();
    for (int i = from; i < from + weight.size(); i++) {
      values[i] =
          (float)
              switch (initializer) {
                case GLOROT_UNIFORM -> uniform(random, glorot);
                case GLOROT_NORMAL -> random.nextGaussian() * Math.sqrt(glorot);
                case HE_UNIFORM -> uniform(random, he);
                case HE_NORMAL -> random.nextGaussian() * Math.sqrt(he);
                case ZEROS -> 0;
              };
    }
  }

  /// Uniform with the given variance: +-sqrt(3 variance).
  private static double uniform(RandomStream random, double variance) {
    double bound = Math.sqrt(3 * variance);
    return random.nextDouble(-bound, bound);
  }

  /// Collects the layers of a model.
  public static final class Builder {
    private final int inputs;
    private final List<Layer> layers = new ArrayList<>();

    private Builder(int inputs) {
      this.inputs = inputs;
    }

    /// Adds a dense layer without an activation.
    public Builder dense(int units) {
      return dense(units, Activation.LINEAR);
    }

    /// Adds a dense layer; its weights start as [Initializer#suits] says.
    public Builder dense(int units, Activation activation) {
      return dense(units, activation, Initializer.suits(activation));
    }

    /// Adds a dense layer.
    public Builder dense(int units, Activation activation, Initializer initializer) {
      return layer(new Layer.Dense(units, activation, initializer));
    }

    /// Adds an activation as a layer of its own.
    public Builder activation(Activation activation) {
      return layer(new Layer.Activate(activation));
    }

    /// Adds dropout.
    ///
    /// @param rate the share of values that is set to zero while training, in [0, 1)
    public Builder dropout(float rate) {
      return layer(new Layer.Dropout(rate));
    }

    /// Adds any layer.
    public Builder layer(Layer layer) {
      layers.add(layer);
      return this;
    }

    /// Makes the model and draws its weights.
    ///
    /// @param seed the same seed gives the same weights on every machine
    /// @throws IllegalArgumentException if there is no dense layer
    public Model build(long seed) {
      Model model = new Model(inputs, layers);
      model.initialize(seed);
      return model;
    }
  }
}
