package dev.descent.data.read;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Records as the text of a table, which is then read like any other.
final class Records {
  private Records() {}

  /// The records with a header, in UTF-8.
  ///
  /// @throws IllegalArgumentException if there are none, they are of several types, or a component
  ///     can't be read
  static byte[] text(List<? extends Record> rows) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("no records to read");
    }
    Class<? extends Record> type = rows.getFirst().getClass();
    RecordComponent[] components = type.getRecordComponents();
    StringBuilder text = new StringBuilder();
    for (RecordComponent component : components) {
      append(text, component.getName(), component == components[0]);
    }
    text.append('\n');
    for (Record row : rows) {
      if (row.getClass() != type) {
        throw new IllegalArgumentException(
            "records of %s and of %s".formatted(type.getName(), row.getClass().getName()));
      }
      for (RecordComponent component : components) {
        append(text, value(row, component), component == components[0]);
      }
      text.append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder text, @Nullable Object value, boolean first) {
    text.append(first ? "" : ",");
    switch (value) {
      case null -> {
        // A gap.
      }
      case Number number -> text.append(number);
      case Enum<?> constant -> text.append(constant.name());
      case CharSequence _, Character _, Boolean _ ->
          text.append('"').append(value.toString().replace("\"", "\"\"")).append('"');
      default ->
          throw new IllegalArgumentException(
              "a value is a %s, which is no number, truth value, text or constant of an enum"
                  .formatted(value.getClass().getName()));
    }
  }

  private static @Nullable Object value(Record row, RecordComponent component) {
    AccessibleObject accessor = component.getAccessor();
    try {
      accessor.trySetAccessible();
      return component.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "component %s of %s can't be read; open its package to dev.descent"
              .formatted(component.getName(), row.getClass().getName()),
          e);
    }
  }
}
