package dev.descent.cli.inspect;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.Task;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.ReadProgress;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Target;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.TableReader;
import dev.descent.internal.format.AtomicFile;
import dev.descent.model.Model;
import dev.descent.train.Predictions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What a model tells of the rows of a table, as a table: a row for each, with its class and the
/// probabilities of all, or with target values in their own unit.
final class TablePrediction {
  private static final String ROW = "row";
  private static final String PREDICTION = "prediction";

  private final Invocation invocation;
  private final Model model;
  private final Preparation preparation;
  private final int top;
  private final List<String> names;

  /// @param top how many classes are told of a row, the most probable first; 0 for the class and
  ///     the probabilities of all
  /// @param names of the columns with the rows' numbers and with the answers; empty for the usual
  /// @throws DataException if the model does not say what it needs
  TablePrediction(Invocation invocation, Model model, int top, List<String> names) {
    this.invocation = invocation;
    this.model = model;
    this.preparation =
        model
            .preparation()
            .orElseThrow(() ->
                new DataException(
                    "the model's file does not say what columns it takes, as those of earlier"
                        + " versions do not; train it anew"));
    this.top = names.isEmpty() ? top : 1;
    this.names = names;
  }

  /// Predicts. A row with a gap of a model that was trained without has no answer, but its place.
  ///
  /// @param task the table
  /// @param options how it is read
  /// @param out where the answers go; null to print them
  void run(Engine engine, Task task, CsvOptions options, @Nullable Path out) {
    TableReader reader =
        new TableReader(options)
            .notes(invocation::print)
            .progress(new ReadProgress(invocation, /* pictures= */ false));
    if (!names.isEmpty()) {
      reader.keep(names.getFirst());
    }
    DataSet data = reader.read(task.toString(), task.path(), preparation, false);
    float[] outputs = engine.predict(model, data);
    List<String> lines = lines(outputs, data.size(), reader.kept(), reader.leftOut());
    if (out == null) {
      lines.forEach(invocation::print);
      return;
    }
    AtomicFile.write(
        out,
        stream -> {
          for (String line : lines) {
            stream.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
    invocation.print(Text.format("%,d predictions written to %s", data.size(), out));
  }

  /// @param leftOut the rows of the table, from 0, that the outputs lack
  private List<String> lines(float[] outputs, int answered, List<String> kept, int[] leftOut) {
    List<String> lines = new ArrayList<>();
    IntFunction<String> answers;
    int cells;
    switch (preparation.answers()) {
      case Preparation.Classes _ -> {
        Predictions predictions = Predictions.of(model, ModelFacts.loss(model), outputs);
        int classes = predictions.classes();
        lines.add(classHeader(classes));
        answers = row -> classes(predictions, row);
        cells = top == 0 ? 1 + classes : top == 1 ? 1 : 2 * Math.min(top, classes);
      }
      case Preparation.Targets targets -> {
        List<Target> columns = targets.columns();
        lines.add(targetHeader(columns));
        answers = row -> values(columns, outputs, row * columns.size());
        cells = columns.size();
      }
    }
    int skipped = 0;
    for (int row = 0; row < answered + leftOut.length; row++) {
      boolean gap = skipped < leftOut.length && leftOut[skipped] == row;
      lines.add(number(row, kept) + (gap ? ",".repeat(cells) : answers.apply(row - skipped)));
      skipped += gap ? 1 : 0;
    }
    return lines;
  }

  private static String values(List<Target> columns, float[] outputs, int from) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> "," + Float.toString((float) columns.get(i).value(outputs[from + i])))
        .collect(Collectors.joining());
  }

  private String classHeader(int classes) {
    if (!names.isEmpty()) {
      return cell(names.getFirst()) + "," + cell(names.getLast());
    }
    if (top == 0) {
      return ROW
          + ","
          + PREDICTION
          + IntStream.range(0, classes)
              .mapToObj(i -> "," + cell("p(" + className(i) + ")"))
              .collect(Collectors.joining());
    }
    return top == 1
        ? ROW + "," + PREDICTION
        : ROW
            + IntStream.rangeClosed(1, Math.min(top, classes))
                .mapToObj(i -> "," + PREDICTION + i + ",probability" + i)
                .collect(Collectors.joining());
  }

  private String targetHeader(List<Target> columns) {
    if (names.isEmpty()) {
      return ROW + columns.stream().map(c -> "," + cell(c.name())).collect(Collectors.joining());
    }
    if (columns.size() > 1) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "--columns names one answer; the model gives %d values a row",
              columns.size()));
    }
    return cell(names.getFirst()) + "," + cell(names.getLast());
  }

  private String number(int row, List<String> kept) {
    return kept.isEmpty() ? Integer.toString(row + 1) : cell(kept.get(row));
  }

  private String classes(Predictions predictions, int row) {
    if (top == 1) {
      return "," + cell(className(predictions.best(row)));
    }
    if (top == 0) {
      return ","
          + cell(className(predictions.best(row)))
          + IntStream.range(0, predictions.classes())
              .mapToObj(i -> "," + probability(predictions, row, i))
              .collect(Collectors.joining());
    }
    return predictions.ranking(row).stream()
        .limit(top)
        .map(i -> "," + cell(className(i)) + "," + probability(predictions, row, i))
        .collect(Collectors.joining());
  }

  private static String probability(Predictions predictions, int row, int index) {
    return Text.format("%.6f", predictions.probability(row, index));
  }

  private String className(int index) {
    List<String> classes = preparation.classNames();
    return index < classes.size() ? classes.get(index) : "class " + index;
  }

  /// A text as a cell of CSV: in quotes where it must be.
  static String cell(String text) {
    return text.matches("[^\",\r\n]*") && text.equals(text.strip())
        ? text
        : '"' + text.replace("\"", "\"\"") + '"';
  }
}
