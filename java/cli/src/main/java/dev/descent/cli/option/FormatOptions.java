package dev.descent.cli.option;

import dev.descent.data.read.CsvOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/// The flags that say how the text of a table is written: a property of the file, which may differ
/// from that of the file that a model was trained on.
public final class FormatOptions {
  private static final List<String> FLAGS = List.of("--delimiter", "--decimal", "--header");

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      converter = DelimiterConverter.class,
      description = "For csv: what is between values; tab for a tab. Default: a guess.")
  private @Nullable Character delimiter;

  @Option(
      names = "--decimal",
      paramLabel = "MARK",
      converter = DecimalConverter.class,
      description = "For csv: point or comma. Default: a guess.")
  private @Nullable Character decimal;

  @Option(
      names = "--header",
      paramLabel = "yes|no",
      converter = HeaderConverter.class,
      description = "For csv: whether the first row holds names. Default: a guess.")
  private CsvOptions.Header header = CsvOptions.Header.AUTO;

  /// The options with what the flags say.
  ///
  /// @param task names the file, and perhaps an entry of an archive
  public CsvOptions apply(CsvOptions options, Task task) {
    CsvOptions said = options.withHeader(header);
    if (delimiter != null) {
      said = said.withDelimiter(delimiter);
    }
    if (decimal != null) {
      said = said.withDecimal(decimal);
    }
    String entry = task.entry();
    return entry == null ? said : said.withZipEntry(entry);
  }

  /// Refuses flags that contradict each other, or that the kind of task has no use for.
  public void check(CommandSpec spec, Task task) {
    FLAGS.forEach(flag -> Task.Kind.CSV.require(spec, flag, task));
    if (decimal != null && decimal.equals(delimiter)) {
      throw new ParameterException(
          spec.commandLine(), "--decimal and --delimiter can't be the same character");
    }
  }

  /// A character between values.
  static final class DelimiterConverter implements ITypeConverter<Character> {
    @Override
    public Character convert(String text) {
      String wanted = text.equals("tab") || text.equals("\\t") ? "\t" : text;
      if (wanted.length() == 1) {
        try {
          CsvOptions.defaults().withDelimiter(wanted.charAt(0));
          return wanted.charAt(0);
        } catch (IllegalArgumentException _) {
          // Said below.
        }
      }
      throw new TypeConversionException(
          "must be one character that is no part of a number, such as ';', or tab");
    }
  }

  /// What is before decimals.
  static final class DecimalConverter implements ITypeConverter<Character> {
    @Override
    public Character convert(String text) {
      return switch (text) {
        case "point", "." -> '.';
        case "comma", "," -> ',';
        default -> throw new TypeConversionException("must be point or comma");
      };
    }
  }

  /// Whether there is a header.
  static final class HeaderConverter implements ITypeConverter<CsvOptions.Header> {
    @Override
    public CsvOptions.Header convert(String text) {
      return switch (text) {
        case "yes" -> CsvOptions.Header.PRESENT;
        case "no" -> CsvOptions.Header.ABSENT;
        default -> throw new TypeConversionException("must be yes or no");
      };
    }
  }
}
