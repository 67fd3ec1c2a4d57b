package dev.descent.model;

import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The layers of a model, and the shape of a sample where that is said, as a text or as JSON.
///
/// As a text, layers stand between commas: `conv 32 3x3 same relu, pool 2, batchnorm, dropout 0.2,
/// flatten, dense 512 relu, dense 10`; `residual(...)` has layers in it. The shape of a sample
/// comes first, with a colon: `28x28x1: conv 32 3x3, ...`, or `784: dense 512 relu, ...`. A layer
/// that was added with [LayerTypes#register] is written as its type, its main value and its other
/// settings: `mask 3 mode soft`. As JSON, they are what a model's file says of them: `{"inputs":
/// [28,28,1],"layers":[{"conv2d":32,...},...]}`, or the list of layers alone.
///
/// @param input the shape of a sample; empty where it is not said
/// @param layers first to last, at least one
public record Architecture(Optional<Shape> input, List<Layer> layers) {
  static final String INPUTS = "inputs";
  static final String LAYERS = "layers";

  /// Copies the list.
  public Architecture {
    layers = List.copyOf(layers);
  }

  /// {@return the layers of a model and the shape of its samples}
  ///
  /// @param model any
  public static Architecture of(Model model) {
    return new Architecture(Optional.of(model.input()), model.layers());
  }

  /// Reads layers.
  ///
  /// @param text or JSON, which starts with a bracket or a brace
  /// @return the layers, and the shape of a sample where it is said
  /// @throws IllegalArgumentException naming the layer, the word in it, and what is expected
  /// @throws dev.descent.DataException if it is no JSON, though it starts like some
  public static Architecture parse(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[")
        ? ofJson(Json.parse(text, "the layers"))
        : new LayerText(text).read();
  }

  private static Architecture ofJson(Json json) {
    if (!(json instanceof Json.Members members)) {
      return new Architecture(Optional.empty(), layers(json));
    }
    for (String name : members.members().keySet()) {
      if (!name.equals(INPUTS) && !name.equals(LAYERS)) {
        throw new IllegalArgumentException(
            "nothing is called %s; there are inputs and layers".formatted(Visible.value(name)));
      }
    }
    Json inputs = members.get(INPUTS);
    return new Architecture(
        inputs == null ? Optional.empty() : Optional.of(input(inputs)),
        layers(members.get(LAYERS)));
  }

  /// @throws IllegalArgumentException if it is not a list of layers
  static List<Layer> layers(@Nullable Json layers) {
    if (!(layers instanceof Json.Array array)) {
      throw new IllegalArgumentException("layers is not a list");
    }
    List<Layer> read = new ArrayList<>();
    for (Json layer : array.elements()) {
      try {
        read.add(LayerTypes.read(Settings.of(layer)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "layer %s: %s".formatted(read.size() + 1, e.getMessage()), e);
      }
    }
    return read;
  }

  /// @throws IllegalArgumentException if it is neither a number nor three
  static Shape input(@Nullable Json inputs) {
    if (inputs instanceof Json.Array array && array.elements().size() == 3) {
      int[] sizes = array.elements().stream().mapToInt(Architecture::size).toArray();
      return new Shape(sizes[0], sizes[1], sizes[2]);
    }
    return Shape.row(size(inputs));
  }

  private static int size(@Nullable Json value) {
    return Settings.whole("inputs", value);
  }

  /// {@return what the last layer gives for samples of a shape}
  ///
  /// @param samples the shape
  /// @throws IllegalArgumentException if a layer can't take what the one before it gives, with its
  ///     number and both shapes
  public Shape output(Shape samples) {
    Shape shape = samples;
    for (int i = 0; i < layers.size(); i++) {
      shape = Binding.output(layers.get(i), shape, i);
    }
    return shape;
  }

  /// {@return the same as JSON on one line}
  public String json() {
    return describe().build().toString();
  }

  Json.Builder describe() {
    Json.Builder description = Json.object();
    input.ifPresent(shape ->
        description.put(
            INPUTS,
            shape.isRow()
                ? Json.of((long) shape.size())
                : Json.ofLongs(
                    List.of(
                        (long) shape.height(), (long) shape.width(), (long) shape.channels()))));
    return description.put(
        LAYERS, new Json.Array(layers.stream().map(layer -> layer.settings().json()).toList()));
  }

  /// {@return the same as a text, which [#parse] reads back}
  @Override
  public String toString() {
    String samples =
        input
            .map(shape ->
                shape.isRow()
                    ? shape.channels() + ": "
                    : "%sx%sx%s: ".formatted(shape.height(), shape.width(), shape.channels()))
            .orElse("");
    return samples + text(layers);
  }

  static String text(List<Layer> layers) {
    return layers.stream().map(LayerTypes::text).collect(Collectors.joining(", "));
  }
}
