package dev.descent.report;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes event files that TensorBoard shows, under the names that Keras gives them: the folders
/// `train` and `validation`, and in them the scalars `epoch_loss`, `epoch_accuracy`,
/// `epoch_learning_rate` and `epoch_seconds`, each with the epoch, counted from 0, as its step.
///
/// A folder serves one run, whose parts may be several where it was resumed: TensorBoard would mix
/// the curves of two. A file that can't be written any more does not end training; [#failure]
/// tells.
public final class TensorBoardLog implements Callback {
  private static final String TRAIN = "train";
  private static final String VALIDATION = "validation";
  private static final String EVENTS = "events.out.tfevents.";

  private final Path folder;
  private @Nullable LogFile training;
  private @Nullable LogFile validation;

  /// Makes one that writes its files into a folder.
  ///
  /// @param folder for the event files of training and validation
  public TensorBoardLog(Path folder) {
    this.folder = folder;
  }

  /// Fails if the folder can't be made, or has the events of an earlier run.
  ///
  /// @param folder for the event files of training and validation
  /// @param resumed whether the earlier run is the one that goes on
  /// @throws DescentException naming the folder and the reason
  public static void requireWritable(Path folder, boolean resumed) {
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new DescentException("can't write to " + folder + ": permission denied");
      }
      if (!resumed && (hasEvents(folder.resolve(TRAIN)) || hasEvents(folder.resolve(VALIDATION)))) {
        throw new DescentException(
            folder
                + " has the events of an earlier run, whose curves would be mixed with this one's;"
                + " move it away or choose another folder");
      }
    } catch (IOException e) {
      throw new DescentException("can't write to " + folder + ": " + AtomicFile.reason(e), e);
    }
  }

  private static boolean hasEvents(Path part) throws IOException {
    if (!Files.isDirectory(part)) {
      return false;
    }
    try (Stream<Path> files = Files.list(part)) {
      return files.anyMatch(f -> f.getFileName().toString().startsWith(EVENTS));
    }
  }

  /// @throws DescentException if the folder can't be written, or has the events of another run
  @Override
  public void onTrainBegin(TrainingRun run) {
    List<EpochRecord> earlier = run.epochs();
    requireWritable(folder, !run.stops().isEmpty());
    try {
      boolean told = hasEvents(folder.resolve(TRAIN));
      training = begin(TRAIN);
      validation = run.settings().validation() == null ? null : begin(VALIDATION);
      if (!told) {
        earlier.forEach(this::add);
      }
    } catch (IOException e) {
      throw new DescentException("can't write to " + folder + ": " + AtomicFile.reason(e), e);
    }
  }

  private LogFile begin(String part) throws IOException {
    Path parent = Files.createDirectories(folder.resolve(part));
    long millis = System.currentTimeMillis();
    String name =
        String.format(
            Locale.ROOT,
            "%s%010d.descent.%d.%03d",
            EVENTS,
            millis / 1000,
            ProcessHandle.current().pid(),
            millis % 1000);
    var log = new LogFile(parent.resolve(name));
    log.begin(EventRecord.version(seconds()));
    return log;
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    add(epoch);
  }

  private void add(EpochRecord epoch) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("epoch_loss", epoch.loss());
    scalars.put("epoch_accuracy", epoch.accuracy());
    scalars.put("epoch_learning_rate", epoch.learningRate());
    scalars.put("epoch_seconds", epoch.seconds());
    append(training, epoch, scalars);
    Map<String, Double> validated = new LinkedHashMap<>();
    validated.put("epoch_loss", epoch.valLoss());
    validated.put("epoch_accuracy", epoch.valAccuracy());
    epoch.metrics().forEach((name, value) -> validated.put("epoch_" + name, value));
    validated.put("epoch_seconds", epoch.valSeconds());
    append(validation, epoch, validated);
  }

  /// Figures that are not there are left out; a loss that is not a number is one.
  private static void append(
      @Nullable LogFile log, EpochRecord epoch, Map<String, Double> scalars) {
    if (log != null) {
      scalars.entrySet().removeIf(s -> s.getValue().isNaN() && !s.getKey().endsWith("loss"));
      log.append(EventRecord.scalars(seconds(), epoch.epoch() - 1, scalars));
    }
  }

  private static double seconds() {
    return System.currentTimeMillis() / 1e3;
  }

  /// {@return why the log is not complete, or null if it is}
  public @Nullable DescentException failure() {
    DescentException first = training == null ? null : training.failure();
    return first != null || validation == null ? first : validation.failure();
  }
}
