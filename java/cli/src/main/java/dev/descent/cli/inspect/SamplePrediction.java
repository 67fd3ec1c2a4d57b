package dev.descent.cli.inspect;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.cli.image.PictureFolder;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.ReadProgress;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.data.read.NumpyData;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What a model predicts for many samples: the pictures of a folder (`images:DIR`) or NumPy's
/// arrays (`npz:FILE`, `npy:FILE`). A line a sample, or a file: CSV, `npy` with a row of values a
/// sample, or `npz` with `probabilities` and `classes`.
final class SamplePrediction {
  private static final String IMAGES = "images:";
  private static final List<String> ARRAYS = List.of("npz:", "npy:");

  /// Pictures that are read before they are predicted: more of them would take more memory.
  private static final int CHUNK = 4096;

  private static final int ANSWERS = 3;

  private final Invocation invocation;
  private final Engine engine;
  private final Model model;
  private final Loss loss;
  private final List<String> columns;
  private final boolean regression;
  private final List<String> names = new ArrayList<>();
  private final List<double[]> rows = new ArrayList<>();

  SamplePrediction(Invocation invocation, Engine engine, Model model) {
    this.invocation = invocation;
    this.engine = engine;
    this.model = model;
    this.loss = ModelFacts.loss(model);
    this.regression = loss instanceof MeanSquaredError && ModelFacts.classes(model).isEmpty();
    this.columns = columns();
  }

  /// Whether an argument names samples of these kinds.
  static boolean isNamed(Path argument) {
    String text = argument.toString();
    return text.startsWith(IMAGES) || ARRAYS.stream().anyMatch(text::startsWith);
  }

  private List<String> columns() {
    List<String> classes = ModelFacts.classes(model);
    if (!classes.isEmpty()) {
      return classes;
    }
    if (regression
        && model.preparation().map(Preparation::answers).orElse(null)
            instanceof Preparation.Targets targets) {
      return targets.columns().stream().map(Preparation.Target::name).toList();
    }
    int count = regression ? model.outputs() : Math.max(2, model.outputs());
    return IntStream.range(0, count)
        .mapToObj(i -> (regression ? "value " + (i + 1) : "class " + i))
        .toList();
  }

  /// Predicts.
  ///
  /// @param argument `images:DIR`, `npz:FILE` or `npy:FILE`
  /// @param pictures brings pictures to the model's form
  /// @param out the file to write; null to print
  /// @return the exit status: not 0 where a picture could not be read
  int run(Path argument, Supplier<Pictures> pictures, @Nullable Path out) {
    String text = argument.toString();
    Path place = Path.of(text.substring(text.indexOf(':') + 1));
    if (out != null) {
      requireForm(out);
      AtomicFile.requireWritable(out);
    }
    int status = text.startsWith(IMAGES) ? images(place, pictures.get()) : arrays(place);
    if (!rows.isEmpty()) {
      write(out);
    }
    return status;
  }

  private static void requireForm(Path out) {
    if (!List.of("csv", "npy", "npz").contains(ending(out))) {
      throw new DescentException("--out " + out + ": must end in .csv, .npy or .npz");
    }
  }

  private static String ending(Path out) {
    String name = String.valueOf(out.getFileName()).toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private int images(Path folder, Pictures pictures) {
    int status = ExitStatus.DONE;
    List<Pictures.Picture> chunk = new ArrayList<>();
    List<Path> files = PictureFolder.files(folder);
    var progress = new ReadProgress(invocation, /* pictures= */ true);
    int done = 0;
    for (Path file : files) {
      progress.at(done++, files.size());
      try {
        chunk.add(pictures.read(file));
      } catch (DataException e) {
        // The others may be good.
        status = new Failures(invocation).report(e);
      }
      if (chunk.size() == CHUNK) {
        predict(pictures, chunk);
      }
    }
    progress.end();
    if (!chunk.isEmpty()) {
      predict(pictures, chunk);
    }
    return status;
  }

  private void predict(Pictures pictures, List<Pictures.Picture> chunk) {
    chunk.forEach(picture -> names.add(picture.file().toString()));
    predict(pictures.dataSet(chunk));
    chunk.clear();
  }

  private int arrays(Path place) {
    DataSet data = NumpyData.features(place);
    if (data.features() != model.inputs()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: samples of %,d values; the model takes %,d",
              place,
              data.features(),
              model.inputs()));
    }
    IntStream.rangeClosed(1, data.size()).mapToObj(Integer::toString).forEach(names::add);
    predict(data);
    return ExitStatus.DONE;
  }

  private void predict(DataSet data) {
    float[] outputs = engine.predict(model, data);
    if (regression) {
      int width = model.outputs();
      for (int from = 0; from < outputs.length; from += width) {
        double[] row = new double[width];
        for (int j = 0; j < width; j++) {
          row[j] = value(j, outputs[from + j]);
        }
        rows.add(row);
      }
      return;
    }
    Predictions predictions = Predictions.of(model, loss, outputs);
    int classes = predictions.classes();
    for (int row = 0; row < predictions.size(); row++) {
      rows.add(Arrays.copyOfRange(predictions.probabilities(), row * classes, (row + 1) * classes));
    }
  }

  /// In the target's own unit.
  private double value(int column, double output) {
    return model.preparation().map(Preparation::answers).orElse(null)
            instanceof Preparation.Targets targets
        ? targets.columns().get(column).value(output)
        : output;
  }

  private void write(@Nullable Path out) {
    if (out == null) {
      for (int i = 0; i < rows.size(); i++) {
        invocation.print(Visible.value(names.get(i)) + ": " + shown(rows.get(i)));
      }
      return;
    }
    switch (ending(out)) {
      case "csv" ->
          AtomicFile.write(
              out, stream -> csv(new OutputStreamWriter(stream, StandardCharsets.UTF_8)));
      case "npy" -> Numpy.write(out, values());
      default -> {
        var arrays = new TreeMap<String, NumpyArray>();
        arrays.put(regression ? "values" : "probabilities", values());
        if (!regression) {
          arrays.put(
              "classes",
              NumpyArray.of(rows.stream().mapToInt(SamplePrediction::best).toArray(), rows.size()));
        }
        Numpy.writeAll(out, arrays);
      }
    }
    invocation.print(Text.format("%,d predictions in %s", rows.size(), out));
  }

  private String shown(double[] row) {
    if (regression) {
      return String.join(", ", Arrays.stream(row).mapToObj(Text::figure).toList());
    }
    return IntStream.range(0, row.length)
        .boxed()
        .sorted((a, b) -> row[a] == row[b] ? Integer.compare(a, b) : Double.compare(row[b], row[a]))
        .limit(ANSWERS)
        .map(i -> Text.format("%s (%.4f)", Visible.value(columns.get(i)), row[i]))
        .reduce((a, b) -> a + ", " + b)
        .orElse("");
  }

  private NumpyArray values() {
    int width = rows.getFirst().length;
    float[] all = new float[Math.multiplyExact(rows.size(), width)];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) rows.get(i / width)[i % width];
    }
    return NumpyArray.of(all, rows.size(), width);
  }

  private void csv(Writer out) throws IOException {
    List<String> head = new ArrayList<>(List.of("sample"));
    if (!regression) {
      head.add("class");
    }
    head.addAll(columns);
    line(out, head);
    for (int i = 0; i < rows.size(); i++) {
      List<String> cells = new ArrayList<>(List.of(names.get(i)));
      if (!regression) {
        cells.add(columns.get(best(rows.get(i))));
      }
      for (double value : rows.get(i)) {
        cells.add(Float.toString((float) value));
      }
      line(out, cells);
    }
    out.flush();
  }

  private static int best(double[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }

  private static void line(Writer out, List<String> cells) throws IOException {
    out.write(String.join(",", cells.stream().map(TablePrediction::cell).toList()));
    out.write('\n');
  }
}
