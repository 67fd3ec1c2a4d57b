package dev.descent.data;

import dev.descent.DataException;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Table;
import dev.descent.internal.format.Visible;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Looks at data before a model learns from them: refuses those that can teach nothing, and warns
/// of those that teach badly.
public final class DataReview {
  /// A label for about each row is none, where there are more rows than these.
  private static final int FEW_ROWS = 20;

  /// Columns whose scales are further apart than that hinder each other.
  private static final double FAR_APART = 1000;

  private DataReview() {}

  /// Reviews data to train on.
  ///
  /// @param train not modified
  /// @param validation what the model is judged by, of the same classes, not modified; null if there
  ///     is nothing
  /// @param test what is kept to test the model on, of the same classes, not modified; null if there
  ///     is nothing
  /// @param table whether they are a table, whose columns can be chosen
  /// @return warnings, a line each
  /// @throws DataException if nothing can be learned
  public static List<String> of(
      DataSet train, @Nullable DataSet validation, @Nullable DataSet test, boolean table) {
    List<String> warnings = new ArrayList<>();
    if (train.isClassified()) {
      classes(train, validation, test, table, warnings);
    } else if (train.size() > 1) {
      targets(train, table, warnings);
    }
    if (!train.isBytes() && train.size() > 1) {
      columns(train, warnings);
    }
    return warnings;
  }

  private static void classes(
      DataSet train,
      @Nullable DataSet validation,
      @Nullable DataSet test,
      boolean table,
      List<String> warnings) {
    int[] learned = train.classCounts();
    int[] judged = countsOr(validation, learned);
    int[] tested = countsOr(test, judged);
    List<String> present = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    List<String> single = new ArrayList<>();
    List<String> notJudged = new ArrayList<>();
    for (int label = 0; label < learned.length; label++) {
      String name = train.classNames().get(label);
      if (learned[label] > 0) {
        present.add(name);
      } else if (judged[label] > 0 || tested[label] > 0) {
        absent.add(name);
      }
      if (learned[label] == 1) {
        (judged[label] > 0 ? single : notJudged).add(name);
      }
    }
    String other =
        table ? "; --label names another column, --target one of numbers to predict" : "";
    if (present.size() < 2) {
      throw new DataException(
          "%s: each sample has the class %s, so nothing can be learned%s"
              .formatted(train.name(), Visible.list(present), other));
    }
    if (train.size() > FEW_ROWS && 2 * present.size() > train.size()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %,d different labels in %,d rows: they look like numbers or names of the rows,"
                  + " not classes%s",
              train.name(),
              present.size(),
              train.size(),
              other));
    }
    warn(absent, "no sample to train on, only to validate or test on; add samples", warnings);
    warn(single, "a single sample to train on; add samples", warnings);
    warn(
        notJudged,
        "a single sample to train on and none to validate on; add samples, or give a file to"
            + " validate on with --split FILE",
        warnings);
  }

  private static int[] countsOr(@Nullable DataSet part, int[] others) {
    return part == null ? others : Arrays.copyOf(part.classCounts(), others.length);
  }

  private static void warn(List<String> classes, String lack, List<String> warnings) {
    if (!classes.isEmpty()) {
      warnings.add(
          (classes.size() == 1 ? "class %s has " : "classes %s have ")
                  .formatted(Visible.list(classes))
              + lack);
    }
  }

  private static void targets(DataSet train, boolean table, List<String> warnings) {
    float[] targets = train.targets();
    int width = train.outputs();
    for (int i = width; i < targets.length; i++) {
      if (targets[i] != targets[i - width]) {
        return;
      }
    }
    warnings.add(
        "all rows have the same target, so there is nothing to learn"
            + (table ? "; --target names another column" : ""));
  }

  private static void columns(DataSet train, List<String> warnings) {
    Preparation preparation = train.preparation().orElse(null);
    if (preparation == null
        || !(preparation.inputs() instanceof Table table)
        || table.picture() != null) {
      return;
    }
    int width = train.features();
    float[] least = new float[width];
    float[] most = new float[width];
    MemorySegment values = train.memory();
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(most, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < train.size(); row++) {
      for (int column = 0; column < width; column++) {
        float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * width + column);
        least[column] = Math.min(least[column], value);
        most[column] = Math.max(most[column], value);
      }
    }
    constant(table, least, most, warnings);
    scales(table, least, most, warnings);
  }

  private static void constant(Table table, float[] least, float[] most, List<String> warnings) {
    List<String> names = new ArrayList<>();
    int at = 0;
    for (Column column : table.columns()) {
      boolean constant =
          column instanceof CategoryColumn category
              ? category.width() == 1 && least[at] == most[at]
              : least[at] == most[at];
      if (constant) {
        names.add(column.name());
      }
      at += column.width();
    }
    if (!names.isEmpty()) {
      warnings.add(
          "%s %s one value in all rows and %s nothing; --drop %s leaves %s out"
              .formatted(
                  (names.size() == 1 ? "column " : "columns ") + Visible.list(names),
                  names.size() == 1 ? "has" : "have",
                  names.size() == 1 ? "teaches" : "teach",
                  Visible.argument(names),
                  names.size() == 1 ? "it" : "them"));
    }
  }

  private static void scales(Table table, float[] least, float[] most, List<String> warnings) {
    String small = "";
    String large = "";
    double smallest = Double.POSITIVE_INFINITY;
    double largest = 0;
    int at = 0;
    for (Column column : table.columns()) {
      if (column instanceof NumberColumn) {
        double size = Math.max(Math.abs((double) least[at]), Math.abs((double) most[at]));
        if (size > 0 && size < smallest) {
          smallest = size;
          small = shown(column.name(), least[at], most[at]);
        }
        if (size > largest) {
          largest = size;
          large = shown(column.name(), least[at], most[at]);
        }
      }
      at += column.width();
    }
    if (largest > FAR_APART * smallest) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s and %s differ in scale by more than %,.0f; --standardize brings all columns to"
                  + " one",
              large,
              small,
              FAR_APART));
    }
  }

  private static String shown(String name, float least, float most) {
    return String.format(Locale.ROOT, "column %s (%.4g to %.4g)", Columns.shown(name), least, most);
  }
}
