package dev.descent.model;

import dev.descent.DataException;
import dev.descent.format.Json;
import dev.descent.format.Safetensors;
import dev.descent.format.Visible;
import dev.descent.program.Activation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Models as safetensors files: a tensor for each [Parameter], biases with one dimension, and as the
/// file's metadata the model's own, with its layers as JSON under [#LAYERS].
final class ModelFile {
  /// The metadata that describes the layers: `{"inputs":784,"layers":[{"dense":512,"activation":
  /// "relu","initializer":"glorot_uniform"},{"dropout":0.5},{"activation":"relu"}]}`.
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
    String layers = contents.metadata().get(LAYERS);
    if (layers == null) {
      throw new DataException(file + " is not a model of Descent: its metadata has no " + LAYERS);
    }
    try {
      Model model = new Reader(file, contents).model(Json.parse(layers, file + ", " + LAYERS));
      model.metadata().putAll(contents.metadata());
      model.metadata().remove(LAYERS);
      model.metadata().keySet().removeIf(ModelFile::isExtra);
      return model;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException("%s, %s: %s".formatted(file, LAYERS, e.getMessage()), e);
    }
  }

  private static long[] shape(Parameter parameter) {
    return parameter.isBias()
        ? new long[] {parameter.columns()}
        : new long[] {parameter.rows(), parameter.columns()};
  }

  private static Json describe(Model model) {
    List<Json> layers = model.layers().stream().map(ModelFile::describe).toList();
    return Json.object()
        .put("inputs", model.inputs())
        .put("layers", new Json.Array(layers))
        .build();
  }

  private static Json describe(Layer layer) {
    return switch (layer) {
      case Layer.Dense d ->
          Json.object()
              .put("dense", d.units())
              .put("activation", word(d.activation()))
              .put("initializer", word(d.initializer()))
              .build();
      case Layer.Activate a -> Json.object().put("activation", word(a.activation())).build();
      case Layer.Dropout d -> Json.object().put("dropout", Json.of(d.rate())).build();
    };
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /// Reads a model with distrust: what the description claims is compared with the tensors that are
  /// there before anything is allocated for it.
  private record Reader(Path file, Safetensors.Contents contents) {
    Model model(Json description) {
      Json.Members members = members(description);
      int inputs = whole(members, "inputs");
      List<Layer> layers = new ArrayList<>();
      if (!(members.get("layers") instanceof Json.Array array)) {
        throw malformed("layers is not a list");
      }
      array.elements().forEach(element -> layers.add(layer(members(element))));
      List<Parameter> parameters = Model.layOut(inputs, layers);
      long tensors = contents.entries().stream().filter(e -> !isExtra(e.name())).count();
      if (parameters.size() != tensors) {
        throw malformed(
            "the layers have %d weights and biases; the file has %d tensors"
                .formatted(parameters.size(), tensors));
      }
      parameters.forEach(p -> contents.require(p.name(), shape(p)));
      Model model = new Model(inputs, layers);
      parameters.forEach(p -> model.set(p.name(), contents.require(p.name(), shape(p))));
      return model;
    }

    private Layer layer(Json.Members layer) {
      if (layer.get("dense") != null) {
        return new Layer.Dense(
            whole(layer, "dense"),
            constant(Activation.class, layer, "activation"),
            constant(Initializer.class, layer, "initializer"));
      }
      if (layer.get("dropout") != null) {
        return new Layer.Dropout((float) number(layer, "dropout"));
      }
      if (layer.get("activation") != null) {
        return new Layer.Activate(constant(Activation.class, layer, "activation"));
      }
      throw malformed("a layer is neither dense, dropout nor activation: " + Visible.value(layer));
    }

    private Json.Members members(Json value) {
      if (value instanceof Json.Members members) {
        return members;
      }
      throw malformed("not an object: " + Visible.value(value));
    }

    private int whole(Json.Members members, String name) {
      if (members.get(name) instanceof Json.Whole whole
          && whole.value() >= 1
          && whole.value() <= Integer.MAX_VALUE) {
        return (int) whole.value();
      }
      throw malformed(
          "%s is %s, not a whole number >= 1"
              .formatted(name, Visible.value(members.get(name))));
    }

    private double number(Json.Members members, String name) {
      Json value = members.get(name);
      if (value instanceof Json.Whole whole) {
        return whole.value();
      }
      if (value instanceof Json.Real real) {
        return real.value();
      }
      throw malformed("%s is %s, not a number".formatted(name, Visible.value(value)));
    }

    private <E extends Enum<E>> E constant(Class<E> type, Json.Members members, String name) {
      if (members.get(name) instanceof Json.Text text) {
        for (E constant : type.getEnumConstants()) {
          if (word(constant).equals(text.value())) {
            return constant;
          }
        }
      }
      throw malformed("no such %s: %s".formatted(name, Visible.value(members.get(name))));
    }

    private DataException malformed(String what) {
      return new DataException("%s, %s: %s".formatted(file, LAYERS, what));
    }
  }
}
