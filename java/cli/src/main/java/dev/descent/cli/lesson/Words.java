package dev.descent.cli.lesson;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A lesson's texts in one language, from the files `common_LANGUAGE.properties` and
/// `LESSON_LANGUAGE.properties` beside this class. A text names the numbers in it, `{mse}`, which
/// the lesson sets: none is ever written by hand.
final class Words {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-zA-Z0-9.]+)}");

  private final Language language;
  private final Properties texts;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Set<String> used = new TreeSet<>();

  private Words(Language language, Properties texts) {
    this.language = language;
    this.texts = texts;
  }

  static Words of(String lesson, Language language) {
    Properties texts = new Properties();
    for (String file : List.of("common", lesson)) {
      String name = file + "_" + language.bundle() + ".properties";
      try (InputStream in = Words.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException("no texts " + name);
        }
        texts.load(new InputStreamReader(in, StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new Words(language, texts);
  }

  Language language() {
    return language;
  }

  /// Sets a value that texts may name.
  Words set(String name, String value) {
    values.put(name, value);
    return this;
  }

  /// A text with its values.
  ///
  /// @throws IllegalStateException if there is no such text, or a value in it was not set
  String text(String key) {
    String text = texts.getProperty(key);
    if (text == null) {
      throw new IllegalStateException("no text " + key + " in " + language.tag());
    }
    used.add(key);
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(placeholder -> {
          String value = values.get(placeholder.group(1));
          if (value == null) {
            throw new IllegalStateException(
                key + " names " + placeholder.group() + ", which is not set");
          }
          return Matcher.quoteReplacement(value);
        });
  }

  /// The keys of the texts that were used.
  Set<String> used() {
    return used;
  }

  /// A text that lists words with `|` between them.
  List<String> list(String key) {
    return Stream.of(text(key).split("\\|", -1)).map(String::strip).toList();
  }
}
