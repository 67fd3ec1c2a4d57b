package dev.descent.model;

import dev.descent.internal.format.Visible;
import dev.descent.program.Activation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/// The types of layers that can be read from files. A layer of one's own is added with [#register]
/// before a file that has it is read. Thread-safe.
public final class LayerTypes {
  private static final Map<String, Function<Settings, Layer>> BUILT_IN =
      Map.ofEntries(
          Map.entry(Dense.TYPE, Dense::of),
          Map.entry(Activate.TYPE, Activate::of),
          Map.entry(Dropout.TYPE, Dropout::of),
          Map.entry(Flatten.TYPE, _ -> new Flatten()),
          Map.entry(Conv2d.TYPE, Conv2d::of),
          Map.entry(MaxPool2d.TYPE, MaxPool2d::of),
          Map.entry(AveragePool2d.TYPE, AveragePool2d::of),
          Map.entry(GlobalAveragePool2d.TYPE, _ -> new GlobalAveragePool2d()),
          Map.entry(BatchNorm.TYPE, BatchNorm::of),
          Map.entry(Residual.TYPE, Residual::of));

  /// The engine's layers as they are written in texts, but for activations, whose names stand for
  /// themselves.
  private static final List<Form> FORMS =
      List.of(
          new Form(
              "conv FILTERS HEIGHTxWIDTH [stride N] [same|valid] [ACTIVATION] [INITIALIZER]",
              Conv2d::of),
          new Form("pool HEIGHTxWIDTH [stride N] [same|valid]", MaxPool2d::of),
          new Form("average-pool HEIGHTxWIDTH [stride N] [same|valid]", AveragePool2d::of),
          new Form("global-average-pool", _ -> new GlobalAveragePool2d()),
          new Form("batchnorm [epsilon X] [momentum X]", BatchNorm::of),
          new Form("dropout SHARE", Dropout::of),
          new Form("flatten", _ -> new Flatten()),
          new Form("dense UNITS [ACTIVATION] [INITIALIZER]", Dense::of),
          new Form("residual(LAYERS)", Residual::of));

  /// Other names of layers in texts.
  private static final Map<String, String> SYNONYMS = Map.of("maxpool", "pool");

  private static final Map<String, Function<Settings, Layer>> TYPES =
      new ConcurrentHashMap<>(BUILT_IN);

  private LayerTypes() {}

  /// Adds a type of layer, or replaces one that was added before.
  ///
  /// @param type as in [Settings#type]
  /// @param reader makes the layer that [Layer#settings] described; throws IllegalArgumentException
  ///     if there is none
  /// @throws IllegalArgumentException if the engine has a layer of that type
  public static void register(String type, Function<Settings, Layer> reader) {
    if (BUILT_IN.containsKey(type)) {
      throw new IllegalArgumentException("the engine has a layer of type " + type + " already");
    }
    TYPES.put(type, reader);
  }

  /// {@return the names of all types, in alphabetical order}
  public static Set<String> names() {
    return new TreeSet<>(TYPES.keySet());
  }

  /// Makes a layer of its description.
  ///
  /// @throws IllegalArgumentException if its type is not known, or its settings are wrong
  static Layer read(Settings settings) {
    Function<Settings, Layer> reader = TYPES.get(settings.type());
    if (reader == null) {
      throw new IllegalArgumentException(
          "no layer type %s; known are %s. A program adds a type of its own with LayerTypes.register"
                  .formatted(Visible.value(settings.type()), String.join(", ", names()))
              + " before it loads the model");
    }
    return reader.apply(settings);
  }

  /// Makes a layer of its words in a text.
  ///
  /// @throws IllegalArgumentException if its type is not known, or a word is wrong
  static Layer read(LayerWords words) {
    String key = LayerWords.key(words.type());
    String name = SYNONYMS.getOrDefault(key, key);
    for (Form form : FORMS) {
      if (form.key().equals(name)) {
        words.form(form.text());
        Layer layer = form.reader().apply(words);
        words.end();
        return layer;
      }
    }
    for (Activation activation : Activation.values()) {
      if (LayerWords.key(activation.name()).equals(key)) {
        words.end();
        return new Activate(activation);
      }
    }
    if (!TYPES.containsKey(words.type())) {
      throw new IllegalArgumentException(
          "no layer is called %s; there are %s"
              .formatted(Visible.value(words.type()), String.join(", ", words())));
    }
    return read(words.settings());
  }

  /// The names of layers in texts.
  private static List<String> words() {
    Stream<String> others = names().stream().filter(type -> !BUILT_IN.containsKey(type));
    return Stream.of(
            FORMS.stream().map(Form::word),
            Stream.of(Activation.values()).map(Settings::word),
            others)
        .flatMap(Function.identity())
        .toList();
  }

  /// A layer as a text has it.
  static String text(Layer layer) {
    Settings settings = layer.settings();
    return BUILT_IN.containsKey(settings.type()) ? layer.describe() : settings.toString();
  }

  /// How layers of a type are written.
  ///
  /// @param text the word and its values: `dropout SHARE`
  private record Form(String text, Function<LayerWords, Layer> reader) {
    String word() {
      return text.split("[ (]", 2)[0];
    }

    String key() {
      return LayerWords.key(word());
    }
  }
}
