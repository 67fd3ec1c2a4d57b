package dev.descent.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.EarlyStopping;
import dev.descent.train.History;
import dev.descent.train.Metric;
import dev.descent.train.ModelCheckpoint;
import dev.descent.train.Monitor;
import dev.descent.train.objective.Loss;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Names, keys, texts and files are the same in every country: in Egypt and Iran, whose digits are
/// others, and in Turkey, whose small i has a dot as a capital.
@Isolated
final class LocaleTest {
  private final Locale before = Locale.getDefault();
  @TempDir private Path folder;

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  @Test
  void aRunLeavesTheSameEverywhere() throws IOException {
    Locale.setDefault(Locale.ROOT);
    List<String> wanted = run(Files.createDirectory(folder.resolve("root")));
    for (String tag : List.of("ar-EG", "tr-TR", "fa-IR", "hi-IN-u-nu-deva")) {
      Locale.setDefault(Locale.forLanguageTag(tag));
      assertEquals(wanted, run(Files.createDirectory(folder.resolve(tag))), tag);
    }
  }

  /// Trains, saves, loads and logs.
  ///
  /// @return what can be read of it
  private static List<String> run(Path place) throws IOException {
    float[] x = {1, 2, 3, 4};
    DataSet data = DataSet.classes("four", x, 1, new int[] {0, 1, 0, 1}, List.of("I", "i"));
    Model model = Model.sequential(1).dense(1200, Activation.SIGMOID).dense(2).build(1);
    History history;
    try (Engine engine = Engine.open("reference")) {
      history =
          engine
              .trainer(model)
              .batch(2)
              .validation(data)
              .metrics(List.of(Metric.parse("recall:i")))
              .callback(new EarlyStopping(Monitor.named("val_recall:i"), 1, 0, false))
              .callback(new ModelCheckpoint(place.resolve("{epoch:02d}-{val_loss:.4f}")))
              .callback(new CsvLog(place.resolve("log.csv")))
              .callback(new TensorBoardLog(place.resolve("tb")))
              .fit(data, 12);
    }
    model.save(place.resolve("model"));
    Model loaded = Model.load(place.resolve("model"));
    assertArrayEquals(model.parameters(), loaded.parameters());
    Numpy.write(place.resolve("a.npy"), NumpyArray.of(x, 2, 2));
    assertEquals("(2, 2)", Numpy.read(place.resolve("a.npy")).shape());
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(name), name);
      }
    }
    List<String> names;
    try (Stream<Path> files = Files.list(place)) {
      names = files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Loss.softmaxCrossEntropy().requireFit(1234, data));
    return List.of(
        String.join(" ", names),
        Files.readString(place.resolve("log.csv")),
        String.valueOf(history.stopReason()),
        loaded.summary(),
        loaded.layers().toString(),
        String.valueOf(refused.getMessage()));
  }
}
