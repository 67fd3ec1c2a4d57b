package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// A file of texts, read apart from the code under test: lines that a backslash continues, `key =
/// text`.
final class Texts {
  private Texts() {}

  static Map<String, String> of(String bundle, String language) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    String name = bundle + "_" + language + ".properties";
    try (InputStream in = Texts.class.getResourceAsStream(name)) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(-1, all.indexOf('\uFFFD'), name + " is no UTF-8");
      for (String line : all.replaceAll("\\\\\n\\s*", "").lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] parts = line.split(" = ", 2);
          assertEquals(2, parts.length, name + ": " + line);
          assertEquals(null, texts.put(parts[0], parts[1]), name + " has twice " + parts[0]);
        }
      }
    }
    return texts;
  }
}
