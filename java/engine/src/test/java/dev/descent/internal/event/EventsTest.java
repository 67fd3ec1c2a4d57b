package dev.descent.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.testing.Inputs;
import dev.descent.train.History;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a recording has of a training, held against the training's own history.
final class EventsTest {
  private static final int ROWS = 50;
  private static final int EPOCHS = 3;

  private static History train() {
    Inputs inputs = Inputs.fresh();
    DataSet data =
        DataSet.classes(
            "rows", inputs.floats(ROWS * 6L), 6, inputs.indices(ROWS, 3), List.of("a", "b", "c"));
    try (Engine engine = Engine.open("cpu", 1)) {
      Model model = Model.sequential(6).dense(5).dense(3).build(1);
      return engine.trainer(model).batch(16).validation(data).fit(data, EPOCHS);
    }
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
    return events.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
  }

  @Test
  void aRecordingHasEpochsStepsCompilationsAndMemory(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("training.jfr");
    History history;
    try (var recording = new Recording()) {
      recording.enable("dev.descent.Step").withThreshold(java.time.Duration.ZERO);
      recording.start();
      history = train();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    List<RecordedEvent> epochs = of(events, "dev.descent.Epoch");
    assertEquals(EPOCHS, epochs.size());
    for (int i = 0; i < EPOCHS; i++) {
      RecordedEvent event = epochs.get(i);
      assertEquals("cpu", event.getString("backend"));
      assertEquals(i + 1, event.getInt("epoch"));
      assertEquals(history.epochs().get(i).loss(), event.getDouble("loss"));
      assertEquals(history.epochs().get(i).valAccuracy(), event.getDouble("validationAccuracy"));
      assertTrue(event.getDuration().toNanos() > 0);
    }
    List<RecordedEvent> steps = of(events, "dev.descent.Step");
    long trained =
        steps.stream()
            .filter(e -> e.getString("step").startsWith("train"))
            .mapToLong(e -> e.getLong("samples"))
            .sum();
    assertEquals((long) ROWS * EPOCHS, trained);
    List<RecordedEvent> compilations = of(events, "dev.descent.Compile");
    assertEquals(1, compilations.size());
    assertTrue(compilations.getFirst().getInt("operations") > 10);
    long bytes = compilations.getFirst().getLong("bytes");
    List<RecordedEvent> memory = of(events, "dev.descent.DeviceMemory");
    assertEquals(List.of(bytes, 0L), memory.stream().map(e -> e.getLong("bytes")).toList());
    assertEquals(List.of(1, 0), memory.stream().map(e -> e.getInt("executables")).toList());
  }

  @Test
  void nothingIsRecordedOtherwise(@TempDir Path folder) throws Exception {
    train();
    Path file = folder.resolve("nothing.jfr");
    try (var recording = new Recording()) {
      recording.start();
      recording.stop();
      recording.dump(file);
    }
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      assertTrue(!event.getEventType().getName().startsWith("dev.descent"), event::toString);
    }
  }
}
