package dev.descent.internal.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A JSON value (RFC 8259). Immutable.
///
/// `toString()` gives the text on one line, without blanks, members in their order. It is always
/// valid JSON: a number that is not finite has no JSON form, so [#of(double)] makes it null.
public sealed interface Json {

  /// Reads one JSON value that fills the text, strictly: no comments, no trailing commas, no
  /// duplicate names, no lone surrogates, no number beyond the range of a double; at most 64 levels
  /// of nesting and 4 million values.
  ///
  /// @param where what the text is, for the message: a file's name and the part of it
  /// @throws dev.descent.DataException naming `where`, the character and what was expected there
  static Json parse(String text, String where) {
    return new JsonReader(text, where).read();
  }

  /// Like [#parse(String, String)], for bytes that must be UTF-8 without a byte order mark.
  ///
  /// @throws dev.descent.DataException naming `where`, the byte or character and what is wrong
  static Json parse(byte[] utf8, String where) {
    return parse(JsonReader.decode(utf8, where), where);
  }

  static Json of(String value) {
    return new Text(value);
  }

  static Json of(long value) {
    return new Whole(value);
  }

  /// The number, or null if it is NaN or infinite.
  static Json of(double value) {
    return Double.isFinite(value) ? new Real(value) : Null.NULL;
  }

  /// The number as the shortest decimal that gives the same float back, or null if it is NaN or
  /// infinite: 0.1f is written as 0.1 and not as 0.10000000149011612.
  static Json of(float value) {
    return Float.isFinite(value) ? new Real(Double.parseDouble(Float.toString(value))) : Null.NULL;
  }

  static Json of(boolean value) {
    return new Bool(value);
  }

  /// An array of whole numbers.
  static Json ofLongs(List<Long> values) {
    return new Array(values.stream().map(Json::of).toList());
  }

  /// A builder of an object; members keep the order in which they are put.
  static Builder object() {
    return new Builder();
  }

  /// An object.
  ///
  /// @param members in order; copied
  record Members(Map<String, Json> members) implements Json {
    public Members {
      members =
          members.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /// The member of that name, or null where there is none.
    public @Nullable Json get(String name) {
      return members.get(name);
    }

    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// An array.
  ///
  /// @param elements copied
  record Array(List<Json> elements) implements Json {
    public Array {
      elements = List.copyOf(elements);
    }

    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// A string.
  record Text(String value) implements Json {
    public Text {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// A number that was written without fraction and exponent and fits a long.
  record Whole(long value) implements Json {
    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// Any other number. Finite.
  record Real(double value) implements Json {
    public Real {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(value + " has no JSON form");
      }
    }

    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// True or false.
  record Bool(boolean value) implements Json {
    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// The null value.
  enum Null implements Json {
    NULL;

    @Override
    public String toString() {
      return JsonWriter.write(this);
    }
  }

  /// Collects the members of an object.
  final class Builder {
    private final Map<String, Json> members = new LinkedHashMap<>();

    private Builder() {}

    /// Adds a member.
    ///
    /// @throws IllegalArgumentException if there is one of that name
    public Builder put(String name, Json value) {
      Objects.requireNonNull(value, name);
      if (members.putIfAbsent(Objects.requireNonNull(name, "name"), value) != null) {
        throw new IllegalArgumentException("two members are called " + name);
      }
      return this;
    }

    /// Adds a string, or null.
    public Builder put(String name, @Nullable String value) {
      return put(name, value == null ? Null.NULL : of(value));
    }

    public Builder put(String name, long value) {
      return put(name, of(value));
    }

    /// Adds a number, or null if it is NaN or infinite.
    public Builder put(String name, double value) {
      return put(name, of(value));
    }

    /// Adds a number in its shortest form (see [Json#of(float)]), or null if it is NaN or infinite.
    public Builder put(String name, float value) {
      return put(name, of(value));
    }

    public Builder put(String name, boolean value) {
      return put(name, of(value));
    }

    /// Adds an array of strings.
    public Builder put(String name, List<String> values) {
      List<Json> elements = new ArrayList<>(values.size());
      values.forEach(v -> elements.add(of(v)));
      return put(name, new Array(elements));
    }

    public Members build() {
      return new Members(members);
    }

    /// The object's text on one line.
    @Override
    public String toString() {
      return build().toString();
    }
  }
}
