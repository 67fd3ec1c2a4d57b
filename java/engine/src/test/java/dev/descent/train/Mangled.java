package dev.descent.train;

import dev.descent.internal.format.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A text of a file's metadata in every way that it can be wrong: as a whole, and where it is JSON
/// each member by itself.
public final class Mangled {
  private static final List<String> TEXTS =
      List.of(
          "",
          "zzz",
          "step:0",
          "null",
          "-1",
          "NaN",
          "1e999",
          "99999999999999999999",
          "{}",
          "[]",
          "[[1]]",
          "\"\"",
          "a\nb\u001b[2J\u202e\u009b\ud83d\ude00",
          "x".repeat(5000));

  private static final List<Json> VALUES =
      List.of(
          Json.Null.NULL,
          Json.of(true),
          Json.of(-1),
          Json.of(0),
          Json.of(Long.MAX_VALUE),
          Json.of(Long.MIN_VALUE),
          Json.of(0.5),
          Json.of(-1e300),
          Json.of(1e300),
          Json.of(1e-300),
          Json.of(""),
          Json.of("zzz \u001b[31m\n"),
          Json.of("y".repeat(3000)),
          new Json.Array(List.of()),
          new Json.Array(List.of(Json.of(1), Json.of("a"))),
          Json.object().build());

  private Mangled() {}

  public static List<String> all(String text) {
    List<String> all = new ArrayList<>(TEXTS);
    if (text.startsWith("{") || text.startsWith("[")) {
      Json json = Json.parse(text, "a test");
      all.addAll(variants(json).stream().map(Json::toString).toList());
      all.add(text.substring(0, text.length() - 1));
      all.add(text + "]");
    }
    return all;
  }

  private static List<Json> variants(Json json) {
    List<Json> variants = new ArrayList<>(VALUES);
    if (json instanceof Json.Members members) {
      members
          .members()
          .forEach((name, value) -> {
            Map<String, Json> without = new LinkedHashMap<>(members.members());
            without.remove(name);
            variants.add(new Json.Members(without));
            for (Json other : variants(value)) {
              Map<String, Json> changed = new LinkedHashMap<>(members.members());
              changed.put(name, other);
              variants.add(new Json.Members(changed));
            }
          });
    }
    if (json instanceof Json.Array array) {
      for (int i = 0; i < array.elements().size(); i++) {
        for (Json other : variants(array.elements().get(i))) {
          List<Json> changed = new ArrayList<>(array.elements());
          changed.set(i, other);
          variants.add(new Json.Array(changed));
        }
      }
    }
    return variants;
  }
}
