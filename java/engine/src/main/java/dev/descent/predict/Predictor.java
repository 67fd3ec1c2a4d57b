package dev.descent.predict;

import dev.descent.DataException;
import dev.descent.backend.Backend;
import dev.descent.backend.Inference;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.program.ForwardProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Predicts with a model, for any number of threads at the same time and while others train on the
/// same engine. Made by [dev.descent.Engine#predictor].
///
/// ```java
/// Predictor predictor = engine.predictor(model);
/// float[] outputs = predictor.predict(row);   // on any thread
/// predictor.update(better);                   // on another one, once it is trained
/// ```
///
/// A call computes with the model as it was or with the one that replaced it, never with parts of
/// both, and gives the bits of [dev.descent.Engine#predict]. On backends that run on the CPU a call
/// waits for no other thread, and allocates nothing where it is given an array to write to. A GPU
/// does one thing at a time: there a call waits for those before it, and for the steps that
/// training has put in line, some 30 milliseconds.
public final class Predictor implements AutoCloseable {
  private volatile Served served;
  private final int inputs;
  private final int outputs;
  private volatile boolean closed;

  /// A model and what it runs on. Changes as one.
  private static final class Served {
    final Model model;
    final Inference inference;

    Served(Model model, Inference inference) {
      this.model = model;
      this.inference = inference;
    }
  }

  /// Compiles the model.
  ///
  /// @param backend stays the caller's to close
  /// @param model not modified
  public Predictor(Backend backend, Model model) {
    this.inputs = model.inputs();
    this.outputs = model.outputs();
    Model copy = model.with(model.parameters());
    this.served = new Served(copy, backend.inference(new ForwardProgram(copy), copy.parameters()));
  }

  /// {@return the number of values in a row that is predicted for}
  public int inputs() {
    return inputs;
  }

  /// {@return the number of values that are predicted for a row}
  public int outputs() {
    return outputs;
  }

  /// The model's outputs: logits where it has no last activation.
  ///
  /// @param rows one row or several, row-major
  /// @return as many rows of outputs, row-major
  /// @throws IllegalArgumentException if the length is no multiple of [#inputs]
  /// @throws IllegalStateException if this or the engine is closed
  public float[] predict(float[] rows) {
    float[] result = new float[Math.multiplyExact(count(rows.length), outputs)];
    predict(rows, result);
    return result;
  }

  /// The model's outputs, written to an array.
  ///
  /// @param rows one row or several, row-major; not modified
  /// @param result receives as many rows of outputs, row-major, and has no room for more
  /// @throws IllegalArgumentException with the lengths if they do not fit each other and the model
  /// @throws IllegalStateException if this or the engine is closed
  public void predict(float[] rows, float[] result) {
    int count = count(rows.length);
    if (result.length != (long) count * outputs) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%,d rows have %,d outputs each; there is room for %,d values",
              count,
              outputs,
              result.length));
    }
    run(rows, 0, count, result, 0);
  }

  /// The model's outputs for rows that lie anywhere in an array.
  ///
  /// @param rows the first row starts at `from`; not modified
  /// @param from where the first row begins
  /// @param count how many rows, at least 0
  /// @param result receives the outputs, from `to` on
  /// @param to where the first row of outputs goes
  /// @throws IndexOutOfBoundsException if an array ends before
  /// @throws IllegalStateException if this or the engine is closed
  public void predict(float[] rows, int from, int count, float[] result, int to) {
    checkRange(from, count, inputs, rows.length);
    checkRange(to, count, outputs, result.length);
    if (count > 0) {
      run(rows, from, count, result, to);
    }
  }

  private static void checkRange(int from, int count, int width, int length) {
    if (from < 0 || count < 0 || from + (long) count * width > length) {
      throw new IndexOutOfBoundsException(
          String.format(
              Locale.ROOT,
              "%,d rows of %,d values from %,d on, of an array of %,d",
              count,
              width,
              from,
              length));
    }
  }

  private int count(int length) {
    if (length == 0 || length % inputs != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%,d values are no rows; the model takes %,d inputs", length, inputs));
    }
    return length / inputs;
  }

  private void run(float[] rows, int from, int count, float[] result, int to) {
    while (true) {
      Served current = served;
      try {
        current.inference.run(rows, from, count, result, to);
        return;
      } catch (IllegalStateException e) {
        retry(current, e);
      }
    }
  }

  /// What was replaced since it was looked at is closed: its successor answers.
  private void retry(Served failed, IllegalStateException e) {
    if (closed || failed.equals(served)) {
      throw e;
    }
  }

  /// {@return what the model says to a row of the values that it takes, in the words of its
  /// preparation}
  ///
  /// @param row of [#inputs] values
  /// @throws IllegalArgumentException if the length differs
  /// @throws IllegalStateException if the model has no preparation, or this or the engine is closed
  public Prediction answer(float[] row) {
    if (row.length != inputs) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "a row of %,d values; the model takes %,d", row.length, inputs));
    }
    return answer(_ -> row);
  }

  /// {@return what the model says to a record, which is prepared as the training data were}
  ///
  /// @param record a number or a text for the name of each column that the model takes; null or an
  ///     empty text for a missing value; more names are passed over
  /// @throws dev.descent.DataException naming the column if a value is not there or does not fit it
  /// @throws IllegalStateException if the model does not take tables, or this or the engine is
  ///     closed
  public Prediction answer(Map<String, ?> record) {
    return answer(preparation -> row(table(preparation), record));
  }

  /// {@return what the model says to the cells of a table's row, which are prepared as the training
  /// data were}
  ///
  /// @param cells a number or a text for each column that the model takes, in the order of the
  ///     training file; null or an empty text for a missing value
  /// @throws dev.descent.DataException naming the column if a cell does not fit it
  /// @throws IllegalStateException if the model does not take tables, or this or the engine is
  ///     closed
  public Prediction answer(List<? extends @Nullable Object> cells) {
    return answer(preparation -> table(preparation).row(cells));
  }

  /// {@return what the model says to a picture of the size that it takes}
  ///
  /// @param pixels a byte each, 0 to 255, row by row
  /// @throws dev.descent.DataException if they are too few or too many
  /// @throws IllegalStateException if the model does not take pictures, or this or the engine is
  ///     closed
  public Prediction answer(byte[] pixels) {
    return answer(preparation -> row(preparation, pixels));
  }

  private Prediction answer(Function<Preparation, float[]> prepare) {
    while (true) {
      Served current = served;
      Preparation preparation =
          current
              .model
              .preparation()
              .orElseThrow(() ->
                  new IllegalStateException(
                      "the model does not know what its data were; call predict with the values"
                          + " that it takes"));
      float[] row = prepare.apply(preparation);
      float[] result = new float[outputs];
      try {
        current.inference.run(row, 0, 1, result, 0);
        return Prediction.of(current.model, preparation.answers(), result);
      } catch (IllegalStateException e) {
        retry(current, e);
      }
    }
  }

  private static Preparation.Table table(Preparation preparation) {
    if (preparation.inputs() instanceof Preparation.Table table) {
      return table;
    }
    throw new IllegalStateException("the model takes " + preparation.inputs() + ", not records");
  }

  private static float[] row(Preparation.Table table, Map<String, ?> record) {
    List<@Nullable Object> cells = new ArrayList<>();
    for (String name : table.names()) {
      if (!record.containsKey(name)) {
        throw new DataException(
            "the record has no value for column '%s'".formatted(Visible.value(name)));
      }
      cells.add(record.get(name));
    }
    return table.row(cells);
  }

  private static float[] row(Preparation preparation, byte[] pixels) {
    Preparation.Picture picture = preparation.picture();
    if (picture == null) {
      throw new IllegalStateException("the model takes records, not pictures");
    }
    if (pixels.length != picture.features()) {
      throw new DataException(
          String.format(
              Locale.ROOT, "a picture of %,d bytes; the model takes %s", pixels.length, picture));
    }
    float[] row = new float[pixels.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = DataSet.BYTE_SCALE * (pixels[i] & 0xFF);
    }
    return row;
  }

  /// Replaces the model. Calls that begin once this has returned answer by the new one; nobody
  /// waits.
  ///
  /// @param model of the same layers; not modified, and not referred to after the call
  /// @throws IllegalArgumentException if the layers differ
  /// @throws IllegalStateException if this or the engine is closed
  /// @throws dev.descent.DeviceException if the memory does not suffice; the old model stays
  public synchronized void update(Model model) {
    requireOpen();
    Served old = served;
    if (!model.input().equals(old.model.input()) || !model.layers().equals(old.model.layers())) {
      throw new IllegalArgumentException(
          "the new model's layers are %s, not %s; make another predictor for them"
              .formatted(model.layers(), old.model.layers()));
    }
    Model copy = model.with(model.parameters());
    served = new Served(copy, old.inference.with(copy.parameters()));
    old.inference.close();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this predictor is closed");
    }
  }

  /// Frees what this holds on the device, once the calls of other threads have ended. Idempotent.
  /// The engine stays open.
  @Override
  public synchronized void close() {
    closed = true;
    served.inference.close();
  }
}
