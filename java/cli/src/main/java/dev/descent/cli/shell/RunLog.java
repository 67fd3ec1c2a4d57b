package dev.descent.cli.shell;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.Json;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The log of a run: a JSON object a line, each on the disk as soon as it is written, so that a log
/// can be followed while training goes on.
///
/// A log tells of one run: an earlier log of that name is replaced, but never a file that is not
/// one. A log that can't be written any more (a full disk) does not end training; [#failure] tells.
public final class RunLog implements Callback {
  private static final String FIRST = "{\"event\":\"run\"";

  private final Path file;
  private @Nullable DescentException failure;

  private RunLog(Path file) {
    this.file = file;
  }

  /// Fails now if the log can't be written later. Leaves nothing behind.
  ///
  /// @throws DescentException naming the file and the reason
  public static void requireWritable(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      // A device or a named pipe: opening it will tell.
      return;
    }
    AtomicFile.requireWritable(file);
    if (!Files.isRegularFile(file)) {
      return;
    }
    if (!Files.isWritable(file)) {
      throw new DescentException("can't write --log " + file + ": permission denied");
    }
    if (!isLog(file)) {
      throw new DescentException(
          "--log " + file + " exists and is no log; move it away or choose another name");
    }
  }

  private static boolean isLog(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(FIRST.length());
      return start.length == 0 || Arrays.equals(start, FIRST.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new DescentException("can't read --log " + file + ": " + AtomicFile.reason(e), e);
    }
  }

  /// Begins a log; what was in it goes.
  ///
  /// @param run the first record, whose first member is `"event":"run"`
  /// @throws DescentException if the file can't be written
  public static RunLog begin(Path file, Json.Members run) {
    var log = new RunLog(file);
    log.write(run, StandardOpenOption.TRUNCATE_EXISTING);
    if (log.failure != null) {
      throw log.failure;
    }
    return log;
  }

  /// The log of a resumed run begins with the epochs before it, so that the log is whole.
  @Override
  public void onTrainBegin(TrainingRun run) {
    run.epochs().forEach(epoch -> onEpochEnd(run, epoch));
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    append(figures(Json.object().put("event", "epoch"), epoch).build());
  }

  /// Adds the figures of an epoch to a record.
  public static Json.Builder figures(Json.Builder record, EpochRecord epoch) {
    record
        .put("epoch", epoch.epoch())
        .put("loss", epoch.loss())
        .put("accuracy", epoch.accuracy())
        .put("valLoss", epoch.valLoss())
        .put("valAccuracy", epoch.valAccuracy())
        .put("seconds", epoch.seconds())
        .put("wholeSeconds", epoch.wholeSeconds())
        .put("valSeconds", epoch.valSeconds())
        .put("samplesPerSecond", epoch.samplesPerSecond());
    if (!epoch.metrics().isEmpty()) {
      Json.Builder metrics = Json.object();
      epoch.metrics().forEach(metrics::put);
      record.put("valMetrics", metrics.build());
    }
    return record;
  }

  @Override
  public void onWarning(TrainingRun run, String warning) {
    append(Json.object().put("event", "warning").put("message", warning).build());
  }

  /// Adds a record.
  public void append(Json.Members members) {
    if (failure == null) {
      write(members, StandardOpenOption.APPEND);
    }
  }

  /// Why the log is not complete, or null if it is.
  public @Nullable DescentException failure() {
    return failure;
  }

  private void write(Json.Members members, StandardOpenOption how) {
    try {
      byte[] line = (members + "\n").getBytes(StandardCharsets.UTF_8);
      Files.write(file, line, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
    } catch (IOException e) {
      failure = new DescentException("can't write --log " + file + ": " + AtomicFile.reason(e), e);
    }
  }
}
