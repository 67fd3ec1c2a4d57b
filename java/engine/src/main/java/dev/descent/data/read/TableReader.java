package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Splits;
import dev.descent.data.TrainTest;
import dev.descent.data.read.CsvOptions.Header;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads tables from text, a row a sample: for training, where a [Preparation] is fitted to them,
/// and later, where that of a model is applied.
///
/// Read are UTF-8, UTF-16 with a byte order mark and Windows-1252; plain, in gzip or in zip; lines
/// that end with LF, CRLF or CR; cells in quotes, which may hold line ends; blank lines and
/// comments, which begin with `#`, are passed over.
public final class TableReader {
  /// Of files that are longer, rows are counted first, so that their memory is taken once.
  private static final long COUNTED = 1L << 20;

  /// The same of what packed files hold, which must be unpacked twice for it.
  private static final long COUNTED_PACKED = 16L << 20;

  private static final int ROWS_BETWEEN_REPORTS = 1 << 12;

  private final CsvOptions options;
  private Consumer<String> notes = note -> {};
  private Progress progress = (done, all) -> {};
  private @Nullable String keep;
  private boolean ownAnswers;
  private List<String> kept = List.of();
  private int[] leftOut = {};

  /// Makes a reader for any number of tables.
  ///
  /// @param options how tables are read; what they say of roles and preparation counts for training
  public TableReader(CsvOptions options) {
    this.options = Objects.requireNonNull(options, "options");
  }

  /// Is told how far reading a file has come.
  @FunctionalInterface
  public interface Progress {
    /// Some of it has been read.
    ///
    /// @param done the bytes read
    /// @param all the bytes of the file; 0 if that is not known
    void at(long done, long all);

    /// The file has been read.
    default void end() {}
  }

  /// Tells what was decided or passed over, a line each.
  ///
  /// @param listener gets a line for each
  /// @return this
  public TableReader notes(Consumer<String> listener) {
    this.notes = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /// Tells how far reading has come, every now and then.
  ///
  /// @param listener is called on the thread that reads
  /// @return this
  public TableReader progress(Progress listener) {
    this.progress = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /// Keeps the texts of a column that a model does not take, such as the rows' numbers.
  ///
  /// @param column its name
  /// @return this
  public TableReader keep(String column) {
    this.keep = Objects.requireNonNull(column, "column");
    return this;
  }

  /// Takes labels or target values as a file to train on has them, even where a preparation is given
  /// that knows others: for a model that is trained further. What is read keeps the inputs of that
  /// preparation, and its answers where they have all that the file has.
  ///
  /// @return this
  public TableReader ownAnswers() {
    this.ownAnswers = true;
    return this;
  }

  /// {@return the texts of the column to keep, a row each, of the file that was read last; empty if
  /// it has no such column}
  public List<String> kept() {
    return kept;
  }

  /// {@return the numbers, from 0 and ascending, of the rows of the file that was read last that
  /// its data set lacks: those with gaps, where they are to be left out; a new array}
  public int[] leftOut() {
    return leftOut.clone();
  }

  /// Reads a file to train on; the preparation is fitted to all its rows.
  ///
  /// @param name the data set's name in reports
  /// @param file to read
  /// @return the rows with their preparation
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value,
  ///     if the file is missing or malformed
  public DataSet read(String name, Path file) {
    try (DataFile data = DataFile.open(file, options.format().zipEntry())) {
      return fitted(name, toTrain(data, file, 0));
    }
  }

  /// Reads records to train on, each a row, whose components are the columns; the preparation is
  /// fitted to all of them. A component is a number, a truth value, a text, a constant of an enum,
  /// or null for a missing value.
  ///
  /// @param name the data set's name in reports
  /// @param rows at least one, all of one type
  /// @return the rows with their preparation
  /// @throws DataException naming the row (from 2, as behind a header), the column and the value
  /// @throws IllegalArgumentException if the records are not of one type, or can't be read
  public DataSet read(String name, List<? extends Record> rows) {
    CsvOptions told = options.withDelimiter(',').withDecimal('.').withHeader(Header.PRESENT);
    try (DataFile data = DataFile.of(name, Records.text(rows))) {
      return fitted(name, new TableReader(told).notes(notes).toTrain(data, null, rows.size()));
    }
  }

  private DataSet fitted(String name, RawTable table) {
    return table.prepared(name, table.fit(table.rows(), options));
  }

  /// Reads a file to train on and cuts its rows, in random order, into two data sets; the
  /// preparation is fitted to the first. The shares of classes in both are as equal as they can be.
  ///
  /// @param name of the data sets in reports, ` train` and ` test` added
  /// @param file to read
  /// @param share the part of the rows that goes to the second, between 0 and 1
  /// @param seed decides which
  /// @return both parts
  /// @throws DataException as [#read(String, Path)], or if there is only one row
  public TrainTest split(String name, Path file, double share, long seed) {
    List<DataSet> parts = split(name, file, List.of(1 - share, share), seed, null);
    return new TrainTest(parts.getFirst(), parts.getLast());
  }

  /// Reads a file to train on and cuts its rows, in random order, into a data set for each share;
  /// the preparation is fitted to the first. The shares of classes in all are as equal as they can
  /// be. All are parts of one array.
  ///
  /// @param name of the data sets in reports; two are called ` train` and ` test`, three ` train`,
  ///     ` validation` and ` test`
  /// @param file the table
  /// @param shares of the rows, each between 0 and 1, together 1; at least one row goes to each
  /// @param seed decides which
  /// @param preparation of a model that goes on being trained; null to fit one
  /// @return the parts, in the order of the shares
  /// @throws DataException as [#read(String, Path)], or if there are fewer rows than shares
  public List<DataSet> split(
      String name, Path file, List<Double> shares, long seed, @Nullable Preparation preparation) {
    if (preparation != null && !(preparation.inputs() instanceof Table)) {
      return read(name, file, preparation, true).cut(shares, seed);
    }
    try (DataFile data = DataFile.open(file, options.format().zipEntry())) {
      RawTable table =
          preparation != null && preparation.inputs() instanceof Table known
              ? toUse(file, data, new CsvLines(data), preparation, known, true)
              : toTrain(data, file, 0);
      if (preparation != null && ownAnswers) {
        table.useClasses(preparation);
      }
      List<int[]> parts = Splits.cut(name, table.rows(), table.labels(), shares, seed);
      table.reorder(parts);
      int[] sizes = parts.stream().mapToInt(part -> part.length).toArray();
      return table.prepared(
          IntStream.range(0, sizes.length)
              .mapToObj(i -> Splits.partName(name, i, sizes.length))
              .toList(),
          sizes,
          preparation == null
              ? table.fit(sizes[0], options)
              : answered(table, preparation, sizes[0]));
    }
  }

  /// A preparation with the answers that count.
  private Preparation answered(RawTable table, Preparation preparation, int train) {
    return ownAnswers ? table.answered(preparation, train, options) : preparation;
  }

  /// @param file where the rows can be counted; null where they can't
  /// @param expected how many rows there are, if that is known; else 0
  private RawTable toTrain(DataFile data, @Nullable Path file, long expected) {
    CsvLines lines = new CsvLines(data);
    CsvFormat format = format(lines, options.roles().names());
    Layout layout = Layout.toTrain(data.name(), format, options, notes);
    return rows(
        data, file == null ? expected : count(file, data), lines, format, layout, options, true);
  }

  /// Reads a file for a model that was trained before.
  ///
  /// @param name the data set's name in reports
  /// @param file to read
  /// @param preparation the model's
  /// @param answers whether labels or target values are wanted; without, there may be none. Rows
  ///     with gaps that are left out are named by [#leftOut]
  /// @return the rows as the model takes them
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value,
  ///     if the file is missing or malformed, or has not what the model takes
  public DataSet read(String name, Path file, Preparation preparation, boolean answers) {
    try (DataFile data = DataFile.open(file, options.format().zipEntry())) {
      CsvLines lines = new CsvLines(data);
      return switch (preparation.inputs()) {
        case Table known -> {
          RawTable table = toUse(file, data, lines, preparation, known, answers);
          if (ownAnswers) {
            table.useClasses(preparation);
          }
          yield table.prepared(name, answered(table, preparation, table.rows()));
        }
        case Picture picture -> pixels(name, file, data, lines, preparation, picture, answers);
      };
    }
  }

  /// The rows for a model of tables. What the model keeps counts; where it was trained without
  /// gaps, the options may say that rows with gaps are left out.
  private RawTable toUse(
      Path file,
      DataFile data,
      CsvLines lines,
      Preparation preparation,
      Table table,
      boolean answers) {
    CsvFormat format = format(lines, table.order());
    CsvOptions.Roles roles =
        ownAnswers
            ? Layout.toTrain(data.name(), format, options, note -> {}).answerRoles()
            : options.roles().of(preparation.answers());
    Layout layout =
        Layout.toUse(data.name(), format, preparation, table, roles, answers, keep, notes);
    boolean drops = table.dropsGaps() || options.missing().equals(Missing.DROP);
    CsvOptions later =
        new CsvOptions(
            options.format(),
            options.roles(),
            CsvOptions.Values.AUTO,
            options.scaling(),
            drops ? Missing.DROP : Missing.REFUSE,
            ownAnswers
                ? List.of()
                : preparation.classNames().stream()
                    .map(label -> new CsvOptions.NamedClass(label, label))
                    .toList());
    return rows(data, count(file, data), lines, format, layout, later, answers);
  }

  /// A table of pixels for a model of pictures, which come from elsewhere.
  private DataSet pixels(
      String name,
      Path file,
      DataFile data,
      CsvLines lines,
      Preparation preparation,
      Picture picture,
      boolean answers) {
    CsvFormat format = format(lines, List.of());
    int features = picture.features();
    if (format.count() != features && format.count() != features + 1) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: rows of width %d; the model takes %s, which are %d values each",
              data.name(),
              format.count(),
              picture,
              features));
    }
    if (answers && format.count() == features) {
      throw new DataException(data.name() + ": has no column for the labels");
    }
    Layout layout = Layout.ofPixels(data.name(), format, features, options, notes);
    CsvOptions later = options.withScaling(CsvOptions.Scaling.AUTO).withMissing(Missing.REFUSE);
    RawTable table = rows(data, count(file, data), lines, format, layout, later, answers);
    return table.pixels(name, answered(table, preparation, table.rows()), picture, answers, notes);
  }

  private CsvFormat format(CsvLines lines, Collection<String> known) {
    CsvFormat format = CsvFormat.of(lines, options.format(), known);
    boolean told = options.format().delimiter() != 0;
    List<String> odd = new ArrayList<>();
    if (!told && format.delimiter() != ',' && format.count() > 1) {
      odd.add(format.shownDelimiter() + " between values");
    }
    if (options.format().decimal() == 0 && format.decimal() == ',') {
      odd.add("decimal commas");
    }
    if (!odd.isEmpty()) {
      notes.accept(lines.fileName() + ": read with " + String.join(" and ", odd));
    }
    lines.expect(format.delimiter(), format.count());
    return format;
  }

  /// @param expected how many records there are, at most, the header among them; 0 if that is not
  ///     known
  private RawTable rows(
      DataFile data,
      long expected,
      CsvLines lines,
      CsvFormat format,
      Layout layout,
      CsvOptions reading,
      boolean answers) {
    long all = lines.contentBytes();
    TableRows rows =
        new TableRows(
            data, format, layout, reading, Math.max(0, expected - (format.header() ? 1 : 0)));
    byte[] header = {};
    if (format.header()) {
      lines.next();
      skipHeader(lines, format);
      header = lines.bytes();
    }
    long count = 0;
    int repeats = 0;
    while (lines.next()) {
      if (header.length > 0 && lines.is(header)) {
        repeats++;
        continue;
      }
      rows.add(lines);
      if (++count % ROWS_BETWEEN_REPORTS == 0) {
        progress.at(lines.position(), all);
      }
    }
    progress.end();
    if (repeats > 0) {
      notes.accept(
          String.format(
              Locale.ROOT,
              "%s: passed over the header in %,d more %s",
              data.name(),
              repeats,
              repeats == 1 ? "row" : "rows"));
    }
    RawTable table = rows.finish();
    kept = table.kept();
    leftOut = table.leftOut();
    table.unknownCategories().forEach(notes);
    table.doubts().forEach(notes);
    if (leftOut.length > 0) {
      notes.accept(
          String.format(
              Locale.ROOT,
              answers
                  ? "%s: left out %,d of %,d rows, which have gaps"
                  : "%s: no answer for %,d of %,d rows, which have gaps; a model that is trained"
                      + " with --missing mean or median gives one",
              data.name(),
              leftOut.length,
              leftOut.length + table.rows()));
    }
    return table;
  }

  /// A header may go over several lines.
  private static void skipHeader(CsvLines lines, CsvFormat format) {
    int at = lines.from();
    while (true) {
      int end = Cells.end(lines.buffer(), at, lines.to(), format.delimiter());
      if (end < 0) {
        at -= lines.extend();
      } else if (end == lines.to()) {
        return;
      } else {
        at = end + 1;
      }
    }
  }

  /// The most records that a file can have, where it is long enough to be read through for that: so
  /// memory is taken once. Else 0.
  private long count(Path file, DataFile open) {
    if (open.ordinary() <= (open.isPacked() ? COUNTED_PACKED : COUNTED)) {
      return 0;
    }
    try (DataFile data = DataFile.open(file, options.format().zipEntry())) {
      return new TextBytes(data).countLines();
    }
  }
}
