package dev.descent.model;

import dev.descent.DataException;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Models as safetensors files: a tensor for each [Parameter], and as the file's metadata the model's
/// own, with its layers' [Settings] as JSON under [#LAYERS], and [Digests] of all.
final class ModelFile {
  /// The metadata that describes the layers: `{"inputs":784,"layers":[{"dense":512,"activation":
  /// "relu","initializer":"glorot_uniform"},{"dropout":0.5},{"activation":"relu"}]}`. For images inputs
  /// are height, width and channels: `[28,28,1]`.
  static final String LAYERS = "descent.model";

  private ModelFile() {}

  static void write(
      Model model, Path file, List<Safetensors.Entry> extra, Map<String, String> extraTexts) {
    requireExtra(extra.stream().map(Safetensors.Entry::name));
    requireExtra(extraTexts.keySet().stream());
    List<Safetensors.Entry> entries = new ArrayList<>(extra);
    model
        .parameterList()
        .forEach(p -> entries.add(Safetensors.Entry.of(p.name(), model.get(p.name()), shape(p))));
    Map<String, String> metadata = new TreeMap<>(model.metadata());
    metadata.putAll(extraTexts);
    metadata.put(LAYERS, describe(model).toString());
    metadata.remove(Digests.NAME);
    metadata.put(Digests.NAME, Digests.of(entries, metadata));
    Safetensors.write(file, entries, metadata);
  }

  private static void requireExtra(Stream<String> names) {
    names
        .filter(name -> !isExtra(name))
        .forEach(name -> {
          throw new IllegalArgumentException(name + " does not begin with " + Model.EXTRA_PREFIX);
        });
  }

  private static boolean isExtra(String name) {
    return name.startsWith(Model.EXTRA_PREFIX);
  }

  static Model read(Safetensors.Contents contents) {
    Path file = contents.file();
    Digests.verify(file, contents);
    String layers = contents.metadata().get(LAYERS);
    if (layers == null) {
      throw new DataException(file + " is not a model of Descent: its metadata has no " + LAYERS);
    }
    try {
      Model model = new Reader(file, contents).model(Json.parse(layers, file + ", " + LAYERS));
      model.metadata().putAll(contents.metadata());
      model.metadata().keySet().removeAll(List.of(LAYERS, Digests.NAME));
      model.metadata().keySet().removeIf(ModelFile::isExtra);
      return model;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException("%s, %s: %s".formatted(file, LAYERS, e.getMessage()), e);
    }
  }

  private static long[] shape(Parameter parameter) {
    return parameter.weight().dimensions().stream().mapToLong(Integer::longValue).toArray();
  }

  private static Json describe(Model model) {
    List<Json> layers = model.layers().stream().map(layer -> layer.settings().json()).toList();
    Shape input = model.input();
    Json inputs =
        input.isRow()
            ? Json.of((long) input.size())
            : Json.ofLongs(
                List.of((long) input.height(), (long) input.width(), (long) input.channels()));
    return Json.object().put("inputs", inputs).put("layers", new Json.Array(layers)).build();
  }

  /// Reads a model with distrust: what the description claims is compared with the tensors that are
  /// there before anything is allocated for it.
  private record Reader(Path file, Safetensors.Contents contents) {
    Model model(Json description) {
      if (!(description instanceof Json.Members members)) {
        throw malformed("not an object: " + Visible.value(description));
      }
      if (!(members.get("layers") instanceof Json.Array array)) {
        throw malformed("layers is not a list");
      }
      Shape input = input(members.get("inputs"));
      List<Layer> layers =
          array.elements().stream().map(Settings::of).map(LayerTypes::read).toList();
      List<Parameter> parameters =
          Binding.of(input, layers).stream().flatMap(l -> l.parameters().stream()).toList();
      long tensors = contents.entries().stream().filter(e -> !isExtra(e.name())).count();
      if (parameters.size() != tensors) {
        throw malformed(
            "the layers have %d weights and biases; the file has %d tensors"
                .formatted(parameters.size(), tensors));
      }
      parameters.forEach(p -> contents.require(p.name(), shape(p)));
      Model model = new Model(input, layers);
      parameters.forEach(p -> model.set(p.name(), contents.require(p.name(), shape(p))));
      return model;
    }

    private Shape input(@Nullable Json inputs) {
      if (inputs instanceof Json.Array array && array.elements().size() == 3) {
        int[] sizes = array.elements().stream().mapToInt(this::size).toArray();
        return new Shape(sizes[0], sizes[1], sizes[2]);
      }
      return Shape.row(size(inputs));
    }

    private int size(@Nullable Json value) {
      if (value instanceof Json.Whole whole
          && whole.value() >= 1
          && whole.value() <= Integer.MAX_VALUE) {
        return (int) whole.value();
      }
      throw malformed("inputs is %s, not a whole number >= 1".formatted(Visible.value(value)));
    }

    private DataException malformed(String what) {
      return new DataException("%s, %s: %s".formatted(file, LAYERS, what));
    }
  }
}
