package dev.descent.model;

import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What describes a [Layer] in a file: its type, a main value, and further values by name, in
/// order. As JSON the type comes first:
/// `{"dense":512,"activation":"relu","initializer":"he_uniform"}`.
///
/// Immutable.
public final class Settings {
  private final Json.Members members;

  private Settings(Json.Members members) {
    this.members = members;
  }

  /// {@return the settings of a layer without values}
  ///
  /// @param type the type of layer, as in files
  public static Settings of(String type) {
    return new Settings(Json.object().put(type, true).build());
  }

  /// {@return the settings of a layer with one value}
  ///
  /// @param type the type of layer, as in files
  /// @param value a whole number, a number, a truth value, a text, an enum's constant or a list of
  ///     layers
  public static Settings of(String type, Object value) {
    return new Settings(Json.object().put(type, json(value)).build());
  }

  /// {@return these settings and one more}
  ///
  /// @param name of the setting
  /// @param value a whole number, a number, a truth value, a text, an enum's constant or a list of
  ///     layers
  /// @throws IllegalArgumentException if there is one of that name
  public Settings with(String name, Object value) {
    Json.Builder all = Json.object();
    members.members().forEach(all::put);
    return new Settings(all.put(name, json(value)).build());
  }

  /// @throws IllegalArgumentException if it is not an object with a member
  static Settings of(Json json) {
    if (json instanceof Json.Members members && !members.members().isEmpty()) {
      return new Settings(members);
    }
    throw new IllegalArgumentException("not the settings of a layer: " + Visible.value(json));
  }

  private static Json json(Object value) {
    return switch (value) {
      case Integer whole -> Json.of((long) whole);
      case Long whole -> Json.of(whole);
      case Float number -> Json.of(number);
      case Double number -> Json.of(number);
      case Boolean truth -> Json.of(truth);
      case String text -> Json.of(text);
      case Enum<?> constant -> Json.of(word(constant));
      case List<?> layers ->
          new Json.Array(layers.stream().map(l -> ((Layer) l).settings().json()).toList());
      default -> throw new IllegalArgumentException("no setting can be a " + value.getClass());
    };
  }

  /// A constant as users write it: `leaky_relu`.
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  Json json() {
    return members;
  }

  /// {@return the layer's type, which is the name of its main value}
  public String type() {
    return members.members().keySet().iterator().next();
  }

  /// {@return a whole number}
  ///
  /// @param name of the setting
  /// @throws IllegalArgumentException if it is missing, no whole number, below 1 or above an int
  public int whole(String name) {
    return whole(name, members.get(name));
  }

  /// The same of a value that is no member of settings.
  static int whole(String name, @Nullable Json value) {
    if (value instanceof Json.Whole whole
        && whole.value() >= 1
        && whole.value() <= Integer.MAX_VALUE) {
      return (int) whole.value();
    }
    throw new IllegalArgumentException(
        "%s is %s, not a whole number from 1 to 2147483647".formatted(name, Visible.value(value)));
  }

  /// {@return a whole number, or another one where it is missing}
  ///
  /// @param name of the setting
  /// @param unlessSaid the other one
  /// @throws IllegalArgumentException as [#whole(String)] does
  public int whole(String name, int unlessSaid) {
    return members.get(name) == null ? unlessSaid : whole(name);
  }

  /// {@return a number, or another one where it is missing}
  ///
  /// @param name of the setting
  /// @param unlessSaid the other one
  /// @throws IllegalArgumentException if it is no number
  public float number(String name, float unlessSaid) {
    return members.get(name) == null ? unlessSaid : number(name);
  }

  /// {@return a constant of an enum, or another one where it is missing}
  ///
  /// @param <E> the constants' type
  /// @param type the constants' type
  /// @param name of the setting
  /// @param unlessSaid the other one
  /// @throws IllegalArgumentException if there is no such constant
  public <E extends Enum<E>> E constant(Class<E> type, String name, E unlessSaid) {
    return members.get(name) == null ? unlessSaid : constant(type, name);
  }

  /// {@return a number}
  ///
  /// @param name of the setting
  /// @throws IllegalArgumentException if it is missing or no number
  public float number(String name) {
    return switch (members.get(name)) {
      case Json.Whole whole -> whole.value();
      case Json.Real real -> (float) real.value();
      case null, default ->
          throw new IllegalArgumentException(
              "%s is %s, not a number".formatted(name, Visible.value(members.get(name))));
    };
  }

  /// {@return a truth value}
  ///
  /// @param name of the setting
  /// @throws IllegalArgumentException if it is missing or no truth value
  public boolean truth(String name) {
    if (members.get(name) instanceof Json.Bool truth) {
      return truth.value();
    }
    throw new IllegalArgumentException(
        "%s is %s, not true or false".formatted(name, Visible.value(members.get(name))));
  }

  /// {@return the layers within a layer}
  ///
  /// @param name of the setting
  /// @throws IllegalArgumentException if they are missing, or one of them is none
  public List<Layer> layers(String name) {
    return Architecture.layers(members.get(name));
  }

  /// {@return a constant of an enum}
  ///
  /// @param <E> the constants' type
  /// @param type the constants' type
  /// @param name of the setting
  /// @throws IllegalArgumentException if it is missing or there is no such constant
  public <E extends Enum<E>> E constant(Class<E> type, String name) {
    if (members.get(name) instanceof Json.Text text) {
      for (E constant : type.getEnumConstants()) {
        if (word(constant).equals(text.value())) {
          return constant;
        }
      }
    }
    throw new IllegalArgumentException(
        "no such %s: %s".formatted(name, Visible.value(members.get(name))));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Settings settings && settings.members.equals(members);
  }

  @Override
  public int hashCode() {
    return members.hashCode();
  }

  /// As in a text that [Architecture#parse] reads: `mask 3 mode soft`.
  @Override
  public String toString() {
    var text = new StringBuilder(type());
    var inner = new StringBuilder();
    for (Map.Entry<String, Json> member : members.members().entrySet()) {
      boolean main = member.getKey().equals(type());
      if (member.getValue() instanceof Json.Array) {
        inner.append('(').append(Architecture.text(layers(member.getKey()))).append(')');
      } else if (!main || !member.getValue().equals(Json.of(true))) {
        text.append(main ? "" : " " + member.getKey()).append(' ').append(text(member.getValue()));
      }
    }
    return text.append(inner).toString();
  }

  /// In quotation marks where a word would be taken for something else.
  private static String text(Json value) {
    return value instanceof Json.Text word
        ? word.value().matches("[\\p{L}_][^\\s,()\"]*") && !word.value().matches("true|false")
            ? word.value()
            : '"' + word.value() + '"'
        : value.toString();
  }
}
