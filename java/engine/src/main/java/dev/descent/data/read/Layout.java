package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What each column of a file is for, and where its values go.
final class Layout {
  /// What a column is for.
  enum Kind {
    NUMBER,
    CATEGORY,
    LABEL,
    TARGET,
    KEPT,
    IGNORED
  }

  private static final String LABEL = "label";
  private static final Pattern PIXEL = Pattern.compile("(?i)pixel.*|\\d+x\\d+");

  /// Without names, fewer columns than these are not taken for an image.
  private static final int SMALLEST_IMAGE = 256;

  private final CsvFormat format;
  private final String file;
  private final Kind[] kinds;
  private final int[] slots;

  /// The features in their order: the file's column of each.
  private final List<Integer> features = new ArrayList<>();

  private final List<Integer> targets = new ArrayList<>();

  /// The columns that were told to be categories.
  private final List<Integer> told = new ArrayList<>();

  private int label = -1;
  private boolean pixels;

  /// What the features are, where it is known already: the columns of a model.
  private @Nullable Table known;

  private Layout(String file, CsvFormat format) {
    this.file = file;
    this.format = format;
    this.kinds = new Kind[format.count()];
    this.slots = new int[format.count()];
  }

  Kind kind(int column) {
    return kinds[column];
  }

  int slot(int column) {
    return slots[column];
  }

  /// The number of features before categories become several values.
  int width() {
    return features.size();
  }

  /// The number of values that a model takes for a row, as far as the beginning of the file shows,
  /// where that is less than twice [#width]: so much room lets rows become those values in place.
  /// More takes another array, beside which this one is small.
  int preparedWidth() {
    int prepared = 0;
    for (int slot = 0; slot < features.size(); slot++) {
      prepared += isCategory(slot) ? categories(slot) : 1;
    }
    return prepared < 2 * width() ? Math.max(prepared, width()) : width();
  }

  private int categories(int slot) {
    return known == null ? format.different(features.get(slot)) : known.columns().get(slot).width();
  }

  int targets() {
    return targets.size();
  }

  boolean hasLabel() {
    return label >= 0;
  }

  /// Whether the features look like pixels.
  boolean pixels() {
    return pixels;
  }

  /// The name of a feature.
  String featureName(int slot) {
    return format.names().get(features.get(slot));
  }

  /// A feature as an option of the command line takes it.
  String reference(int slot) {
    return format.reference(features.get(slot));
  }

  boolean isCategory(int slot) {
    return kinds[features.get(slot)] == Kind.CATEGORY;
  }

  /// Whether a feature was told to be a category, not taken for one.
  boolean isTold(int slot) {
    return told.contains(features.get(slot));
  }

  List<String> targetNames() {
    return targets.stream().map(format.names()::get).toList();
  }

  String labelName() {
    return label < 0 ? "" : format.names().get(label);
  }

  /// The names of the columns that are passed over.
  List<String> others() {
    return columns(Kind.IGNORED).stream().map(format.names()::get).toList();
  }

  /// The columns of the model that the file is for, or null.
  @Nullable Table known() {
    return known;
  }

  /// What the columns of a file to train on are for.
  static Layout toTrain(String file, CsvFormat format, CsvOptions options, Consumer<String> notes) {
    if (format.count() < 2) {
      throw new DataException(
          "%s: row 1: expected a label and values with %s between them, found one column"
              .formatted(file, format.shownDelimiter()));
    }
    Layout layout = new Layout(file, format);
    format
        .repeated()
        .forEach(name ->
            notes.accept(
                "%s: row 1: several columns are called %s; the second is %s here"
                    .formatted(file, Cells.shown(name), Cells.shown(name + " (2)"))));
    CsvOptions.Roles roles = options.roles();
    roles.drop().forEach(column -> layout.set(column, "a column to drop", Kind.IGNORED));
    roles.targets().forEach(column -> layout.set(column, "the target", Kind.TARGET));
    if (roles.targets().isEmpty()) {
      layout.setLabel(roles.label(), notes);
    }
    roles.categories().forEach(column -> layout.set(column, "categories", Kind.CATEGORY));
    layout.told.addAll(layout.columns(Kind.CATEGORY));
    // What delimiters at the end of each row make.
    for (int last = format.count() - 1;
        last > 1 && layout.kinds[last] == null && format.isEmpty(last);
        last--) {
      layout.kinds[last] = Kind.IGNORED;
    }
    layout.targets.forEach(layout::requireNumbers);
    List<Integer> rest =
        IntStream.range(0, format.count())
            .filter(c -> layout.kinds[c] == null || layout.kinds[c] == Kind.CATEGORY)
            .boxed()
            .toList();
    if (rest.isEmpty()) {
      throw new DataException(file + ": no column is left to learn from");
    }
    layout.pixels =
        rest.stream().noneMatch(c -> layout.kinds[c] == Kind.CATEGORY)
            && (format.header()
                ? rest.stream().allMatch(c -> isPixel(format.names().get(c)))
                : rest.size() >= SMALLEST_IMAGE
                    && Preparation.Picture.ofPixels(rest.size()).height() > 1);
    List<String> texts = new ArrayList<>();
    for (int column : rest) {
      if (layout.kinds[column] == null) {
        boolean text =
            !layout.pixels && options.values() != CsvOptions.Values.BYTES && format.isText(column);
        if (text) {
          layout.requireNoNumbers(column);
          texts.add(format.describe(column));
        }
        layout.kinds[column] = text ? Kind.CATEGORY : Kind.NUMBER;
      }
      layout.slots[column] = layout.features.size();
      layout.features.add(column);
    }
    if (!layout.pixels) {
      layout.warn(
          new ColumnReview(format).toTrain(layout.columns(Kind.NUMBER), layout.numbers()), notes);
    }
    if (!texts.isEmpty()) {
      notes.accept("taken for categories, as they hold texts: " + String.join(", ", texts));
    }
    return layout;
  }

  /// Refuses a column whose texts are numbers with marks, or stand among many numbers: neither are
  /// categories.
  private void requireNoNumbers(int column) {
    String category =
        known != null || kinds[column] == Kind.TARGET
            ? ""
            : ", or say --category %s to tell them apart as texts"
                .formatted(format.reference(column));
    String marked = format.marked(column);
    if (marked != null) {
      throw new DataException(
          "%s: %s holds numbers such as %s; %swrite them plainly, such as -1234.5%s"
              .formatted(
                  file,
                  format.describe(column),
                  Cells.shown(marked),
                  format.decimal() == '.' && marked.matches("[-+]?\\d*,\\d+")
                      ? "say --decimal comma if a comma is before decimals, "
                      : "",
                  category));
    }
    String number = format.numberAmongTexts(column);
    if (number != null) {
      throw new DataException(
          "%s: %s holds numbers such as %s among texts such as %s; empty the cells that are gaps%s"
              .formatted(
                  file,
                  format.describe(column),
                  number,
                  Cells.shown(format.word(column)),
                  category));
    }
  }

  /// Refuses texts where a model takes or predicts numbers.
  private void requireNumbers(int column) {
    if (!format.isText(column)) {
      return;
    }
    requireNoNumbers(column);
    if (kinds[column] == Kind.TARGET && known == null) {
      throw new DataException(
          "%s: %s holds texts such as %s, no numbers to predict; --label %s takes them for classes"
              .formatted(
                  file,
                  format.describe(column),
                  Cells.shown(format.word(column)),
                  format.reference(column)));
    }
  }

  private List<Integer> numbers() {
    return Stream.concat(columns(Kind.NUMBER).stream(), targets.stream()).sorted().toList();
  }

  private List<Integer> columns(Kind kind) {
    return IntStream.range(0, kinds.length)
        .filter(column -> kinds[column] == kind)
        .boxed()
        .toList();
  }

  private void warn(List<String> doubts, Consumer<String> notes) {
    doubts.forEach(doubt -> notes.accept("warning: " + file + ": " + doubt));
  }

  private static boolean isPixel(String name) {
    return PIXEL.matcher(name).matches();
  }

  private void set(String reference, String what, Kind kind) {
    int column = find(reference, what);
    if (kinds[column] != null) {
      throw new DataException(
          "%s: %s can't be %s as well".formatted(file, format.describe(column), what));
    }
    kinds[column] = kind;
    if (kind == Kind.TARGET) {
      slots[column] = targets.size();
      targets.add(column);
    }
  }

  private void setLabel(@Nullable String reference, Consumer<String> notes) {
    if (reference != null) {
      set(reference, "the labels", Kind.LABEL);
      label = find(reference, "the labels");
      return;
    }
    for (int i = 0; format.header() && i < kinds.length; i++) {
      if (format.names().get(i).equalsIgnoreCase(LABEL) && kinds[i] == null) {
        label = find(format.names().get(i), "the labels");
      }
    }
    if (label < 0) {
      label = guess(notes);
    }
    kinds[label] = Kind.LABEL;
  }

  /// The only column of texts if it is the last or the first, else the first, unless that looks
  /// like something else.
  private int guess(Consumer<String> notes) {
    List<Integer> open =
        IntStream.range(0, kinds.length).filter(c -> kinds[c] == null).boxed().toList();
    if (open.isEmpty()) {
      throw new DataException(file + ": no column is left for the labels");
    }
    List<Integer> texts = open.stream().filter(format::isText).toList();
    if (texts.size() == 1
        && (texts.getFirst().equals(open.getFirst()) || texts.getFirst().equals(open.getLast()))) {
      notes.accept(
          "the labels are in %s, the only one with texts; --label names another"
              .formatted(format.describe(texts.getFirst())));
      return texts.getFirst();
    }
    int first = open.getFirst();
    String name = format.header() ? format.names().get(first) : "";
    String looks =
        isPixel(name)
            ? "a value"
            : ColumnReview.isNumbering(name) || isCount(first)
                ? "a number of its row"
                : hasFraction(first) ? "a value" : "";
    if (!looks.isEmpty()) {
      throw new DataException(
          ("%s: %s looks like %s, not a label; name the label's column with --label, or with"
                  + " --target for numbers to predict")
              .formatted(file, format.describe(first), looks));
    }
    return first;
  }

  private boolean hasFraction(int column) {
    return format.sample().stream()
        .map(row -> column < row.size() ? row.get(column) : "")
        .anyMatch(cell ->
            CsvFormat.isNumber(cell, format.decimal())
                && !Labels.canonical(cell, format.decimal()).matches("-?\\d+"));
  }

  /// Whether the values of a column count rows: 0, 1, 2... or 1, 2, 3...
  private boolean isCount(int column) {
    List<List<String>> rows = format.sample();
    if (rows.size() < 10) {
      return false;
    }
    for (int i = 1; i < rows.size(); i++) {
      if (column >= rows.get(i).size()
          || column >= rows.get(i - 1).size()
          || !rows.get(i).get(column).matches("\\d{1,9}")
          || !rows.get(i - 1).get(column).matches("\\d{1,9}")
          || Integer.parseInt(rows.get(i).get(column))
              != Integer.parseInt(rows.get(i - 1).get(column)) + 1) {
        return false;
      }
    }
    return true;
  }

  /// The column of a name or number.
  ///
  /// @param what it is, for messages
  private int find(String reference, String what) {
    int count = kinds.length;
    boolean number = reference.matches("-?\\d{1,9}");
    if (number) {
      int index = Integer.parseInt(reference);
      index = index < 0 ? count + index : index;
      if (index >= 0 && index < count) {
        return index;
      }
    }
    int index = format.names().indexOf(reference);
    if (format.header() && index >= 0) {
      if (format.repeated().contains(reference)) {
        throw new DataException(
            "%s: row 1: more than one column is called %s".formatted(file, Cells.shown(reference)));
      }
      return index;
    }
    if (number) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: expected %s in column %d, found %d columns",
              file,
              what,
              Integer.parseInt(reference) + 1,
              count));
    }
    if (!format.header()) {
      throw new DataException(
          ("%s: has no header, so no column %s; give the column's number, from 0, or say --header"
                  + " yes")
              .formatted(file, Cells.shown(reference)));
    }
    throw new DataException(
        "%s: row 1: no column is called %s; there are %s"
            .formatted(file, Cells.shown(reference), Visible.list(format.names())));
  }

  /// What the columns of a file are for that a trained model meets.
  ///
  /// @param answers whether labels or target values are wanted; where they are not, columns that
  ///     hold them are passed over
  /// @param roles which columns hold labels, or target values, where that is told
  /// @param keep a column whose texts are wanted; null for none
  static Layout toUse(
      String file,
      CsvFormat format,
      Preparation preparation,
      Table table,
      CsvOptions.Roles roles,
      boolean answers,
      @Nullable String keep,
      Consumer<String> notes) {
    Layout layout = new Layout(file, format);
    layout.known = table;
    layout.pixels = table.picture() != null;
    boolean byName = format.header() && table.named();
    List<String> missing = new ArrayList<>();
    for (Column column : table.columns()) {
      int at = layout.place(column.name(), table, preparation, byName);
      if (at < 0) {
        missing.add(column.name());
        continue;
      }
      layout.kinds[at] = column instanceof CategoryColumn ? Kind.CATEGORY : Kind.NUMBER;
      layout.slots[at] = layout.features.size();
      layout.features.add(at);
    }
    List<String> wanted = answerNames(preparation);
    Set<String> named = table.columns().stream().map(Column::name).collect(Collectors.toSet());
    List<String> unknown =
        IntStream.range(0, format.count())
            .filter(c -> layout.kinds[c] == null)
            .mapToObj(format.names()::get)
            .filter(name -> !wanted.contains(name) && !table.others().contains(name))
            .toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          "%s: no column %s, which the model takes%s"
              .formatted(
                  file,
                  String.join(" or ", missing.stream().limit(8).map(Cells::shown).toList()),
                  byName && !unknown.isEmpty()
                      ? "; it does not know " + Visible.list(unknown)
                      : byName
                          ? ""
                          : String.format(
                              Locale.ROOT,
                              "; the file has %d columns without names, that of training had %d",
                              format.count(),
                              table.order().size())));
    }
    if (answers) {
      layout.setAnswers(preparation, table, roles, byName);
    }
    if (!layout.pixels) {
      layout.numbers().forEach(layout::requireNumbers);
      layout.warn(new ColumnReview(format).marks(layout.numbers()), notes);
    }
    if (byName) {
      List<String> extra =
          unknown.stream()
              .filter(name -> !name.isEmpty() && !named.contains(name) && !name.equals(keep))
              .filter(name -> layout.kinds[format.names().indexOf(name)] == null)
              .toList();
      if (!extra.isEmpty()) {
        notes.accept(
            "%s: passed over what the model does not take: %s"
                .formatted(file, Visible.list(extra)));
      }
    } else if (table.named()) {
      notes.accept(
          file + ": has no names of columns; they are taken to be in the order of training");
    }
    int kept = keep != null && format.header() ? format.names().indexOf(keep) : -1;
    for (int i = 0; i < layout.kinds.length; i++) {
      if (layout.kinds[i] == null) {
        layout.kinds[i] = i == kept ? Kind.KEPT : Kind.IGNORED;
      }
    }
    return layout;
  }

  /// What the columns of a table of pixels are for that a model of pictures meets.
  ///
  /// @param features the pixels of a picture; one more column holds the labels
  static Layout ofPixels(
      String file, CsvFormat format, int features, CsvOptions options, Consumer<String> notes) {
    Layout layout = new Layout(file, format);
    layout.pixels = true;
    if (format.count() > features) {
      layout.setLabel(options.roles().label(), notes);
    }
    for (int column = 0; column < layout.kinds.length; column++) {
      if (layout.kinds[column] == null) {
        layout.kinds[column] = Kind.NUMBER;
        layout.slots[column] = layout.features.size();
        layout.features.add(column);
      }
    }
    return layout;
  }

  private static List<String> answerNames(Preparation preparation) {
    return switch (preparation.answers()) {
      case Preparation.Classes classes -> List.of(classes.column());
      case Preparation.Targets targets -> targets.columns().stream().map(Target::name).toList();
    };
  }

  /// Where a column of training is in the file, or -1.
  private int place(String name, Table table, Preparation preparation, boolean byName) {
    if (byName) {
      return format.names().indexOf(name);
    }
    int index = table.order().indexOf(name);
    if (format.count() == table.order().size()) {
      return index;
    }
    // The file may be without answers, or hold nothing but what the model takes.
    List<String> order = new ArrayList<>(table.order());
    order.removeAll(new HashSet<>(answerNames(preparation)));
    if (format.count() != order.size()) {
      order.removeAll(new HashSet<>(table.others()));
    }
    return format.count() == order.size() ? order.indexOf(name) : -1;
  }

  private void setAnswers(
      Preparation preparation, Table table, CsvOptions.Roles roles, boolean byName) {
    boolean told = roles.label() != null || !roles.targets().isEmpty();
    boolean classes =
        told ? roles.label() != null : preparation.answers() instanceof Preparation.Classes;
    List<String> names =
        !told
            ? answerNames(preparation)
            : roles.label() != null ? List.of(roles.label()) : roles.targets();
    for (String name : names) {
      int at = told ? find(name, "the answers") : place(name, table, preparation, byName);
      if (at < 0) {
        throw new DataException(
            "%s: no column %s, which holds what the model is to tell%s"
                .formatted(
                    file,
                    Cells.shown(name),
                    byName ? "; there are " + Visible.list(format.names()) : ""));
      }
      if (kinds[at] == Kind.NUMBER || kinds[at] == Kind.CATEGORY) {
        throw new DataException(
            "%s: %s is what the model learned from; it can't hold the answers too"
                .formatted(file, format.describe(at)));
      }
      if (classes) {
        kinds[at] = Kind.LABEL;
        label = at;
      } else {
        kinds[at] = Kind.TARGET;
        slots[at] = targets.size();
        targets.add(at);
      }
    }
  }

  /// What the model keeps of the columns.
  ///
  /// @param columns the features
  /// @param missing what becomes of gaps
  Table table(List<Column> columns, Missing missing, Preparation.@Nullable Picture picture) {
    return new Table(columns, others(), format.names(), format.header(), missing, picture);
  }

  /// The columns of the answers by their numbers.
  CsvOptions.Roles answerRoles() {
    return new CsvOptions.Roles(
        label < 0 ? null : Integer.toString(label),
        targets.stream().map(column -> Integer.toString(column)).toList(),
        List.of(),
        List.of());
  }

  /// Whether a gap in a feature is accepted by the model that the file is for.
  boolean takesGaps(int slot) {
    return known != null
        && switch (known.columns().get(slot)) {
          case NumberColumn number -> !Double.isNaN(number.missing());
          case CategoryColumn category -> category.gaps();
        };
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s: %d features", file, features.size());
  }
}
