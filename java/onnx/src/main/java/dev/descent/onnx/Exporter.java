package dev.descent.onnx;

import dev.descent.DescentException;
import dev.descent.model.Activate;
import dev.descent.model.AveragePool2d;
import dev.descent.model.BatchNorm;
import dev.descent.model.BoundLayer;
import dev.descent.model.Conv2d;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Flatten;
import dev.descent.model.GlobalAveragePool2d;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Makes ONNX's operators of layers, one behind the other.
///
/// ONNX's windowed operators take channels before positions, a model has them behind: values are
/// transposed where that changes.
final class Exporter {
  static final String PRODUCER = "Descent";

  /// The metadata that says what the model needs of its data: see [Preparation#text].
  static final String PREPARATION = "descent.preparation";

  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final int OPSET = 17;
  private static final int OPSET_WITH_GELU = 20;

  private final Model model;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private int opset = OPSET;

  /// The value that the next node takes, whether it has the four dimensions of images, and whether
  /// its channels then come before its positions.
  private String value = INPUT;

  private boolean image;
  private boolean channelsFirst;

  private Exporter(Model model) {
    this.model = model;
    this.image = !model.input().isRow();
  }

  static OnnxModel of(Model model) {
    var exporter = new Exporter(model);
    model.boundLayers().forEach(exporter::add);
    return exporter.finished();
  }

  private OnnxModel finished() {
    Shape output = model.boundLayers().getLast().output();
    if (output.isRow()) {
      flatten("output.flatten");
    } else {
      channelsLast("output.transpose");
    }
    Node last = nodes.removeLast();
    nodes.add(
        new Node(last.name(), last.type(), "", last.inputs(), List.of(OUTPUT), last.attributes()));
    Map<String, String> metadata = new TreeMap<>(model.metadata());
    metadata.remove(PREPARATION);
    model.preparation().ifPresent(p -> metadata.put(PREPARATION, p.text()));
    return new OnnxModel(
        PRODUCER,
        opset,
        nodes,
        constants,
        List.of(value(INPUT, model.input())),
        List.of(value(OUTPUT, output)),
        metadata);
  }

  private static Value value(String name, Shape shape) {
    List<Dimension> dimensions = new ArrayList<>();
    dimensions.add(new Dimension(0, "batch", Dimension.BATCH));
    if (!shape.isRow()) {
      dimensions.add(new Dimension(shape.height(), "", Dimension.FEATURE));
      dimensions.add(new Dimension(shape.width(), "", Dimension.FEATURE));
    }
    dimensions.add(new Dimension(shape.channels(), "", Dimension.CHANNEL));
    return new Value(name, Types.FLOAT, dimensions);
  }

  private void add(BoundLayer bound) {
    String name = bound.name();
    switch (bound.layer()) {
      case Dense dense -> {
        flatten(name + ".flatten");
        node(name, "Gemm", weights(bound), Map.of());
        activation(name + "." + word(dense.activation()), dense.activation());
      }
      case Conv2d conv -> {
        channelsFirst(bound);
        constants.put(bound.parameters().get(0).name(), kernel(bound));
        constants.put(bound.parameters().get(1).name(), constant(bound.parameters().get(1)));
        window(
            name,
            "Conv",
            bound.parameters().stream().map(Parameter::name).toList(),
            window(bound, conv.height(), conv.width(), conv.stride(), conv.padding()));
        activation(name + "." + word(conv.activation()), conv.activation());
      }
      case MaxPool2d pool -> {
        channelsFirst(bound);
        Window window = window(bound, pool.height(), pool.width(), pool.stride(), pool.padding());
        window(name, "MaxPool", List.of(), window);
      }
      case AveragePool2d pool -> {
        channelsFirst(bound);
        Window window = window(bound, pool.height(), pool.width(), pool.stride(), pool.padding());
        window(name, "AveragePool", List.of(), window);
      }
      case GlobalAveragePool2d _ -> {
        if (image) {
          channelsFirst(bound);
          node(name + ".mean", "GlobalAveragePool", List.of(), Map.of());
          flatten(name);
        }
      }
      case BatchNorm norm -> {
        if (image) {
          channelsFirst(bound);
        }
        node(
            name,
            "BatchNormalization",
            weights(bound),
            Map.of("epsilon", norm.epsilon(), "momentum", norm.momentum()));
      }
      case Residual residual -> residual(bound, residual);
      case Activate layer -> activation(name, layer.activation());
      case Dropout _ -> {}
      case Flatten _ -> {
        if (!bound.input().isRow()) {
          channelsLast(name + ".transpose");
        }
        flatten(name);
      }
      default ->
          throw new DescentException(
              "%s (%s) has no counterpart in ONNX".formatted(name, bound.layer().describe()));
    }
  }

  /// Adds the nodes of the path, and one that adds what went into it, in whose order channels and
  /// positions are then.
  private void residual(BoundLayer bound, Residual residual) {
    String name = bound.name();
    String past = value;
    boolean wasImage = image;
    boolean wasFirst = channelsFirst;
    Shape shape = bound.input();
    for (int i = 0; i < residual.layers().size(); i++) {
      Layer layer = residual.layers().get(i);
      String prefix = name + "." + (i + 1);
      List<Parameter> parameters =
          bound.parameters().stream().filter(p -> p.name().startsWith(prefix + ".")).toList();
      Shape output = layer.output(shape);
      add(new BoundLayer(bound.index(), prefix, layer, shape, output, parameters));
      shape = output;
    }
    if (image != wasImage) {
      throw new DescentException(
          "%s (%s) makes rows of images of one position, which has no counterpart in ONNX"
              .formatted(name, residual.describe()));
    }
    if (wasFirst) {
      channelsFirst(
          new BoundLayer(bound.index(), name + ".path", residual, shape, shape, List.of()));
    } else {
      channelsLast(name + ".path");
    }
    node(name, "Add", List.of(past), Map.of());
  }

  /// Adds a node whose kernel moves over an image.
  private void window(String name, String type, List<String> weights, Window window) {
    node(
        name,
        type,
        weights,
        Map.of(
            "kernel_shape", List.of((long) window.kernelHeight(), (long) window.kernelWidth()),
            "strides", List.of((long) window.stride(), (long) window.stride()),
            "pads", pads(window)));
  }

  /// What a kernel reaches over the edges: top, left, bottom, right.
  static List<Long> pads(Window window) {
    long down = (window.outHeight() - 1L) * window.stride() + window.kernelHeight();
    long right = (window.outWidth() - 1L) * window.stride() + window.kernelWidth();
    return List.of(
        (long) window.top(),
        (long) window.left(),
        Math.max(0, down - window.height() - window.top()),
        Math.max(0, right - window.width() - window.left()));
  }

  /// The weights of a convolution as ONNX has them: `filters x channels x height x width`.
  private Constant kernel(BoundLayer bound) {
    Parameter parameter = bound.parameters().getFirst();
    float[] values = model.get(parameter.name());
    int filters = parameter.columns();
    int channels = bound.input().channels();
    int taps = parameter.rows() / channels;
    float[] result = new float[values.length];
    for (int tap = 0; tap < taps; tap++) {
      for (int channel = 0; channel < channels; channel++) {
        for (int filter = 0; filter < filters; filter++) {
          result[(filter * channels + channel) * taps + tap] =
              values[(tap * channels + channel) * filters + filter];
        }
      }
    }
    List<Integer> sizes = parameter.weight().dimensions();
    return Constant.of(
        result, List.of((long) filters, (long) channels, (long) sizes.get(0), (long) sizes.get(1)));
  }

  private void activation(String name, Activation activation) {
    switch (activation) {
      case LINEAR -> {}
      case RELU -> node(name, "Relu", List.of(), Map.of());
      case LEAKY_RELU -> node(name, "LeakyRelu", List.of(), Map.of("alpha", Activation.LEAK));
      case SIGMOID -> node(name, "Sigmoid", List.of(), Map.of());
      case TANH -> node(name, "Tanh", List.of(), Map.of());
      case GELU -> {
        opset = OPSET_WITH_GELU;
        node(name, "Gelu", List.of(), Map.of("approximate", "none"));
      }
      case SOFTMAX -> node(name, "Softmax", List.of(), Map.of("axis", channelsFirst ? 1L : -1L));
    }
  }

  private static String word(Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT);
  }

  private void channelsFirst(BoundLayer bound) {
    if (!image) {
      throw new DescentException(
          "%s (%s) takes rows as images of one position, which has no counterpart in ONNX"
              .formatted(bound.name(), bound.layer().describe()));
    }
    if (!channelsFirst) {
      channelsFirst = true;
      node(
          bound.name() + ".transpose",
          "Transpose",
          List.of(),
          Map.of("perm", List.of(0L, 3L, 1L, 2L)));
    }
  }

  private void channelsLast(String name) {
    if (channelsFirst) {
      channelsFirst = false;
      node(name, "Transpose", List.of(), Map.of("perm", List.of(0L, 2L, 3L, 1L)));
    }
  }

  /// Makes rows of images, in the order in which their values lie.
  private void flatten(String name) {
    if (image) {
      image = false;
      channelsFirst = false;
      node(name, "Flatten", List.of(), Map.of("axis", 1L));
    }
  }

  private static Window window(
      BoundLayer bound, int height, int width, int stride, Padding padding) {
    Shape input = bound.input();
    return new Window(input.height(), input.width(), height, width, stride, padding);
  }

  /// Adds a layer's weights as they lie in the model.
  ///
  /// @return their names
  private List<String> weights(BoundLayer bound) {
    bound.parameters().forEach(parameter -> constants.put(parameter.name(), constant(parameter)));
    return bound.parameters().stream().map(Parameter::name).toList();
  }

  private Constant constant(Parameter parameter) {
    List<Long> shape = parameter.weight().dimensions().stream().map(Integer::longValue).toList();
    return Constant.of(model.get(parameter.name()), shape);
  }

  /// Adds a node that takes the present value and gives the next one, which has the node's name.
  private void node(
      String name, String type, List<String> weights, Map<String, Object> attributes) {
    List<String> inputs = new ArrayList<>();
    inputs.add(value);
    inputs.addAll(weights);
    nodes.add(new Node(name, type, "", inputs, List.of(name), attributes));
    value = name;
  }
}
