package dev.descent.cli.option;

import dev.descent.cli.image.PictureFolder;
import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.read.CsvOptions;
import dev.descent.internal.format.Visible;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/// The flags that say how a row or a picture becomes a sample. A model keeps what they said when it
/// was trained; later they can only say the same again.
public final class PreparationOptions {
  private static final String SIZE = "[1-9]\\d{0,3}x[1-9]\\d{0,3}";
  private static final int COLOURS = 3;

  private static final List<String> FOR_TABLES =
      List.of("--drop", "--category", "--missing", "--standardize");

  @Option(
      names = "--transpose",
      description = "For idx: let rows and columns of images change places, as EMNIST needs.")
  private boolean transpose;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description =
          "For images: what pictures are brought to, 64x64 say. Default: the size that all have, up"
              + " to 64x64; else 32x32.")
  private @Nullable String size;

  @Option(
      names = {"--colour", "--color"},
      description = "For images: keep red, green and blue; else pictures become grey.")
  private boolean colour;

  @Option(
      names = "--drop",
      paramLabel = "COLUMNS",
      split = ",",
      description = "For csv: columns to leave out.")
  private List<String> drop = List.of();

  @Option(
      names = "--category",
      paramLabel = "COLUMNS",
      split = ",",
      description = "For csv: columns of numbers that are categories; columns of texts always are.")
  private List<String> categories = List.of();

  @Option(
      names = "--missing",
      paramLabel = "WHAT",
      converter = MissingConverter.class,
      description =
          "For csv: what becomes of gaps: drop (the row), mean, median or a number. Default: they"
              + " are refused.")
  private @Nullable Missing missing;

  @Option(
      names = "--standardize",
      negatable = true,
      description =
          "For csv: bring columns and targets to mean 0 and deviation 1. Default for all but"
              + " pixels.")
  private @Nullable Boolean standardize;

  /// Leaves the numbers of a table as they stand, unless it is said to standardize them.
  void asTheyStand() {
    standardize = standardize == null ? Boolean.FALSE : standardize;
  }

  /// The options with what the flags say of tables.
  public CsvOptions apply(CsvOptions options) {
    return options
        .withDrop(drop)
        .withCategories(categories)
        .withMissing(missing == null ? Missing.REFUSE : missing)
        .withScaling(
            standardize == null
                ? CsvOptions.Scaling.AUTO
                : standardize ? CsvOptions.Scaling.STANDARD : CsvOptions.Scaling.NONE);
  }

  /// How pictures of a folder are read: as a model takes them, where there is one.
  PictureFolder.Form form(@Nullable Preparation known) {
    Picture picture = known == null ? null : known.picture();
    if (picture != null) {
      return PictureFolder.Form.of(picture);
    }
    int[] sides = size == null ? new int[2] : sides(size);
    return new PictureFolder.Form(sides[0], sides[1], colour ? COLOURS : 1);
  }

  private static int[] sides(String size) {
    int cross = size.indexOf('x');
    return new int[] {
      Integer.parseInt(size.substring(0, cross)), Integer.parseInt(size.substring(cross + 1))
    };
  }

  /// Whether rows and columns of the images of `idx` files change places: as the model's training
  /// data had them, where that is known.
  boolean transposes(@Nullable Preparation known) {
    Picture picture = known == null ? null : known.picture();
    return transpose || (picture != null && picture.transposed());
  }

  /// Refuses flags that the kind of task has no use for.
  public void check(CommandSpec spec, Task task) {
    FOR_TABLES.forEach(flag -> Task.Kind.CSV.require(spec, flag, task));
    if (size != null && !size.matches(SIZE)) {
      throw new ParameterException(
          spec.commandLine(), "--size must be WIDTHxHEIGHT, as 64x64: from 1 to 9999 each");
    }
    Task.Kind.IMAGES.require(spec, "--size", task);
    Task.Kind.IMAGES.require(spec, "--colour", task);
    Task.Kind.IDX.require(spec, "--transpose", task);
  }

  /// Refuses flags that contradict what a model keeps.
  ///
  /// @param known what it keeps
  /// @param task on whose kind of data it was trained; empty if that is not known
  public void check(CommandSpec spec, Preparation known, String task) {
    String contradiction =
        switch (known.inputs()) {
          case Table table -> contradiction(table);
          case Picture picture -> contradiction(picture, task);
        };
    if (contradiction != null) {
      throw new ParameterException(
          spec.commandLine(), contradiction + ", and keeps to that; leave it out");
    }
  }

  private @Nullable String contradiction(Picture picture, String task) {
    if (size != null) {
      int[] sides = sides(size);
      if (sides[0] != picture.width() || sides[1] != picture.height()) {
        return "--size %s: the model takes %s".formatted(size, picture);
      }
    }
    if (colour && picture.channels() != COLOURS) {
      return "--colour: the model takes grey " + picture;
    }
    if (missing != null) {
      return "--missing %s: the model takes %s".formatted(missing, picture);
    }
    // Of other data it is not known how idx files of theirs would lie.
    return transpose && !picture.transposed() && task.equals(Task.Kind.IDX.word())
        ? "--transpose: the model was trained without it"
        : null;
  }

  private @Nullable String contradiction(Table table) {
    Missing kept = table.missing();
    boolean complete = Missing.REFUSE.equals(kept) && Missing.DROP.equals(missing);
    if (missing != null && kept != null && !kept.equals(missing) && !complete) {
      return "--missing %s: the model was trained with %s"
          .formatted(missing, kept.equals(Missing.REFUSE) ? "no gaps" : "--missing " + kept);
    }
    boolean numbers = table.columns().stream().anyMatch(NumberColumn.class::isInstance);
    if (standardize != null && numbers && standardize != isStandardized(table)) {
      return standardize
          ? "--standardize: the model was trained without it"
          : "--no-standardize: the model was trained with standardized columns";
    }
    for (String reference : drop) {
      if (find(table, reference) != null) {
        return "--drop %s: the model takes that column".formatted(Visible.value(reference));
      }
    }
    for (String reference : categories) {
      if (find(table, reference) instanceof NumberColumn) {
        return "--category %s: the model takes that column as numbers"
            .formatted(Visible.value(reference));
      }
    }
    return null;
  }

  private static boolean isStandardized(Table table) {
    return table.columns().stream()
        .anyMatch(column ->
            column instanceof NumberColumn number
                && (number.shift() != 0
                    || (number.scale() != 1 && number.scale() != DataSet.BYTE_SCALE)));
  }

  /// The model's column that is meant by a name or by a number, as in the file of training.
  private static @Nullable Column find(Table table, String reference) {
    List<String> order = table.order();
    String name = reference;
    if (!order.contains(reference) && reference.matches("-?\\d{1,9}")) {
      int index = Integer.parseInt(reference);
      int place = index < 0 ? order.size() + index : index;
      name = place >= 0 && place < order.size() ? order.get(place) : reference;
    }
    String wanted = name;
    return table.columns().stream()
        .filter(column -> column.name().equals(wanted))
        .findFirst()
        .orElse(null);
  }

  /// What becomes of gaps.
  static final class MissingConverter implements ITypeConverter<Missing> {
    @Override
    public Missing convert(String text) {
      try {
        return Missing.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
