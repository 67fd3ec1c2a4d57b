package dev.descent.model;

import dev.descent.data.Preparation;
import dev.descent.format.Safetensors;
import dev.descent.internal.RandomStream;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.Padding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A network whose layers follow one another: the layers, and the numbers that they have learned.
///
/// All numbers lie in one flat array, each matrix row-major and starting at a multiple of
/// [Buffer#ALIGNMENT] elements; the elements between are zero. Those that are kept by their layers
/// and not trained lie behind the trained ones.
///
/// Not thread-safe: training writes the numbers when it ends.
public final class Model {
  /// How the names begin of what a file holds beside a model: how its training stood.
  public static final String EXTRA_PREFIX = "training.";

  /// What random streams are for: see [RandomStream].
  private static final int INITIALIZATION_STREAM = 0x1717;

  private final Shape input;
  private final List<Layer> layers;
  private final Set<String> frozen;
  private final List<BoundLayer> bound;
  private final List<Parameter> parameters;
  private final float[] values;
  private final int trainedLength;
  private final Map<String, String> metadata = new TreeMap<>();
  private @Nullable Preparation preparation;

  Model(Shape input, List<Layer> layers, Set<String> frozen) {
    this.input = input;
    this.layers = List.copyOf(layers);
    this.frozen = Collections.unmodifiableSortedSet(new TreeSet<>(frozen));
    this.bound = Binding.of(input, layers, frozen);
    this.parameters = bound.stream().flatMap(layer -> layer.parameters().stream()).toList();
    long trained = end(parameters.stream().filter(Parameter::trained));
    if (trained == 0) {
      throw new IllegalArgumentException("a model needs at least one layer that is trained");
    }
    long length = end(parameters.stream());
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a model of %,d parameters; at most %,d fit an array",
              parameterCount(),
              Integer.MAX_VALUE - 8));
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
  /// @return to add layers to
  public static Builder sequential(int inputs) {
    return new Builder(Shape.row(inputs));
  }

  /// Starts a model of layers that follow one another.
  ///
  /// @param input the shape of a sample
  /// @return to add layers to
  public static Builder sequential(Shape input) {
    return new Builder(input);
  }

  /// {@return the number of values in a row of data}
  public int inputs() {
    return input.size();
  }

  /// {@return the shape of a sample}
  public Shape input() {
    return input;
  }

  /// {@return the number of values that the last layer gives for a row}
  public int outputs() {
    return bound.getLast().output().size();
  }

  /// {@return the layers, first to last}
  public List<Layer> layers() {
    return layers;
  }

  /// {@return the layers with their names, shapes and weights, first to last}
  public List<BoundLayer> boundLayers() {
    return bound;
  }

  /// {@return the matrices in the order of the layers: weight, bias, weight, bias}
  public List<Parameter> parameterList() {
    return parameters;
  }

  /// {@return how many numbers the model learns}
  public long parameterCount() {
    return parameters.stream().filter(Parameter::trained).mapToLong(Parameter::size).sum();
  }

  /// {@return the length of the part of [#parameters] that is trained} Gradients and an optimizer's
  /// moments have this length.
  public int trainedLength() {
    return trainedLength;
  }

  /// {@return the flat array of all numbers: the trained ones, and behind them those that layers
  /// keep themselves} The model's own array: what writes to it changes the model.
  public float[] parameters() {
    return values;
  }

  /// {@return a copy of one matrix, row-major}
  ///
  /// @param name as in [#parameterList]: `dense1.weight`
  /// @throws IllegalArgumentException if there is none of that name
  public float[] get(String name) {
    Parameter parameter = find(name);
    float[] copy = new float[Math.toIntExact(parameter.size())];
    System.arraycopy(values, (int) parameter.offset(), copy, 0, copy.length);
    return copy;
  }

  /// Replaces one matrix.
  ///
  /// @param name as in [#parameterList]: `dense1.weight`
  /// @param matrix row-major; not modified
  /// @throws IllegalArgumentException if there is none of that name or the length differs
  public void set(String name, float[] matrix) {
    Parameter parameter = find(name);
    if (matrix.length != parameter.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s is %d x %d; %d values were given",
              name,
              parameter.rows(),
              parameter.columns(),
              matrix.length));
    }
    System.arraycopy(matrix, 0, values, (int) parameter.offset(), matrix.length);
  }

  /// The first learned number that is NaN or infinite, as from then on the model's answers are no
  /// answers.
  ///
  /// @return its place and value, for instance `dense1.weight[17] is NaN`; empty if all are finite
  public Optional<String> firstNonFinite() {
    for (Parameter parameter : parameters) {
      int size = (int) parameter.size();
      for (int i = 0; i < size; i++) {
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

  /// {@return facts that are saved with the model, by name: the classes, the loss, what it was
  /// trained on} Can be changed.
  public Map<String, String> metadata() {
    return metadata;
  }

  /// {@return what the model needs of its data, if it is known: it is once the model was trained on
  /// data whose preparation is known ([dev.descent.data.DataSet#preparation])}
  public Optional<Preparation> preparation() {
    return Optional.ofNullable(preparation);
  }

  /// Sets what the model needs of its data.
  ///
  /// @param wanted what the model needs of its data
  /// @throws IllegalArgumentException if it gives another number of values than the model takes
  public void preparation(Preparation wanted) {
    if (wanted.features() != inputs()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a preparation of %,d values for a model that takes %,d",
              wanted.features(),
              inputs()));
    }
    this.preparation = wanted;
  }

  /// {@return the layers as a table: kind, output shape, number of parameters}
  public String summary() {
    return Summary.of(this);
  }

  /// Writes the model as safetensors: its weights, and its layers and metadata as the file's
  /// metadata.
  ///
  /// @param file is replaced as a whole
  /// @throws dev.descent.DescentException if the file can't be written; the old one, if any, stays
  public void save(Path file) {
    ModelFile.write(this, file, List.of(), Map.of());
  }

  /// Writes the model as [#save(Path)] does, and more with it, which [#load] passes over.
  ///
  /// @param file is replaced as a whole
  /// @param extra tensors whose names begin with [#EXTRA_PREFIX]
  /// @param name of a text to go into the file's metadata; begins with [#EXTRA_PREFIX]
  /// @param text goes into the file's metadata under that name
  /// @throws dev.descent.DescentException if the file can't be written; the old one, if any, stays
  public void save(Path file, List<Safetensors.Entry> extra, String name, String text) {
    ModelFile.write(this, file, extra, Map.of(name, text));
  }

  /// {@return a model of the same layers and metadata with other numbers}
  ///
  /// @param parameters in the layout of [#parameters]; not modified
  public Model with(float[] parameters) {
    Model model = new Model(input, layers, frozen);
    System.arraycopy(parameters, 0, model.values, 0, values.length);
    model.metadata.putAll(metadata);
    model.preparation = preparation;
    return model;
  }

  /// {@return a model of the same layers, numbers and metadata, of which some layers are not
  /// trained: a new last layer learns with what the others have learned before} Training leaves the
  /// weights of frozen layers as they are, and neither the optimizer, weight decay nor the norm of
  /// gradients covers them. Dropout is off in them, and batch normalisation takes its running
  /// statistics. Files keep which they are.
  ///
  /// @param names of layers, as in [#boundLayers]: `dense1`; none of them to train all again
  /// @throws IllegalArgumentException if there is no layer with weights of such a name, or nothing
  ///     is left to train
  public Model freeze(String... names) {
    Model model = new Model(input, layers, Set.of(names));
    parameters.forEach(parameter -> model.set(parameter.name(), get(parameter.name())));
    model.metadata.putAll(metadata);
    model.preparation = preparation;
    return model;
  }

  /// {@return a model of the same layers and numbers whose last layer with weights is a new one, of
  /// other units: with the layers before it frozen, it learns other classes from what they have
  /// learned} Layers that are frozen stay so, except for the new one. Metadata and preparation are
  /// left behind: they tell what the old outputs mean.
  ///
  /// @param units the values that the new layer gives for a row
  /// @param seed of its weights, which are those that a model built with this seed has there
  /// @throws IllegalArgumentException if the last layer with weights is no dense one
  public Model newHead(int units, long seed) {
    BoundLayer last =
        bound.stream().filter(layer -> !layer.parameters().isEmpty()).toList().getLast();
    if (!(last.layer() instanceof Dense dense)) {
      throw new IllegalArgumentException(
          "the last layer with weights is %s, a %s; only a dense one can be replaced"
              .formatted(last.name(), last.layer().title()));
    }
    List<Layer> changed = new ArrayList<>(layers);
    changed.set(last.index(), new Dense(units, dense.activation(), dense.initializer()));
    Set<String> kept = new TreeSet<>(frozen);
    kept.remove(last.name());
    Model model = new Model(input, changed, kept);
    model.initialize(seed);
    for (BoundLayer layer : bound) {
      if (layer.index() < last.index()) {
        layer.parameters().forEach(p -> model.set(p.name(), get(p.name())));
      }
    }
    return model;
  }

  /// {@return the names of the layers that are not trained, in alphabetical order}
  public Set<String> frozen() {
    return frozen;
  }

  /// Reads a model that [#save(Path)] wrote.
  ///
  /// @param file that was written by [#save(Path)] or with a checkpoint
  /// @return the model, with its metadata and preparation
  /// @throws dev.descent.DataException if the file is missing or malformed
  public static Model load(Path file) {
    return of(Safetensors.read(file));
  }

  /// {@return the model in a file that was read; what else the file holds is passed over}
  ///
  /// @param contents what was read
  /// @throws dev.descent.DataException if there is none, or it is malformed
  public static Model of(Safetensors.Contents contents) {
    return ModelFile.read(contents);
  }

  /// In one line: `784-512-10, 407,050 parameters`.
  @Override
  public String toString() {
    var widths = new StringBuilder().append(inputs());
    bound.stream()
        .filter(layer -> !layer.parameters().isEmpty())
        .forEach(layer -> widths.append('-').append(layer.output().size()));
    return String.format(Locale.ROOT, "%s, %,d parameters", widths, parameterCount());
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
    Initializer initializer = weight.initializer();
    int from = (int) parameter.offset();
    int end = from + (int) parameter.size();
    for (int i = from; i < end; i++) {
      values[i] = (float) initializer.draw(random, weight.fanIn(), weight.fanOut());
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
    ///
    /// @param units the values that the layer gives for a row
    /// @return this
    public Builder dense(int units) {
      return dense(units, Activation.LINEAR);
    }

    /// Adds a dense layer; its weights start as [Initializer#suits] says.
    ///
    /// @param units the values that the layer gives for a row
    /// @param activation what is applied to each value
    /// @return this
    public Builder dense(int units, Activation activation) {
      return dense(units, activation, Initializer.suits(activation));
    }

    /// Adds a dense layer.
    ///
    /// @param units the values that the layer gives for a row
    /// @param activation what is applied to each value
    /// @param initializer how the weights start
    /// @return this
    public Builder dense(int units, Activation activation, Initializer initializer) {
      return layer(new Dense(units, activation, initializer));
    }

    /// Adds an activation as a layer of its own.
    ///
    /// @param activation what is applied to each value
    /// @return this
    public Builder activation(Activation activation) {
      return layer(new Activate(activation));
    }

    /// Adds dropout.
    ///
    /// @param rate the share of values that is set to zero while training, in [0, 1)
    /// @return this
    public Builder dropout(float rate) {
      return layer(new Dropout(rate));
    }

    /// Adds a layer that makes a row of values of each image.
    ///
    /// @return this
    public Builder flatten() {
      return layer(new Flatten());
    }

    /// Adds a convolution of square kernels; its weights start as [Initializer#suits] says.
    ///
    /// @param filters the channels that it gives
    /// @param kernel the height and width of the kernel
    /// @param stride how far the kernel moves
    /// @param padding what becomes of the image's edges
    /// @param activation what is applied to each sum
    /// @return this
    public Builder conv2d(
        int filters, int kernel, int stride, Padding padding, Activation activation) {
      Initializer initializer = Initializer.suits(activation);
      return layer(new Conv2d(filters, kernel, kernel, stride, padding, activation, initializer));
    }

    /// Adds max pooling of squares, side by side.
    ///
    /// @param size the height and width of a square
    /// @param padding what becomes of the image's edges
    /// @return this
    public Builder maxPool2d(int size, Padding padding) {
      return layer(new MaxPool2d(size, size, size, padding));
    }

    /// Adds average pooling of squares, side by side.
    ///
    /// @param size the height and width of a square
    /// @param padding what becomes of the image's edges
    /// @return this
    public Builder averagePool2d(int size, Padding padding) {
      return layer(new AveragePool2d(size, size, size, padding));
    }

    /// Adds a layer that takes the mean of each channel over all positions.
    ///
    /// @return this
    public Builder globalAveragePool2d() {
      return layer(new GlobalAveragePool2d());
    }

    /// Adds batch normalisation with Keras' defaults.
    ///
    /// @return this
    public Builder batchNorm() {
      return batchNorm(BatchNorm.EPSILON, BatchNorm.MOMENTUM);
    }

    /// Adds batch normalisation.
    ///
    /// @param epsilon added to the variance
    /// @param momentum the share that a running value keeps in a step; PyTorch's momentum is 1
    ///     minus this
    /// @return this
    public Builder batchNorm(float epsilon, float momentum) {
      return layer(new BatchNorm(epsilon, momentum));
    }

    /// Adds the layers that a text describes: see [Architecture].
    ///
    /// @param text `conv 32 3x3 same relu, pool 2, flatten, dense 10`
    /// @return this
    /// @throws IllegalArgumentException if it describes none, or samples of another shape
    public Builder layers(String text) {
      Architecture read = Architecture.parse(text);
      if (!read.input().orElse(input).equals(input)) {
        throw new IllegalArgumentException(
            "layers for samples of %s in a model for %s".formatted(read.input().get(), input));
      }
      read.layers().forEach(this::layer);
      return this;
    }

    /// Adds a residual path: `y = x + f(x)`, f being layers that keep the shape.
    ///
    /// @param inner the layers, first to last
    /// @return this
    public Builder residual(Layer... inner) {
      return layer(new Residual(List.of(inner)));
    }

    /// Adds any layer.
    ///
    /// @param layer what comes next
    /// @return this
    public Builder layer(Layer layer) {
      layers.add(layer);
      return this;
    }

    /// Makes the model and draws its weights.
    ///
    /// @param seed the same seed gives the same weights on every machine
    /// @return a new model
    /// @throws IllegalArgumentException if there is no layer to train, or one can't take what the
    ///     layer before it gives
    public Model build(long seed) {
      Model model = new Model(input, layers, Set.of());
      model.initialize(seed);
      return model;
    }
  }
}
