package dev.descent.cli.option;

import dev.descent.backend.BackendOptions;
import dev.descent.cli.shell.Failures;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// What the values of flags must look like. Each refusal says what would do.
public final class Converters {
  private static final int MOST_LAYERS = 100;

  private Converters() {}

  public static long whole(String text, long least, long most) {
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    // A limit that nobody meets is named only to those who passed it.
    throw new TypeConversionException(
        most >= Integer.MAX_VALUE && !text.matches("\\+?\\d{10,}")
            ? "must be a whole number, at least " + least
            : "must be a whole number from " + least + " to " + most);
  }

  static float number(String text, String wanted, FloatTest test) {
    try {
      float value = Float.parseFloat(text);
      // Java's suffixes are no part of a number here.
      if (!text.isBlank()
          && !Character.isLetter(text.charAt(text.length() - 1))
          && test.accepts(value)) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new TypeConversionException("must be a number " + wanted);
  }

  /// What a number must be.
  @FunctionalInterface
  interface FloatTest {
    boolean accepts(float value);
  }

  /// The constant whose name is written in lower case, with `-` or `_` between its words.
  public static <E extends Enum<E>> E choice(Class<E> type, String text) {
    return choice(List.of(type.getEnumConstants()), text);
  }

  /// The same of some of the constants.
  static <E extends Enum<E>> E choice(Collection<E> constants, String text) {
    return constants.stream()
        .filter(c -> word(c).equals(text.replace('-', '_')))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "must be one of "
                    + String.join(", ", constants.stream().map(Converters::word).toList())));
  }

  /// How a constant is written on the command line.
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// A whole number of at least 1.
  public static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) whole(text, 1, Integer.MAX_VALUE);
    }
  }

  /// A number of threads; 0 is automatic.
  public static final class Threads implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) whole(text, 0, BackendOptions.MAX_THREADS);
    }
  }

  /// Any whole number.
  public static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    }
  }

  /// A number above 0.
  public static final class Positive implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return number(text, "above 0", v -> v > 0 && Float.isFinite(v));
    }
  }

  /// A number of at least 0.
  static final class NotNegative implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return number(text, "of at least 0", v -> v >= 0 && Float.isFinite(v));
    }
  }

  /// A number of at least 0 and below 1.
  public static final class Share implements ITypeConverter<Float> {
    @Override
    public Float convert(String text) {
      return number(text, "of at least 0 and below 1", v -> v >= 0 && v < 1);
    }
  }

  /// The widths of hidden layers.
  public record Widths(List<Integer> list) {
    @Override
    public String toString() {
      return list.isEmpty()
          ? "none"
          : String.join(",", list.stream().map(width -> Integer.toString(width)).toList());
    }
  }

  /// Several of one kind, of which a command tries each.
  record Several<T>(List<T> list) {}

  /// Numbers of at least 1, with commas between.
  static final class Counts implements ITypeConverter<Several<Integer>> {
    @Override
    public Several<Integer> convert(String text) {
      var count = new Count();
      return new Several<>(Stream.of(text.split(",", -1)).map(count::convert).distinct().toList());
    }
  }

  /// Widths of hidden layers, with slashes between: `64/512,512`.
  static final class SeveralWidths implements ITypeConverter<Several<Widths>> {
    @Override
    public Several<Widths> convert(String text) {
      var widths = new WidthsConverter();
      return new Several<>(Stream.of(text.split("/", -1)).map(widths::convert).distinct().toList());
    }
  }

  /// The widths of hidden layers, with commas between; `none` for no hidden layer.
  static final class WidthsConverter implements ITypeConverter<Widths> {
    @Override
    public Widths convert(String text) {
      if (text.equals("none")) {
        return new Widths(List.of());
      }
      String[] parts = text.split(",", -1);
      if (parts.length > MOST_LAYERS
          || !Stream.of(parts).allMatch(p -> p.matches("[1-9]\\d{0,8}"))) {
        throw new TypeConversionException(
            "must be widths from 1 with commas between, such as 512,512 (or none)");
      }
      return new Widths(Stream.of(parts).map(Integer::valueOf).toList());
    }
  }

  /// A file or folder.
  public static final class File implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      if (text.isEmpty()) {
        throw new TypeConversionException("must name a file or folder");
      }
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new TypeConversionException("can't be a file's name: " + Failures.reason(e));
      }
    }
  }
}
