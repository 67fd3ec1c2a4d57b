package dev.descent.report;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes a line an epoch into a CSV file, in the manner of Keras' CSVLogger: the epoch, counted
/// from 0, then the figures in the order of their names:
/// `epoch,accuracy,learning_rate,loss,val_accuracy, val_loss`, those that the run does not have
/// left out. The file of a resumed run begins with the epochs before it.
///
/// A log of an earlier run is replaced, but never a file that is not one. Serves one run at a time.
/// A file that can't be written any more does not end training; [#failure] tells.
public final class CsvLog implements Callback {
  private static final String EPOCH = "epoch";

  private final Path file;
  private final LogFile log;
  private boolean empty = true;

  /// Makes one that writes a file.
  ///
  /// @param file is replaced when training begins
  public CsvLog(Path file) {
    this.file = file;
    this.log = new LogFile(file);
  }

  /// Fails now if the log can't be written later. Leaves nothing behind.
  ///
  /// @param file is replaced when training begins
  /// @throws DescentException naming the file and the reason
  public static void requireWritable(Path file) {
    AtomicFile.requireWritable(file);
    if (!Files.isRegularFile(file)) {
      return;
    }
    byte[] wanted = (EPOCH + ",").getBytes(StandardCharsets.US_ASCII);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(wanted.length);
      if (start.length > 0 && !Arrays.equals(start, wanted)) {
        throw new DescentException(
            file + " exists and is no log of epochs; move it away or choose another name");
      }
    } catch (IOException e) {
      throw new DescentException("can't read " + file + ": " + AtomicFile.reason(e), e);
    }
  }

  /// @throws DescentException if the file can't be written
  @Override
  public void onTrainBegin(TrainingRun run) {
    requireWritable(file);
    empty = true;
    log.begin(new byte[0]);
    run.epochs().forEach(this::add);
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    add(epoch);
  }

  private void add(EpochRecord epoch) {
    boolean classified = !Double.isNaN(epoch.accuracy());
    boolean validated = !Double.isNaN(epoch.valAccuracy()) || !Double.isNaN(epoch.valLoss());
    List<String> names = new ArrayList<>(List.of(EPOCH));
    List<String> values = new ArrayList<>(List.of(Integer.toString(epoch.epoch() - 1)));
    column(names, values, classified, "accuracy", epoch.accuracy());
    column(names, values, true, "learning_rate", epoch.learningRate());
    column(names, values, true, "loss", epoch.loss());
    Map<String, Double> validation = new TreeMap<>();
    epoch.metrics().forEach((name, value) -> validation.put("val_" + name, value));
    if (classified && validated) {
      validation.put("val_accuracy", epoch.valAccuracy());
    }
    if (validated) {
      validation.put("val_loss", epoch.valLoss());
    }
    validation.forEach((name, value) -> column(names, values, true, quoted(name), value));
    String header = empty ? String.join(",", names) + "\n" : "";
    empty = false;
    log.append((header + String.join(",", values) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// A column's name, in quotes where it holds what ends one.
  private static String quoted(String name) {
    return name.matches("[^\",\r\n]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  private static void column(
      List<String> names, List<String> values, boolean there, String name, double value) {
    if (there) {
      names.add(name);
      values.add(text(value));
    }
  }

  /// As Python writes numbers: `nan`, `inf`.
  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return Double.toString(value);
  }

  /// {@return why the log is not complete, or null if it is}
  public @Nullable DescentException failure() {
    return log.failure();
  }
}
