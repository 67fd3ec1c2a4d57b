package dev.descent.model;

import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The words that describe one layer in a text: its type, and what follows. Each is taken once; the
/// order matters only for values without a name.
final class LayerWords {
  private static final String WHOLE = "[1-9]\\d{0,8}";

  private final String type;
  private final List<String> words;
  private final @Nullable List<Layer> inner;
  private String form = "";

  /// @param words the type and what follows
  /// @param inner the layers in brackets behind it; null where there are no brackets
  LayerWords(List<String> words, @Nullable List<Layer> inner) {
    this.type = words.isEmpty() ? "" : words.getFirst();
    this.words = new ArrayList<>(words.subList(Math.min(1, words.size()), words.size()));
    this.inner = inner;
  }

  String type() {
    return type;
  }

  /// How a layer of this type is written, for messages.
  void form(String text) {
    this.form = text;
  }

  /// The word as names are compared: without case, hyphens, underscores and a last `2d`.
  static String key(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[-_]|2d$", "");
  }

  /// Takes the next word, a whole number.
  int whole(String what) {
    return whole(what, next(what));
  }

  private int whole(String what, String word) {
    if (!word.matches(WHOLE)) {
      throw wrong(
          "%s is %s, not a whole number from 1 to 999999999".formatted(what, Visible.value(word)));
    }
    return Integer.parseInt(word);
  }

  /// Takes the next word, a number.
  float number(String what) {
    return number(what, next(what));
  }

  private float number(String what, String word) {
    try {
      return Float.parseFloat(word);
    } catch (NumberFormatException e) {
      throw wrong("%s is %s, not a number".formatted(what, Visible.value(word)), e);
    }
  }

  /// Takes the next word, a height and a width: `3x5`, or `3` for both.
  int[] size(String what) {
    String word = next(what);
    if (!word.matches(WHOLE + "(x" + WHOLE + ")?")) {
      throw wrong("%s is %s, not as 3x3".formatted(what, Visible.value(word)));
    }
    String[] sides = word.split("x", -1);
    return new int[] {
      Integer.parseInt(sides[0]), Integer.parseInt(sides[sides.length - 1]),
    };
  }

  private String next(String what) {
    if (words.isEmpty()) {
      throw wrong(what + " is missing");
    }
    return words.removeFirst();
  }

  /// Takes a name and the whole number behind it, wherever they stand.
  int whole(String name, int unlessSaid) {
    int index = words.indexOf(name);
    return index < 0 ? unlessSaid : whole(name, behind(index));
  }

  /// Takes a name and the number behind it, wherever they stand.
  float number(String name, float unlessSaid) {
    int index = words.indexOf(name);
    return index < 0 ? unlessSaid : number(name, behind(index));
  }

  private String behind(int index) {
    String name = words.remove(index);
    if (index == words.size()) {
      throw wrong("there is nothing behind " + name);
    }
    return words.remove(index);
  }

  /// Takes the constant of an enum, wherever it stands; null if there is none.
  <E extends Enum<E>> @Nullable E constant(Class<E> choices) {
    for (int i = 0; i < words.size(); i++) {
      for (E choice : choices.getEnumConstants()) {
        if (key(words.get(i)).equals(key(choice.name()))) {
          words.remove(i);
          return choice;
        }
      }
    }
    return null;
  }

  /// Takes the layers in brackets.
  List<Layer> layers() {
    if (inner == null) {
      throw wrong("its layers are missing");
    }
    return inner;
  }

  /// Takes all that is left as settings by name, behind the main value if their number is odd.
  Settings settings() {
    boolean hasMain = words.size() % 2 == 1;
    Settings settings =
        inner != null
            ? Settings.of(type, inner)
            : hasMain ? Settings.of(type, value(words.removeFirst())) : Settings.of(type);
    while (words.size() >= 2) {
      settings = settings.with(words.removeFirst(), value(words.removeFirst()));
    }
    return settings;
  }

  private static Object value(String word) {
    if (word.startsWith("\"")) {
      return word.substring(1, word.length() - 1);
    }
    if (word.equals("true") || word.equals("false")) {
      return Boolean.valueOf(word);
    }
    if (word.matches("-?\\d{1,18}")) {
      return Long.valueOf(word);
    }
    return word.matches("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?") ? (Object) Double.valueOf(word) : word;
  }

  /// Refuses what nothing has taken.
  void end() {
    if (!words.isEmpty()) {
      throw wrong(Visible.value(words.getFirst()) + " is not expected here");
    }
    if (inner != null && !form.contains("(")) {
      throw wrong("brackets are not expected here");
    }
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + advice());
  }

  private IllegalArgumentException wrong(String what, Exception cause) {
    return new IllegalArgumentException(what + advice(), cause);
  }

  private String advice() {
    return form.isEmpty() ? "" : "; write " + form;
  }
}
