package dev.descent.cli.option;

import dev.descent.cli.shell.NearestWord;
import dev.descent.data.known.Catalog;
import dev.descent.data.known.PublishedData;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
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
    IDX,
    NPY,
    NPZ,
    IMAGES;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// What must follow the word and a colon; empty where nothing does.
    String wanted() {
      return switch (this) {
        case CSV, NPZ -> "FILE";
        case IDX, NPY, IMAGES -> "DIR";
        default -> "";
      };
    }

    /// Refuses a flag that is for this kind alone, if it was typed for another task.
    void require(CommandSpec spec, String flag, Task task) {
      if (task.kind() != this && spec.commandLine().getParseResult().hasMatchedOption(flag)) {
        throw new ParameterException(
            spec.commandLine(), "%s is for %s only; the task is %s".formatted(flag, form(), task));
      }
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

  /// The file or folder: what is before the `!` where an entry of an archive is named.
  public Path path() {
    String entry = entry();
    return Path.of(entry == null ? place : place.substring(0, place.length() - entry.length() - 1));
  }

  /// The entry of an archive that is meant, as in `csv:FILE.zip!ENTRY`; null where none is named.
  public @Nullable String entry() {
    int mark = place.indexOf('!');
    while (mark >= 0) {
      boolean archive = Files.isRegularFile(Path.of(place.substring(0, mark)));
      if (archive && mark + 1 < place.length() && Files.notExists(Path.of(place))) {
        return place.substring(mark + 1);
      }
      mark = place.indexOf('!', mark + 1);
    }
    return null;
  }

  /// What is known of the data set without reading it, if it is a published one.
  public Optional<PublishedData> published() {
    return Catalog.find(kind.word());
  }

  @Override
  public String toString() {
    return place.isEmpty() ? kind.word() : kind.word() + ":" + place;
  }

  /// Reads a task as the command line has it.
  ///
  /// @throws IllegalArgumentException if it is none
  static Task parse(String text) {
    int colon = text.indexOf(':');
    String word = colon < 0 ? text : text.substring(0, colon);
    String place = colon < 0 ? "" : text.substring(colon + 1);
    Kind kind =
        Stream.of(Kind.values())
            .filter(k -> k.word().equals(word))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(unknown(text, word)));
    if (place.isEmpty() != kind.wanted().isEmpty()) {
      throw new IllegalArgumentException("a task is written " + kind.form());
    }
    return new Task(kind, place);
  }

  /// Reads a task from the command line.
  public static final class Converter implements ITypeConverter<Task> {
    @Override
    public Task convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /// The task of a file or folder that is named without its kind.
  private static Optional<String> named(String text) {
    try {
      Path path = Path.of(text);
      return Files.isRegularFile(path)
          ? Optional.of((text.endsWith(".npz") ? Kind.NPZ : Kind.CSV).word() + ":" + text)
          : Files.isDirectory(path)
              ? Optional.of(Kind.IMAGES.word() + ":" + text)
              : Optional.empty();
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }

  private static String unknown(String text, String word) {
    List<String> words = Stream.of(Kind.values()).map(Kind::word).toList();
    return named(text)
        .or(() -> NearestWord.of(word, words))
        .map(nearest -> "no such task (did you mean " + nearest + "?)")
        .orElseGet(() ->
            "no such task; there are "
                + String.join(", ", Stream.of(Kind.values()).map(Kind::form).toList()));
  }
}
