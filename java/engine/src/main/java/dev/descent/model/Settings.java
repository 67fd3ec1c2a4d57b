package dev.descent.model;

import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.util.Locale;
import java.util.Map;

/// What describes a [Layer] in a file: its type, a main value, and further values by name, in order.
/// As JSON the type comes first: `{"dense":512,"activation":"relu","initializer":"he_uniform"}`.
///
/// Immutable.
public final class Settings {
  private final Json.Members members;

  private Settings(Json.Members members) {
    this.members = members;
  }

  /// The settings of a layer without values.
  public static Settings of(String type) {
    return new Settings(Json.object().put(type, true).build());
  }

  /// The settings of a layer with one value.
  ///
  /// @param value a whole number, a number, a truth value, a text or an enum's constant
  public static Settings of(String type, Object value) {
    return new Settings(Json.object().put(type, json(value)).build());
  }

  /// These settings and one more.
  ///
  /// @param value a whole number, a number, a truth value, a text or an enum's constant
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

  /// The layer's type, which is the name of its main value.
  public String type() {
    return members.members().keySet().iterator().next();
  }

  /// A whole number.
  ///
  /// @throws IllegalArgumentException if it is missing, no whole number, below 1 or above an int
  public int whole(String name) {
    if (members.get(name) instanceof Json.Whole whole
        && whole.value() >= 1
        && whole.value() <= Integer.MAX_VALUE) {
      return (int) whole.value();
    }
    throw new IllegalArgumentException(
        "%s is %s, not a whole number >= 1".formatted(name, Visible.value(members.get(name))));
  }

  /// A number.
  ///
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

  /// A truth value.
  ///
  /// @throws IllegalArgumentException if it is missing or no truth value
  public boolean truth(String name) {
    if (members.get(name) instanceof Json.Bool truth) {
      return truth.value();
    }
    throw new IllegalArgumentException(
        "%s is %s, not true or false".formatted(name, Visible.value(members.get(name))));
  }

  /// A constant of an enum.
  ///
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

  /// As in a report: `dense 512, activation relu`.
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Map.Entry<String, Json> member : members.members().entrySet()) {
      text.append(text.isEmpty() ? "" : ", ").append(member.getKey());
      switch (member.getValue()) {
        case Json.Bool truth when truth.value() -> {}
        case Json.Text word -> text.append(' ').append(word.value());
        default -> text.append(' ').append(member.getValue());
      }
    }
    return text.toString();
  }
}
