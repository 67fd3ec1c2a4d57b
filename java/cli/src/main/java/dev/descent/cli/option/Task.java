package dev.descent.cli.option;

import dev.descent.cli.shell.NearestWord;
import dev.descent.data.known.Catalog;
import dev.descent.data.known.PublishedData;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// What to learn, as the command line names it: `mnist`, `csv:FILE`.
///
/// @param kind which of them
/// @param place the file or folder after the colon; empty where there is none
public record Task(Kind kind, String place) {
  private static final int EPOCHS = 5;

  /// Hands need longer than digits.
  private static final int ASL_EPOCHS = 10;

  /// Where a task's data come from.
  public enum Kind {
    DIGITS,
    MNIST,
    FASHION,
    ASL,
    CSV,
    IDX;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// What must follow the word and a colon; empty where nothing does.
    String wanted() {
      return switch (this) {
        case CSV -> "FILE";
        case IDX -> "DIR";
        default -> "";
      };
    }

    /// How the task is written: `mnist`, `csv:FILE`.
    String form() {
      return wanted().isEmpty() ? word() : word() + ":" + wanted();
    }
  }

  /// How many epochs it is trained if nothing is said.
  int epochs() {
    return kind == Kind.ASL ? ASL_EPOCHS : EPOCHS;
  }

  /// What is known of the data set without reading it, if it is a published one.
  public Optional<PublishedData> published() {
    return Catalog.find(kind.word());
  }

  @Override
  public String toString() {
    return place.isEmpty() ? kind.word() : kind.word() + ":" + place;
  }

  /// Reads a task from the command line.
  public static final class Converter implements ITypeConverter<Task> {
    @Override
    public Task convert(String text) {
      int colon = text.indexOf(':');
      String word = colon < 0 ? text : text.substring(0, colon);
      String place = colon < 0 ? "" : text.substring(colon + 1);
      Kind kind =
          Stream.of(Kind.values())
              .filter(k -> k.word().equals(word))
              .findFirst()
              .orElseThrow(() -> new TypeConversionException(unknown(word)));
      if (place.isEmpty() != kind.wanted().isEmpty()) {
        throw new TypeConversionException("a task is written " + kind.form());
      }
      return new Task(kind, place);
    }

    private static String unknown(String word) {
      List<String> words = Stream.of(Kind.values()).map(Kind::word).toList();
      return NearestWord.of(word, words)
          .map(nearest -> "no such task (did you mean " + nearest + "?)")
          .orElseGet(() ->
              "no such task; there are "
                  + String.join(", ", Stream.of(Kind.values()).map(Kind::form).toList()));
    }
  }
}
