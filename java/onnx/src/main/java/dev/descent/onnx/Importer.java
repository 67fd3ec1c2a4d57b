package dev.descent.onnx;

import dev.descent.DataException;
import dev.descent.data.Preparation;
import dev.descent.internal.format.Visible;
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
import dev.descent.model.MaxPool2d;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Residual;
import dev.descent.model.Shape;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Dimension;
import dev.descent.onnx.OnnxModel.Node;
import dev.descent.onnx.OnnxModel.Types;
import dev.descent.onnx.OnnxModel.Value;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.program.Window;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Makes layers of the nodes of a graph, which must follow one another but for values that a sum
/// adds to what the nodes between make of them: those nodes are a [Residual] path. What no layer
/// computes is refused by the node's name.
///
/// In files of other tools an image's channels come before its positions; in a model they come
/// last, in what it takes and in what it gives. Where such an image becomes a row, the rows of the
/// next weight matrix are put into the order of a model.
final class Importer {
  /// The operator sets whose operators are known to mean what is read here.
  private static final int FIRST_OPSET = 6;

  private static final int LAST_OPSET = 28;

  /// Until that set, batch normalisation used the statistics of the batch unless it was told not to.
  private static final int OPSET_OF_TESTS = 6;

  /// Before that set, softmax worked on all dimensions from an axis on.
  private static final int OPSET_OF_SOFTMAX_ON_AN_AXIS = 13;

  /// Deeper than residual paths are nested, and far from the end of the stack.
  private static final int MOST_NESTED = 32;

  private static final float DEFAULT_DROPOUT = 0.5f;
  private static final float DEFAULT_LEAK = 0.01f;
  private static final double CLOSE = 1e-5;

  private static final TreeSet<Integer> NO_SUMS = new TreeSet<>();

  /// How often a weight may be used.
  private static final long MOST_COPIES = 4;

  private static final List<Long> TO_CHANNELS_FIRST = List.of(0L, 3L, 1L, 2L);
  private static final List<Long> TO_CHANNELS_LAST = List.of(0L, 2L, 3L, 1L);

  private final Path file;
  private final OnnxModel source;
  private final Map<String, Constant> constants;

  /// Of the model, or of the path that is being read.
  private List<Layer> layers = new ArrayList<>();

  /// The nodes that become layers.
  private List<Node> steps = List.of();

  /// Which of them add a value, by its name, to another one that is not known either.
  private final Map<String, TreeSet<Integer>> sums = new HashMap<>();

  /// How many paths that is in.
  private int depth;

  /// The values of the layers' weights, in their order.
  private final List<float[]> weights = new ArrayList<>();

  /// The value that the next node must take, its shape in a model (null until it is known), and how
  /// it lies in the file.
  private String value = "";

  private @Nullable Shape shape;
  private @Nullable Shape input;

  /// How many samples the file is for; 0 if for any number.
  private long batch;

  private Order order = Order.ROW;

  /// What an image was before it became a row, if its channels came first; else null.
  private @Nullable Shape flattened;

  /// How many numbers may still be copied: many nodes of a small file could use the same large one.
  private long copies;

  /// Whether the last layer is a matrix product that has got no bias yet.
  private boolean awaitsBias;

  /// How a value lies in the file.
  private enum Order {
    ROW(2),
    /// Images without a dimension for channels.
    GREY(3),
    CHANNELS_FIRST(4),
    CHANNELS_LAST(4);

    private final int rank;

    Order(int rank) {
      this.rank = rank;
    }
  }

  private Importer(OnnxModel source, Path file) {
    this.source = source;
    this.file = file;
    this.constants = new HashMap<>(source.constants());
    constants.values().forEach(this::allowCopies);
  }

  /// @param file for messages
  /// @throws DataException naming the file and the node that no layer computes
  static Model of(OnnxModel source, Path file) {
    try {
      return new Importer(source, file).model();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  /// Whether operators of a domain are ONNX's own.
  static boolean isOwnDomain(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  private Model model() {
    if (source.opset() < FIRST_OPSET || source.opset() > LAST_OPSET) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: operator set %d; sets %d to %d can be read",
              file,
              source.opset(),
              FIRST_OPSET,
              LAST_OPSET));
    }
    start(only(source.inputs(), "inputs"));
    requireDistinctNames();
    steps = source.nodes().stream().filter(node -> !isFolded(node)).toList();
    findSums();
    take(0, steps.size());
    Value output = only(source.outputs(), "outputs");
    if (!output.name().equals(value)) {
      throw new DataException(
          "%s: output %s is not what the last node gives"
              .formatted(file, Visible.quoted(output.name())));
    }
    if (flattened != null) {
      throw new DataException(
          file + ": the model ends in a flattened image whose channels come first");
    }
    return built();
  }

  private Model built() {
    if (input == null) {
      throw new DataException(file + ": the model has no layer, so that its input has no size");
    }
    Model.Builder builder = Model.sequential(input);
    layers.forEach(builder::layer);
    Model model = builder.build(0);
    List<Parameter> parameters = model.parameterList();
    for (int i = 0; i < parameters.size(); i++) {
      model.set(parameters.get(i).name(), weights.get(i));
    }
    // Names of other programs may mean other things.
    if (source.producer().equals(Exporter.PRODUCER)) {
      model.metadata().putAll(source.metadata());
      String preparation = model.metadata().remove(Exporter.PREPARATION);
      if (preparation != null) {
        model.preparation(Preparation.parse(preparation, file + ", " + Exporter.PREPARATION));
      }
    }
    return model;
  }

  private Value only(List<Value> values, String what) {
    if (values.size() != 1) {
      String names = Visible.list(values.stream().map(Value::name).toList());
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: the graph has %d %s%s; a model has one",
              file,
              values.size(),
              what,
              names.isEmpty() ? "" : " (" + names + ")"));
    }
    return values.getFirst();
  }

  /// A name stands for one value: else it would not be known which a node takes.
  private void requireDistinctNames() {
    Set<String> names = new HashSet<>(constants.keySet());
    names.add(value);
    for (Node node : source.nodes()) {
      for (String output : node.outputs()) {
        if (!output.isEmpty() && !names.add(output)) {
          throw refused(node, "gives %s, which is given before".formatted(Visible.quoted(output)));
        }
      }
    }
  }

  // --- the input
  // ----------------------------------------------------------------------------------

  private void start(Value given) {
    value = given.name();
    String name = "input " + Visible.quoted(given.name());
    if (!Types.isReal(given.type())) {
      throw new DataException(
          "%s: %s is of type %s; float32 is wanted"
              .formatted(file, name, given.type() == 0 ? "none" : Types.word(given.type())));
    }
    List<Dimension> dimensions = given.shape();
    if (dimensions == null) {
      return;
    }
    batch = dimensions.isEmpty() ? 0 : dimensions.getFirst().size();
    int[] sizes = dimensions.stream().mapToInt(d -> (int) Math.min(d.size(), 1L << 30)).toArray();
    boolean last =
        dimensions.size() == 4 && dimensions.getLast().denotation().equals(Dimension.CHANNEL);
    switch (sizes.length) {
      case 2 -> shape = sizes[1] == 0 ? null : Shape.row(sizes[1]);
      case 3 -> {
        shape = image(name, sizes[1], sizes[2], 1);
        order = Order.GREY;
      }
      case 4 -> {
        shape =
            last
                ? image(name, sizes[1], sizes[2], sizes[3])
                : image(name, sizes[2], sizes[3], sizes[1]);
        order = last ? Order.CHANNELS_LAST : Order.CHANNELS_FIRST;
      }
      default ->
          throw new DataException(
              String.format(
                  Locale.ROOT,
                  "%s: %s has %d dimensions; a batch of rows has 2, one of images 4",
                  file,
                  name,
                  sizes.length));
    }
    input = shape;
  }

  private Shape image(String name, int height, int width, int channels) {
    if (height == 0 || width == 0 || channels == 0) {
      throw new DataException(
          "%s: %s is an image of unknown size; save the model with a fixed one"
              .formatted(file, name));
    }
    return new Shape(height, width, channels);
  }

  private static boolean isSameInBothOrders(Shape shape) {
    return shape.channels() == 1 || shape.isRow();
  }

  // --- nodes with values that are known
  // -----------------------------------------------------------

  /// Whether a node only gives constants, which are then known.
  private boolean isFolded(Node node) {
    if (!isOwnDomain(node.domain()) || node.outputs().isEmpty()) {
      return false;
    }
    String output = node.output();
    Constant constant = constants.get(node.input(0));
    if (node.type().equals("Constant")) {
      Constant held = held(node);
      allowCopies(held);
      constants.put(output, held);
      return true;
    }
    if (constant == null) {
      return false;
    }
    return switch (node.type()) {
      case "Identity" -> {
        constants.put(output, constant);
        yield true;
      }
      case "Transpose" -> {
        constants.put(output, transposed(node, constant));
        yield true;
      }
      default -> false;
    };
  }

  private Constant held(Node node) {
    Map<String, Object> attributes = node.attributes();
    if (attributes.get("value") instanceof Constant tensor) {
      return tensor;
    }
    if (attributes.get("value_float") instanceof Float number) {
      return Constant.of(new float[] {number}, List.of());
    }
    if (attributes.get("value_int") instanceof Long whole) {
      return new Constant(Types.INT64, List.of(), new float[0], new long[] {whole});
    }
    if (attributes.get("value_ints") instanceof List<?> list) {
      long[] wholes = list.stream().mapToLong(whole -> (Long) whole).toArray();
      return new Constant(Types.INT64, List.of((long) wholes.length), new float[0], wholes);
    }
    throw refused(node, "holds something else than a tensor or a number");
  }

  private void allowCopies(Constant constant) {
    copies += MOST_COPIES * (constant.floats().length + 1);
  }

  private void countCopy(Node node, Constant constant) {
    copies -= constant.floats().length;
    if (copies < 0) {
      throw refused(
          node,
          String.format(
              Locale.ROOT,
              "uses weights that others use too, in more than %d places",
              MOST_COPIES));
    }
  }

  private Constant transposed(Node node, Constant matrix) {
    if (matrix.shape().size() != 2 || !Types.isReal(matrix.type())) {
      throw refused(node, "transposes a constant that is no matrix");
    }
    List<?> perm = wholes(node, "perm", List.of(1L, 0L));
    if (perm.equals(List.of(0L, 1L))) {
      return matrix;
    }
    if (!perm.equals(List.of(1L, 0L))) {
      throw refused(node, "transposes to " + Visible.value(perm));
    }
    countCopy(node, matrix);
    int rows = Math.toIntExact(matrix.shape().get(0));
    int columns = Math.toIntExact(matrix.shape().get(1));
    return Constant.of(
        transposed(matrix.floats(), rows, columns), List.of((long) columns, (long) rows));
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] result = new float[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        result[j * rows + i] = matrix[i * columns + j];
      }
    }
    return result;
  }

  // --- nodes that become layers
  // -------------------------------------------------------------------

  /// Takes some of the steps.
  private void take(int from, int to) {
    for (int i = from; i < to; ) {
      Node node = steps.get(i);
      try {
        i += take(node, i, to);
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw refused(node, "makes no layer: " + e.getMessage());
      }
    }
  }

  /// Takes a node, or several that are one layer together.
  ///
  /// @param end of the path
  /// @return how many
  private int take(Node node, int index, int end) {
    if (!isOwnDomain(node.domain())) {
      throw refused(node, "is an operator of " + Visible.quoted(node.domain()));
    }
    int gelu = gelu(steps.subList(0, end), index);
    if (gelu > 0) {
      activation(node, Activation.GELU);
      value = steps.get(index + gelu - 1).outputs().getFirst();
      return gelu;
    }
    Integer sum = sums.getOrDefault(value, NO_SUMS).lower(end);
    if (sum != null && sum >= index) {
      residual(steps.get(sum), index, sum);
      return sum - index + 1;
    }
    if (!node.inputs().contains(value) || node.output().isEmpty()) {
      throw refused(
          node,
          "does not take what the node before it gives: only layers that follow one another"
              + " can be read");
    }
    boolean second = node.type().equals("Add") && !node.input(0).equals(value);
    if (!second && !node.input(0).equals(value)) {
      throw refused(node, "takes what the node before it gives as its second input");
    }
    convert(node, second);
    value = node.output();
    return 1;
  }

  /// Finds the nodes that add two values of which none is known.
  private void findSums() {
    for (int i = 0; i < steps.size(); i++) {
      Node node = steps.get(i);
      boolean isSum = node.type().equals("Add") && isOwnDomain(node.domain());
      if (isSum && node.inputs().stream().noneMatch(constants::containsKey)) {
        int index = i;
        node.inputs().forEach(name -> sums.computeIfAbsent(name, _ -> new TreeSet<>()).add(index));
      }
    }
  }

  /// Takes the steps of a path, and the sum that adds what went into it.
  private void residual(Node sum, int from, int to) {
    String past = value;
    Shape before = shape;
    Order orderBefore = order;
    if (before == null || flattened != null) {
      throw refused(
          sum,
          before == null
              ? "adds rows of unknown length"
              : "adds a flattened image whose channels come first");
    }
    if (++depth > MOST_NESTED) {
      throw refused(
          sum, String.format(Locale.ROOT, "ends more than %d paths in each other", MOST_NESTED));
    }
    List<Layer> outer = layers;
    layers = new ArrayList<>();
    take(from, to);
    if (sum.inputs().size() != 2 || !other(sum, past).equals(value) || sum.output().isEmpty()) {
      throw refused(sum, "adds something else than a value and what the nodes between make of it");
    }
    if (!before.equals(shape) || order != orderBefore || flattened != null) {
      throw refused(
          sum, "adds values of %s to some of %s or of another order".formatted(before, shape));
    }
    // A value that is added to itself.
    outer.add(new Residual(layers.isEmpty() ? List.of(new Activate(Activation.LINEAR)) : layers));
    layers = outer;
    depth--;
    awaitsBias = false;
    value = sum.output();
  }

  private void convert(Node node, boolean second) {
    switch (node.type()) {
      case "Gemm" -> gemm(node);
      case "MatMul" -> matMul(node);
      case "Add" -> bias(node, constant(node, second ? 0 : 1));
      case "Relu" -> activation(node, Activation.RELU);
      case "LeakyRelu" -> {
        requireNear(node, "alpha", number(node, "alpha", DEFAULT_LEAK), Activation.LEAK);
        activation(node, Activation.LEAKY_RELU);
      }
      case "Sigmoid" -> activation(node, Activation.SIGMOID);
      case "Tanh" -> activation(node, Activation.TANH);
      case "Gelu" -> {
        if (!text(node, "approximate", "none").equals("none")) {
          throw refused(node, "is an approximation of GELU; a model computes the exact one");
        }
        activation(node, Activation.GELU);
      }
      case "Softmax" -> softmax(node);
      case "Conv" -> convolution(node);
      case "MaxPool" -> {
        Window window = window(node, kernel(node));
        add(
            window,
            new MaxPool2d(
                window.kernelHeight(), window.kernelWidth(), window.stride(), window.padding()));
      }
      case "AveragePool" -> {
        Window window = window(node, kernel(node));
        if (whole(node, "count_include_pad", 0) != 0 && window.padding() == Padding.SAME) {
          throw refused(node, "counts values beyond the image's edge (count_include_pad)");
        }
        add(
            window,
            new AveragePool2d(
                window.kernelHeight(), window.kernelWidth(), window.stride(), window.padding()));
      }
      case "GlobalAveragePool" -> {
        Shape image = channelsFirst(node);
        add(new GlobalAveragePool2d());
        shape = Shape.row(image.channels());
      }
      case "BatchNormalization" -> batchNorm(node);
      case "Dropout" -> add(new Dropout(dropoutRate(node)));
      case "Identity" -> {}
      case "Cast" -> {
        if (!Types.isReal((int) whole(node, "to", 0))) {
          throw refused(node, "casts to a type that is no floating-point number");
        }
      }
      case "Flatten" -> {
        long axis = whole(node, "axis", 1);
        if (axis != 1 && axis != 1 - rank()) {
          throw refused(
              node, String.format(Locale.ROOT, "flattens from axis %d on; 1 is wanted", axis));
        }
        flatten();
      }
      case "Reshape" -> reshape(node);
      case "Transpose" -> transpose(node);
      default -> throw refused(node, "is an operator that no layer computes");
    }
  }

  private void add(Layer layer) {
    awaitsBias = false;
    layers.add(layer);
  }

  private void gemm(Node node) {
    if (whole(node, "transA", 0) != 0) {
      throw refused(node, "transposes its input (transA)");
    }
    Constant matrix = constant(node, 1);
    boolean transposed = whole(node, "transB", 0) != 0;
    dense(node, matrix, transposed, number(node, "alpha", 1));
    if (!node.input(2).isEmpty()) {
      bias(node, constant(node, 2), number(node, "beta", 1));
    }
    awaitsBias = false;
  }

  private void convolution(Node node) {
    Shape image = channelsFirst(node);
    Constant kernel = constant(node, 1);
    List<Long> sizes = kernel.shape();
    if (sizes.size() != 4 || kernel.floats().length == 0) {
      throw refused(node, "has weights of shape " + Visible.value(sizes));
    }
    if (whole(node, "group", 1) != 1) {
      throw refused(node, "has groups of channels");
    }
    if (sizes.get(1) != image.channels()) {
      throw refused(
          node,
          String.format(
              Locale.ROOT,
              "has weights for %d channels, but gets images of %s",
              sizes.get(1),
              image));
    }
    List<Long> area = sizes.subList(2, 4);
    if (!wholes(node, "kernel_shape", area).equals(area)) {
      throw refused(node, "has weights of shape " + Visible.value(sizes) + ", not of its kernel's");
    }
    countCopy(node, kernel);
    int filters = Math.toIntExact(sizes.get(0));
    Window window = window(node, area);
    weights.add(tapsFirst(kernel.floats(), filters, image.channels(), window.taps()));
    weights.add(new float[filters]);
    if (!node.input(2).isEmpty()) {
      bias(node, constant(node, 2), 1);
    }
    add(
        new Conv2d(
            filters,
            window.kernelHeight(),
            window.kernelWidth(),
            window.stride(),
            window.padding(),
            Activation.LINEAR,
            Initializer.suits(Activation.LINEAR)));
    shape = new Shape(window.outHeight(), window.outWidth(), filters);
  }

  /// A convolution's weights as a model has them: `taps x channels x filters`.
  private static float[] tapsFirst(float[] kernel, int filters, int channels, int taps) {
    float[] result = new float[kernel.length];
    for (int filter = 0; filter < filters; filter++) {
      for (int channel = 0; channel < channels; channel++) {
        for (int tap = 0; tap < taps; tap++) {
          result[(tap * channels + channel) * filters + filter] =
              kernel[(filter * channels + channel) * taps + tap];
        }
      }
    }
    return result;
  }

  private void add(Window window, Layer layer) {
    add(layer);
    shape = new Shape(window.outHeight(), window.outWidth(), image().channels());
  }

  private Shape channelsFirst(Node node) {
    if (order != Order.CHANNELS_FIRST) {
      throw refused(node, "takes something else than images with their channels first");
    }
    return image();
  }

  private List<?> kernel(Node node) {
    return wholes(node, "kernel_shape", List.of());
  }

  /// How a kernel moves, if a layer's can move so.
  ///
  /// @param kernel height and width
  private Window window(Node node, List<?> kernel) {
    Shape image = channelsFirst(node);
    List<?> strides = wholes(node, "strides", List.of(1L, 1L));
    List<?> pads = wholes(node, "pads", List.of(0L, 0L, 0L, 0L));
    String auto = text(node, "auto_pad", "NOTSET");
    boolean isSquare = strides.size() == 2 && strides.get(0).equals(strides.get(1));
    boolean isPlain = wholes(node, "dilations", List.of(1L, 1L)).equals(List.of(1L, 1L));
    if (kernel.size() != 2 || pads.size() != 4 || !isSquare || !isPlain) {
      throw refused(
          node,
          "has a kernel, strides, pads or dilations that no layer has: a layer's kernel has two"
              + " dimensions, one stride for both, and no gaps");
    }
    int height = size(node, kernel.get(0));
    int width = size(node, kernel.get(1));
    int stride = size(node, strides.get(0));
    boolean up = whole(node, "ceil_mode", 0) != 0;
    for (Padding padding : Padding.values()) {
      if (padding == Padding.VALID && (height > image.height() || width > image.width())) {
        continue;
      }
      var window = new Window(image.height(), image.width(), height, width, stride, padding);
      boolean same =
          switch (auto) {
            case "NOTSET" -> pads(image, window, pads, up).equals(Exporter.pads(window));
            case "SAME_UPPER" -> padding == Padding.SAME;
            case "VALID" -> padding == Padding.VALID && !up;
            default -> false;
          };
      if (same) {
        return window;
      }
    }
    throw refused(
        node,
        "has pads %s; a layer's kernel stays inside or reaches over the edges as far as the image has"
                .formatted(Visible.value(auto.equals("NOTSET") ? pads : auto))
            + " a place for each stride");
  }

  /// The pads of a node without what no place of its kernel reaches, and with what a remainder
  /// adds.
  private static List<Long> pads(Shape image, Window window, List<?> pads, boolean up) {
    long top = (Long) pads.get(0);
    long left = (Long) pads.get(1);
    long bottom =
        end(image.height(), window.kernelHeight(), window.stride(), top, (Long) pads.get(2), up);
    long right =
        end(image.width(), window.kernelWidth(), window.stride(), left, (Long) pads.get(3), up);
    return List.of(top, left, bottom, right);
  }

  private static long end(long size, long kernel, long stride, long begin, long end, boolean up) {
    long reach = size + begin + end - kernel;
    if (begin < 0 || end < 0 || begin > size || end > size || reach < 0) {
      return -1;
    }
    long places = (up ? Math.ceilDiv(reach, stride) : reach / stride) + 1;
    return Math.max(0, (places - 1) * stride + kernel - size - begin);
  }

  private int size(Node node, Object value) {
    if (value instanceof Long whole && whole >= 1 && whole <= Integer.MAX_VALUE) {
      return whole.intValue();
    }
    throw refused(node, "has a kernel or a stride of " + value);
  }

  private void batchNorm(Node node) {
    boolean takes = order == Order.ROW || order == Order.CHANNELS_FIRST;
    if (!takes || flattened != null || shape == null) {
      throw refused(node, "takes something else than rows or images with their channels first");
    }
    if (whole(node, "training_mode", 0) != 0) {
      throw refused(node, "takes mean and variance of the batch (training_mode)");
    }
    if (whole(node, "spatial", 1) == 0) {
      throw refused(node, "normalises each position by itself (spatial)");
    }
    if (source.opset() <= OPSET_OF_TESTS && whole(node, "is_test", 0) == 0) {
      throw refused(node, "takes mean and variance of the batch (is_test)");
    }
    int channels = shape.channels();
    for (int i = 1; i <= 4; i++) {
      Constant constant = constant(node, i);
      if (constant.floats().length != channels) {
        throw refused(
            node,
            String.format(
                Locale.ROOT, "has %d values for %d channels", constant.floats().length, channels));
      }
      countCopy(node, constant);
      weights.add(constant.floats().clone());
    }
    float momentum = number(node, "momentum", 0.9f);
    add(
        new BatchNorm(
            number(node, "epsilon", 1e-5f), momentum < 1 ? momentum : BatchNorm.MOMENTUM));
  }

  private void matMul(Node node) {
    dense(node, constant(node, 1), false, 1);
    awaitsBias = true;
  }

  private void dense(Node node, Constant matrix, boolean transposed, float scale) {
    if (order != Order.ROW) {
      throw refused(node, "takes an image; flatten it before");
    }
    if (matrix.shape().size() != 2 || matrix.floats().length == 0) {
      throw refused(node, "has weights of shape " + Visible.value(matrix.shape()));
    }
    countCopy(node, matrix);
    int rows = Math.toIntExact(matrix.shape().get(0));
    int columns = Math.toIntExact(matrix.shape().get(1));
    float[] floats =
        transposed ? transposed(matrix.floats(), rows, columns) : matrix.floats().clone();
    int inputs = transposed ? columns : rows;
    int units = transposed ? rows : columns;
    if (shape == null && input == null) {
      shape = Shape.row(inputs);
      input = shape;
    }
    if (shape == null || shape.size() != inputs) {
      throw refused(
          node,
          String.format(
              Locale.ROOT, "has weights for %d inputs, but gets rows of %s", inputs, shape));
    }
    scale(floats, scale);
    weights.add(flattened == null ? floats : positionsFirst(floats, flattened, units));
    flattened = null;
    weights.add(new float[units]);
    add(new Dense(units, Activation.LINEAR, Initializer.suits(Activation.LINEAR)));
    shape = Shape.row(units);
  }

  /// Puts the rows of a matrix into the order of a flattened image in a model.
  private static float[] positionsFirst(float[] matrix, Shape image, int columns) {
    float[] result = new float[matrix.length];
    for (int position = 0; position < image.positions(); position++) {
      for (int channel = 0; channel < image.channels(); channel++) {
        int from = channel * image.positions() + position;
        int to = position * image.channels() + channel;
        System.arraycopy(matrix, from * columns, result, to * columns, columns);
      }
    }
    return result;
  }

  private static void scale(float[] values, float factor) {
    if (factor != 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
    }
  }

  private void bias(Node node, Constant bias) {
    if (!awaitsBias) {
      throw refused(node, "adds a constant to something else than a matrix product");
    }
    long axis = whole(node, "axis", 1);
    if (axis != 1 && axis != -1) {
      throw refused(
          node, String.format(Locale.ROOT, "adds a constant along axis %d; 1 is wanted", axis));
    }
    bias(node, bias, 1);
    awaitsBias = false;
  }

  /// Sets the bias of the last layer. A single number is one for all units.
  private void bias(Node node, Constant bias, float scale) {
    float[] target = weights.getLast();
    float[] values = bias.floats();
    boolean isRow = bias.shape().stream().filter(size -> size != 1).count() <= 1;
    boolean ofUnits =
        values.length == target.length
            && (target.length == 1 || bias.shape().getLast() == target.length);
    if (!isRow || bias.shape().size() > 2 || !(ofUnits || values.length == 1)) {
      throw refused(
          node,
          String.format(
              Locale.ROOT,
              "adds a constant of shape %s to %d units",
              Visible.value(bias.shape()),
              target.length));
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = values[values.length == 1 ? 0 : i];
    }
    scale(target, scale);
  }

  /// Gives the last layer its activation if it can have one, else adds a layer.
  private void activation(Node node, Activation activation) {
    awaitsBias = false;
    if (!layers.isEmpty()
        && layers.getLast() instanceof Dense dense
        && dense.activation() == Activation.LINEAR) {
      layers.removeLast();
      layers.add(new Dense(dense.units(), activation, Initializer.suits(activation)));
    } else if (!layers.isEmpty()
        && layers.getLast() instanceof Conv2d conv
        && conv.activation() == Activation.LINEAR) {
      layers.removeLast();
      layers.add(
          new Conv2d(
              conv.filters(),
              conv.height(),
              conv.width(),
              conv.stride(),
              conv.padding(),
              activation,
              Initializer.suits(activation)));
    } else if (shape == null) {
      throw refused(node, "takes rows of unknown length");
    } else {
      layers.add(new Activate(activation));
    }
  }

  private void softmax(Node node) {
    boolean onAxis = source.opset() >= OPSET_OF_SOFTMAX_ON_AN_AXIS;
    long axis = whole(node, "axis", onAxis ? -1 : 1);
    long channels = order == Order.CHANNELS_FIRST ? 1 : rank() - 1;
    boolean isChannels = axis == channels || axis == channels - rank();
    if (!isChannels || order == Order.GREY || (!onAxis && order != Order.ROW)) {
      throw refused(
          node,
          String.format(Locale.ROOT, "works on axis %d; a model's softmax on the channels", axis));
    }
    activation(node, Activation.SOFTMAX);
  }

  private float dropoutRate(Node node) {
    float rate = number(node, "ratio", DEFAULT_DROPOUT);
    Constant constant = constants.get(node.input(1));
    if (constant != null && constant.floats().length == 1) {
      rate = constant.floats()[0];
    }
    if (!(rate >= 0 && rate < 1)) {
      throw refused(node, "drops a share of " + rate);
    }
    return rate;
  }

  /// The five nodes of x / sqrt(2), erf, + 1, * x, * 0.5 that are GELU where it is no operator.
  ///
  /// @return how many nodes they are; 0 if it is something else
  private int gelu(List<Node> steps, int index) {
    List<String> types = List.of("Div", "Erf", "Add", "Mul", "Mul");
    if (index + types.size() > steps.size()) {
      return 0;
    }
    List<Node> five = steps.subList(index, index + types.size());
    for (int i = 0; i < types.size(); i++) {
      if (!five.get(i).type().equals(types.get(i)) || five.get(i).outputs().size() != 1) {
        return 0;
      }
    }
    Node scaling = five.get(0);
    String erf = five.get(1).outputs().getFirst();
    String sum = five.get(2).outputs().getFirst();
    String product = five.get(3).outputs().getFirst();
    boolean same =
        scaling.input(0).equals(value)
            && isNear(scaling.input(1), Math.sqrt(2))
            && five.get(1).input(0).equals(scaling.outputs().getFirst())
            && isNear(other(five.get(2), erf), 1)
            && other(five.get(3), sum).equals(value)
            && isNear(other(five.get(4), product), 0.5);
    return same ? types.size() : 0;
  }

  /// The input beside a named one; empty if that is none of the two.
  private static String other(Node node, String name) {
    if (node.inputs().size() != 2) {
      return "";
    }
    return node.input(0).equals(name)
        ? node.input(1)
        : node.input(1).equals(name) ? node.input(0) : "";
  }

  private boolean isNear(String name, double wanted) {
    Constant constant = constants.get(name);
    return constant != null
        && constant.floats().length == 1
        && Math.abs(constant.floats()[0] - wanted) <= CLOSE;
  }

  // --- shapes
  // -------------------------------------------------------------------------------------

  private int rank() {
    return order.rank;
  }

  private void flatten() {
    if (order == Order.ROW) {
      return;
    }
    Shape image = image();
    if (order == Order.CHANNELS_FIRST && !isSameInBothOrders(image)) {
      flattened = image;
    }
    if (!image.isRow()) {
      add(new Flatten());
    }
    order = Order.ROW;
    shape = Shape.row(image.size());
  }

  private Shape image() {
    if (shape == null) {
      throw new IllegalStateException("an image has a shape");
    }
    return shape;
  }

  /// To rows, or of rows that are the model's input to images of one channel.
  private void reshape(Node node) {
    long[] sizes = constant(node, 1).wholes();
    int values = shape == null ? 0 : shape.size();
    // A zero is the size before.
    boolean keepsBatch =
        sizes.length == 2
            && (sizes[1] == values
                || (sizes[1] == -1 && (sizes[0] == 1 || sizes[0] == batch || sizes[0] == 0)));
    if (values > 0 && keepsBatch && whole(node, "allowzero", 0) == 0) {
      flatten();
      return;
    }
    if (isFirst()
        && order == Order.ROW
        && values > 0
        && sizes.length == 4
        && sizes[1] == 1
        && fits(sizes[2], sizes[3], values)) {
      shape = new Shape((int) sizes[2], (int) sizes[3], 1);
      input = shape;
      order = Order.CHANNELS_FIRST;
      return;
    }
    throw refused(node, "reshapes to %s".formatted(Visible.value(Arrays.toString(sizes))));
  }

  private static boolean fits(long height, long width, int values) {
    return height > 0
        && width > 0
        && height <= values
        && width <= values
        && height * width == values;
  }

  /// Whether nothing has been done to the model's input yet.
  private boolean isFirst() {
    return layers.isEmpty() && depth == 0;
  }

  private void transpose(Node node) {
    List<?> perm = node.attributes().get("perm") instanceof List<?> list ? list : List.of();
    if (perm.equals(TO_CHANNELS_LAST) && order == Order.CHANNELS_FIRST) {
      order = Order.CHANNELS_LAST;
    } else if (perm.equals(TO_CHANNELS_FIRST) && order == Order.CHANNELS_LAST) {
      order = Order.CHANNELS_FIRST;
    } else if (perm.equals(TO_CHANNELS_FIRST) && order == Order.CHANNELS_FIRST && isFirst()) {
      // The input's channels come last, then, though the file does not say so.
      Shape image = image();
      shape = new Shape(image.channels(), image.height(), image.width());
      input = shape;
    } else {
      throw refused(node, "transposes to " + Visible.value(perm));
    }
  }

  // --- attributes and inputs
  // ----------------------------------------------------------------------

  private Constant constant(Node node, int index) {
    Constant constant = constants.get(node.input(index));
    if (constant == null) {
      throw refused(
          node,
          "takes %s, whose values are not known"
              .formatted(
                  node.input(index).isEmpty()
                      ? "no input " + (index + 1)
                      : Visible.quoted(node.input(index))));
    }
    if (constant.floats().length == 0 && constant.wholes().length == 0) {
      throw refused(
          node,
          "takes %s, of shape %s and type %s, which can't be read"
              .formatted(
                  Visible.quoted(node.input(index)),
                  Visible.value(constant.shape()),
                  Types.word(constant.type())));
    }
    return constant;
  }

  private long whole(Node node, String name, long otherwise) {
    return switch (node.attributes().get(name)) {
      case null -> otherwise;
      case Long whole -> whole;
      default -> throw refused(node, "has an attribute %s that is no whole number".formatted(name));
    };
  }

  private List<?> wholes(Node node, String name, List<Long> otherwise) {
    return switch (node.attributes().get(name)) {
      case null -> otherwise;
      case List<?> wholes -> wholes;
      default -> throw refused(node, "has an attribute %s that is no list".formatted(name));
    };
  }

  private float number(Node node, String name, float otherwise) {
    return switch (node.attributes().get(name)) {
      case null -> otherwise;
      case Float number -> number;
      default -> throw refused(node, "has an attribute %s that is no number".formatted(name));
    };
  }

  private String text(Node node, String name, String otherwise) {
    return switch (node.attributes().get(name)) {
      case null -> otherwise;
      case String text -> text;
      default -> throw refused(node, "has an attribute %s that is no text".formatted(name));
    };
  }

  private void requireNear(Node node, String name, float value, float wanted) {
    if (!(Math.abs(value - wanted) <= CLOSE)) {
      throw refused(node, "has %s %s; a model's is %s".formatted(name, value, wanted));
    }
  }

  private DataException refused(Node node, String what) {
    return new DataException("%s: %s %s".formatted(file, node, what));
  }
}
