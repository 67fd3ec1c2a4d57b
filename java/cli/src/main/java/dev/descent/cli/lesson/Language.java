package dev.descent.cli.lesson;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The languages that lessons are written in.
public enum Language {
  ENGLISH("en", "en", ""),
  /// As in Taiwan.
  TRADITIONAL_CHINESE("zh-TW", "zh_TW", ".zh-TW");

  private static final List<String> TRADITIONAL_PLACES = List.of("TW", "HK", "MO");

  private final String tag;
  private final String bundle;
  private final String suffix;

  Language(String tag, String bundle, String suffix) {
    this.tag = tag;
    this.bundle = bundle;
    this.suffix = suffix;
  }

  /// As in `--lang` and in HTML.
  public String tag() {
    return tag;
  }

  /// Some of its letters: an encoding that has them has all.
  public String sample() {
    return this == ENGLISH ? "a" : "損失函數";
  }

  /// What files of its texts end in.
  String bundle() {
    return bundle;
  }

  /// What the names of its pages end in, before `.html`.
  String suffix() {
    return suffix;
  }

  /// The language of that tag, whatever the case and with `_` for `-`; null if there is none.
  public static @Nullable Language tagged(String text) {
    return Stream.of(values())
        .filter(language -> language.tag.equalsIgnoreCase(text.replace('_', '-')))
        .findFirst()
        .orElse(null);
  }

  /// The user's language, by the first of LC_ALL, LC_MESSAGES and LANG that says anything, as POSIX
  /// has it; the virtual machine's where none does. DESCENT_LOCALE comes first: the launcher sets
  /// it where it has to replace the locale. Chinese of Taiwan, Hong Kong and Macau is Traditional
  /// Chinese; all else is English.
  ///
  /// @param variables the environment
  /// @param machine the virtual machine's locale, which knows only locales that are installed
  public static Language preferred(UnaryOperator<@Nullable String> variables, Locale machine) {
    for (String name : List.of("DESCENT_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG")) {
      String value = variables.apply(name);
      if (value != null && !value.isEmpty()) {
        return of(Locale.forLanguageTag(value.replaceFirst("[.@].*", "").replace('_', '-')));
      }
    }
    return of(machine);
  }

  private static Language of(Locale locale) {
    boolean traditional =
        locale.getLanguage().equals("zh")
            && (locale.getScript().equals("Hant")
                || (locale.getScript().isEmpty()
                    && TRADITIONAL_PLACES.contains(locale.getCountry())));
    return traditional ? TRADITIONAL_CHINESE : ENGLISH;
  }
}
