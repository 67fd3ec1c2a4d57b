package dev.descent.opencl;

import java.util.Map;
import java.util.TreeMap;

/// The macros that a program is built with, in a fixed order.
final class Macros {
  private final Map<String, Integer> values = new TreeMap<>();

  Macros set(String name, int value) {
    values.put(name, value);
    return this;
  }

  Macros set(String name, boolean value) {
    return set(name, value ? 1 : 0);
  }

  /// As options of the compiler.
  String options() {
    var text = new StringBuilder();
    values.forEach((name, value) -> text.append(" -D").append(name).append('=').append(value));
    return text.toString();
  }
}
