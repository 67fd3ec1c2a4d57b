package dev.descent.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logs of small runs, read back by other readers.
class LogsTest {
  @TempDir private Path folder;

  private static final DataSet ROWS =
      DataSet.classes(
          "rows", new float[] {1, 2, 3, 4, 5, 6}, 2, new int[] {0, 1, 0}, List.of("p", "q"));

  private static History train(DataSet validation, int epochs, Callback... callbacks) {
    try (Engine engine = Engine.open("reference")) {
      var trainer = engine.trainer(Model.sequential(2).dense(2).build(1)).validation(validation);
      for (Callback callback : callbacks) {
        trainer.callback(callback);
      }
      return trainer.fit(ROWS, epochs);
    }
  }

  @Test
  void theColumnsAreThoseOfKeras() throws Exception {
    Path file = folder.resolve("log.csv");
    var log = new CsvLog(file);
    History history = train(ROWS, 3, log);
    assertNull(log.failure());
    List<String> lines = Files.readAllLines(file);
    assertEquals("epoch,accuracy,learning_rate,loss,val_accuracy,val_loss", lines.getFirst());
    assertEquals(4, lines.size());
    for (int e = 0; e < 3; e++) {
      EpochRecord epoch = history.epochs().get(e);
      String[] cells = lines.get(e + 1).split(",", -1);
      assertEquals(Integer.toString(e), cells[0]);
      double[] expected = {
        epoch.accuracy(), epoch.learningRate(), epoch.loss(), epoch.valAccuracy(), epoch.valLoss()
      };
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], Double.parseDouble(cells[i + 1]));
      }
    }
    train(null, 1, new CsvLog(file));
    assertEquals("epoch,accuracy,learning_rate,loss", Files.readAllLines(file).getFirst());
    Files.writeString(file, "label,pixel1\n");
    assertThrows(DescentException.class, () -> train(null, 1, new CsvLog(file)));
    assertEquals("label,pixel1\n", Files.readString(file));
  }

  @Test
  void targetsHaveNoAccuracy() throws Exception {
    Path file = folder.resolve("log.csv");
    DataSet data = DataSet.targets("line", new float[] {1, 2}, 1, new float[] {3, 5}, 1);
    try (Engine engine = Engine.open("reference")) {
      engine
          .trainer(Model.sequential(1).dense(1).build(1))
          .loss(Loss.meanSquaredError())
          .validation(data)
          .callback(new CsvLog(file))
          .fit(data, 1);
    }
    assertEquals("epoch,learning_rate,loss,val_loss", Files.readAllLines(file).getFirst());
  }

  @Test
  void tensorBoardsFilesAreReadBack() throws Exception {
    Path events = folder.resolve("events");
    var log = new TensorBoardLog(events);
    History history = train(ROWS, 3, log);
    assertNull(log.failure());
    List<Map<String, Float>> training = scalars(events.resolve("train"));
    List<Map<String, Float>> validation = scalars(events.resolve("validation"));
    assertEquals(3, training.size());
    for (int e = 0; e < 3; e++) {
      EpochRecord epoch = history.epochs().get(e);
      assertEquals(
          Map.of(
              "epoch_loss", (float) epoch.loss(),
              "epoch_accuracy", (float) epoch.accuracy(),
              "epoch_learning_rate", (float) epoch.learningRate(),
              "epoch_seconds", (float) epoch.seconds()),
          training.get(e));
      assertEquals(
          Map.of(
              "epoch_loss", (float) epoch.valLoss(),
              "epoch_accuracy", (float) epoch.valAccuracy(),
              "epoch_seconds", (float) epoch.valSeconds()),
          validation.get(e));
    }
  }

  @Test
  void curvesOfTwoRunsAreNotMixed() {
    Path events = folder.resolve("events");
    train(null, 1, new TensorBoardLog(events));
    assertFalse(Files.exists(events.resolve("validation")));
    assertThrows(DescentException.class, () -> train(null, 1, new TensorBoardLog(events)));
    TensorBoardLog.requireWritable(events, true);
  }

  @Test
  void largeStepsAndStrangeNamesSurvive() throws Exception {
    byte[] record = EventRecord.scalars(1.5, 1L << 40, Map.of("損失".repeat(100), 2.0));
    DynamicMessage event = events(record).getFirst();
    assertEquals(1.5, field(event, "wall_time"));
    assertEquals(1L << 40, field(event, "step"));
  }

  /// The scalars of a folder's only file, in the order of their steps, which must be 0, 1, 2...
  private static List<Map<String, Float>> scalars(Path part) throws Exception {
    try (var files = Files.list(part)) {
      List<DynamicMessage> events = events(Files.readAllBytes(files.toList().getFirst()));
      assertEquals("brain.Event:2", field(events.getFirst(), "file_version"));
      List<Map<String, Float>> all = new ArrayList<>();
      for (DynamicMessage event : events.subList(1, events.size())) {
        assertEquals((long) all.size(), field(event, "step"));
        Map<String, Float> scalars = new TreeMap<>();
        for (Object value : (List<?>) field((DynamicMessage) field(event, "summary"), "value")) {
          DynamicMessage scalar = (DynamicMessage) value;
          scalars.put((String) field(scalar, "tag"), (Float) field(scalar, "simple_value"));
        }
        all.add(scalars);
      }
      return all;
    }
  }

  private static Object field(DynamicMessage message, String name) {
    return message.getField(message.getDescriptorForType().findFieldByName(name));
  }

  /// Reads TFRecords, every checksum checked, and parses them by the published schema.
  private static List<DynamicMessage> events(byte[] file) throws Exception {
    Descriptor schema = schema();
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<DynamicMessage> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertEquals(masked(length), in.getInt());
      byte[] message =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(message);
      assertEquals(masked(message), in.getInt());
      DynamicMessage event = DynamicMessage.parseFrom(schema, message);
      assertEquals(Map.of(), event.getUnknownFields().asMap());
      events.add(event);
    }
    return events;
  }

  private static int masked(byte[] bytes) {
    var checksum = new CRC32C();
    checksum.update(bytes);
    long crc = checksum.getValue();
    return (int) ((((crc >>> 15) | (crc << 17)) + 0xa282ead8L) & 0xFFFF_FFFFL);
  }

  /// What is needed here of event.proto and summary.proto.
  private static Descriptor schema() throws Exception {
    var value =
        DescriptorProto.newBuilder()
            .setName("Value")
            .addField(field("tag", 1, FieldDescriptorProto.Type.TYPE_STRING))
            .addField(field("simple_value", 2, FieldDescriptorProto.Type.TYPE_FLOAT));
    var summary =
        DescriptorProto.newBuilder()
            .setName("Summary")
            .addNestedType(value)
            .addField(
                field("value", 1, FieldDescriptorProto.Type.TYPE_MESSAGE)
                    .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
                    .setTypeName(".Summary.Value"));
    var event =
        DescriptorProto.newBuilder()
            .setName("Event")
            .addField(field("wall_time", 1, FieldDescriptorProto.Type.TYPE_DOUBLE))
            .addField(field("step", 2, FieldDescriptorProto.Type.TYPE_INT64))
            .addField(field("file_version", 3, FieldDescriptorProto.Type.TYPE_STRING))
            .addField(
                field("summary", 5, FieldDescriptorProto.Type.TYPE_MESSAGE)
                    .setTypeName(".Summary"));
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("event.proto")
            .setSyntax("proto3")
            .addMessageType(summary)
            .addMessageType(event)
            .build();
    return FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("Event");
  }

  private static FieldDescriptorProto.Builder field(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
  }
}
