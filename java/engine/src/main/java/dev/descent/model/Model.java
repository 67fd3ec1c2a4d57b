package dev.descent.model;

import dev.descent.format.Safetensors;
import dev.descent.internal.RandomStream;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A network whose layers follow one another: the layers, and the numbers that they have learned.
///
/// All numbers lie in one flat array, each matrix row-major and starting at a multiple of
/// [Buffer#ALIGNMENT] elements; the elements between are zero. Those that are kept by their layers and
/// not trained lie behind the trained ones.
///
/// Not thread-safe: training writes the numbers when it ends.
public final class Model {
  /// How the names begin of what a file holds beside a model: how its training stood.
  public static final String EXTRA_PREFIX = "training.";

  /// What random streams are for: see [RandomStream].
  private static final int INITIALIZATION_STREAM = 0x1717;

  private final Shape input;
  private final List<Layer> layers;
  private final List<BoundLayer> bound;
  private final List<Parameter> parameters;
  private final float[] values;
  private final int trainedLength;
  private final Map<String, String> metadata = new TreeMap<>();

  Model(Shape input, List<Layer> layers) {
    this.input = input;
    this.layers = List.copyOf(layers);
    this.bound = Binding.of(input, layers);
    this.parameters = bound.stream().flatMap(layer -> layer.parameters().stream()).toList();
    long trained = end(parameters.stream().filter(Parameter::trained));
    if (trained == 0) {
      throw new IllegalArgumentException("a model needs at least one layer that is trained");
    }
    long length = end(parameters.stream());
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a model of %,d parameters; at most %,d fit an array"
              .formatted(parameterCount(), Integer.MAX_VALUE - 8));
    }
    this.values = new float[(int) length];
    this.trainedLength = (int) trained;
  }

  private static long end(Stream<Parameter> parameters) {
    return Buffer.align(parameters.mapToLong(p -> p.offset() + p.size()).max().orElse(0));
  }

  /// Starts a model of layers that follow one another.
  ///
  /// @param inputs the number of values in a row of data
  public static Builder sequential(int inputs) {
    return new Builder(Shape.row(inputs));
  }

  /// Starts a model of layers that follow one another.
  ///
  /// @param input the shape of a sample
  public static Builder sequential(Shape input) {
    return new Builder(input);
  }

  /// The number of values in a row of data.
  public int inputs() {
    return input.size();
  }

  /// The shape of a sample.
  public Shape input() {
    return input;
  }

  /// The number of values that the last layer gives for a row.
  public int outputs() {
    return bound.getLast().output().size();
  }

  /// The layers, first to last.
  public List<Layer> layers() {
    return layers;
  }

  /// The layers with their names, shapes and weights, first to last.
  public List<BoundLayer> boundLayers() {
    return bound;
  }

  /// The matrices in the order of the layers: weight, bias, weight, bias...
  public List<Parameter> parameterList() {
    return parameters;
  }

  /// How many numbers the model learns.
  public long parameterCount() {
    return parameters.stream().filter(Parameter::trained).mapToLong(Parameter::size).sum();
  }

  /// The length of the part of [#parameters] that is trained. Gradients and an optimizer's moments
  /// have this length.
  public int trainedLength() {
    return trainedLength;
  }

  /// The flat array of all numbers: the trained ones, and behind them those that layers keep
  /// themselves. The model's own array: what writes to it changes the model.
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

  /// The first learned number that is NaN or infinite, as from then on the model's answers are no
  /// answers.
  ///
  /// @return its place and value, for instance `dense1.weight[17] is NaN`; empty if all are finite
  public Optional<String> firstNonFinite() {
    for (Parameter parameter : parameters) {
      for (int i = 0; i < parameter.size(); i++) {
        float value = values[(int) parameter.offset() + i];
        if (!Float.isFinite(value)) {
          return Optional.of("%s[%s] is %s".formatted(parameter.name(), i, value));
        }
      }
    }
    return Optional.empty();
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
    Model model = new Model(input, layers);
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

  /// Each layer with weights draws from a random stream of its own.
  private void initialize(long seed) {
    int stream = 0;
    for (BoundLayer layer : bound) {
      if (!layer.parameters().isEmpty()) {
        var random = new RandomStream(seed, INITIALIZATION_STREAM, stream++);
        layer.parameters().forEach(parameter -> fill(parameter, random));
      }
    }
  }

  private void fill(Parameter parameter, RandomStream random) {
    Weight weight = parameter.weight();
    int from = (int) parameter.offset();
    for (int i = from; i < from + parameter.size(); i++) {
      values[i] = (float) weight.initializer().draw(random, weight.fanIn(), weight.fanOut());
    }
  }

  /// Collects the layers of a model.
  public static final class Builder {
    private final Shape input;
    private final List<Layer> layers = new ArrayList<>();

    private Builder(Shape input) {
      this.input = input;
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
      return layer(new Dense(units, activation, initializer));
    }

    /// Adds an activation as a layer of its own.
    public Builder activation(Activation activation) {
      return layer(new Activate(activation));
    }

    /// Adds dropout.
    ///
    /// @param rate the share of values that is set to zero while training, in [0, 1)
    public Builder dropout(float rate) {
      return layer(new Dropout(rate));
    }

    /// Adds a layer that makes a row of values of each image.
    public Builder flatten() {
      return layer(new Flatten());
    }

    /// Adds any layer.
    public Builder layer(Layer layer) {
      layers.add(layer);
      return this;
    }

    /// Makes the model and draws its weights.
    ///
    /// @param seed the same seed gives the same weights on every machine
    /// @throws IllegalArgumentException if there is no layer to train, or one can't take what the
    ///     layer before it gives
    public Model build(long seed) {
      Model model = new Model(input, layers);
      model.initialize(seed);
      return model;
    }
  }
}
