package dev.descent.model;

import dev.descent.DataException;
import dev.descent.data.Preparation;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Models as safetensors files: a tensor for each [Parameter], and as the file's metadata the
/// model's own, with its layers' [Settings] as JSON under [#LAYERS], and [Digests] of all.
final class ModelFile {
  /// The metadata that describes the layers: `{"inputs":784,"layers":[{"dense":512,"activation":
  /// "relu","initializer":"glorot_uniform"},{"dropout":0.5},{"activation":"relu"}]}`. For images
  /// inputs are height, width and channels: `[28,28,1]`. Frozen layers are named in
  /// `"frozen":["dense1"]`.
  static final String LAYERS = "descent.model";

  /// The metadata that says what the model needs of its data: see [Preparation#text].
  static final String PREPARATION = "descent.preparation";

  private static final String FROZEN = "frozen";

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
    metadata.remove(PREPARATION);
    model.preparation().ifPresent(p -> metadata.put(PREPARATION, p.text()));
    metadata.keySet().removeAll(List.of(Digests.NAME, Digests.EARLIER));
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
      model
          .metadata()
          .keySet()
          .removeAll(List.of(LAYERS, PREPARATION, Digests.NAME, Digests.EARLIER));
      model.metadata().keySet().removeIf(ModelFile::isExtra);
      prepare(model, contents);
      return model;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException("%s, %s: %s".formatted(file, LAYERS, e.getMessage()), e);
    }
  }

  private static void prepare(Model model, Safetensors.Contents contents) {
    String text = contents.metadata().get(PREPARATION);
    if (text == null) {
      return;
    }
    String where = contents.file() + ", " + PREPARATION;
    try {
      model.preparation(Preparation.parse(text, where));
    } catch (IllegalArgumentException e) {
      throw new DataException(where + ": " + e.getMessage(), e);
    }
  }

  private static long[] shape(Parameter parameter) {
    return parameter.weight().dimensions().stream().mapToLong(Integer::longValue).toArray();
  }

  private static Json describe(Model model) {
    Json.Builder description = Architecture.of(model).describe();
    if (!model.frozen().isEmpty()) {
      description.put(
          FROZEN, new Json.Array(model.frozen().stream().map(name -> Json.of(name)).toList()));
    }
    return description.build();
  }

  /// Reads a model with distrust: what the description claims is compared with the tensors that are
  /// there before anything is allocated for it.
  private record Reader(Path file, Safetensors.Contents contents) {
    Model model(Json description) {
      if (!(description instanceof Json.Members members)) {
        throw malformed("not an object: " + Visible.value(description));
      }
      Shape input = Architecture.input(members.get(Architecture.INPUTS));
      List<Layer> layers = Architecture.layers(members.get(Architecture.LAYERS));
      Set<String> frozen = frozen(members.get(FROZEN));
      List<Parameter> parameters =
          Binding.of(input, layers, frozen).stream().flatMap(l -> l.parameters().stream()).toList();
      long tensors = contents.entries().stream().filter(e -> !isExtra(e.name())).count();
      if (parameters.size() != tensors) {
        throw malformed(
            String.format(
                Locale.ROOT,
                "the layers have %d weights and biases; the file has %d tensors",
                parameters.size(),
                tensors));
      }
      parameters.forEach(p -> contents.require(p.name(), shape(p)));
      Model model = new Model(input, layers, frozen);
      parameters.forEach(p -> model.set(p.name(), contents.require(p.name(), shape(p))));
      return model;
    }

    private Set<String> frozen(@Nullable Json names) {
      Set<String> frozen = new HashSet<>();
      if (names == null) {
        return frozen;
      }
      if (!(names instanceof Json.Array array)) {
        throw malformed(FROZEN + " is not a list");
      }
      for (Json name : array.elements()) {
        if (!(name instanceof Json.Text text)) {
          throw malformed(FROZEN + " has " + Visible.value(name) + ", which is no name");
        }
        frozen.add(text.value());
      }
      return frozen;
    }

    private DataException malformed(String what) {
      return new DataException("%s, %s: %s".formatted(file, LAYERS, what));
    }
  }
}
