package dev.descent.model;

import dev.descent.internal.format.Visible;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// The types of layers that can be read from files. A layer of one's own is added with [#register]
/// before a file that has it is read. Thread-safe.
public final class LayerTypes {
  private static final Map<String, Function<Settings, Layer>> BUILT_IN =
      Map.of(
          Dense.TYPE, Dense::of,
          Activate.TYPE, Activate::of,
          Dropout.TYPE, Dropout::of,
          Flatten.TYPE, _ -> new Flatten());
  private static final Map<String, Function<Settings, Layer>> TYPES =
      new ConcurrentHashMap<>(BUILT_IN);

  private LayerTypes() {}

  /// Adds a type of layer, or replaces one that was added before.
  ///
  /// @param type as in [Settings#type]
  /// @param reader makes the layer that [Layer#settings] described; throws IllegalArgumentException if
  ///     there is none
  /// @throws IllegalArgumentException if the engine has a layer of that type
  public static void register(String type, Function<Settings, Layer> reader) {
    if (BUILT_IN.containsKey(type)) {
      throw new IllegalArgumentException("the engine has a layer of type " + type + " already");
    }
    TYPES.put(type, reader);
  }

  /// The names of all types, in alphabetical order.
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
}
