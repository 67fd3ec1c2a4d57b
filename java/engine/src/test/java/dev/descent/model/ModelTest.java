package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.format.Safetensors;
import dev.descent.program.Activation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
  private static Model course() {
    return Model.sequential(784)
        .dense(512, Activation.RELU)
        .dense(512, Activation.RELU)
        .dense(10)
        .build(1);
  }

  @Test
  void theCoursesModelHasTheKnownNumberOfParameters() {
    assertEquals(669_706, course().parameterCount());
    assertEquals(10, course().outputs());
    assertTrue(course().summary().contains("669,706"), course().summary());
    assertTrue(course().summary().contains("401,920"), course().summary());
  }

  @Test
  void matricesStartOnCacheLinesAndDoNotOverlap() {
    Model model = Model.sequential(3).dense(5).dropout(0.1f).dense(7).build(0);
    long end = 0;
    for (Parameter parameter : model.parameterList()) {
      assertEquals(0, parameter.offset() % 16, parameter.toString());
      assertTrue(parameter.offset() >= end, parameter.toString());
      end = parameter.offset() + parameter.size();
    }
    assertTrue(model.parameters().length >= end);
  }

  @Test
  void onesAreOnes() {
    Model model = Model.sequential(2).dense(3, Activation.RELU, Initializer.ONES).build(3);
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1}, model.get("dense1.weight"));
  }

  @ParameterizedTest
  @EnumSource(value = Initializer.class, mode = EnumSource.Mode.EXCLUDE, names = "ONES")
  void initialWeightsAndBiasesHaveThePublishedVariance(Initializer initializer) {
    int inputs = 300;
    int units = 500;
    Model model = Model.sequential(inputs).dense(units, Activation.RELU, initializer).build(3);
    double variance =
        switch (initializer) {
          case GLOROT_UNIFORM, GLOROT_NORMAL -> 2.0 / (inputs + units);
          case HE_UNIFORM, HE_NORMAL -> 2.0 / inputs;
          case FAN_IN_UNIFORM -> 1.0 / (3.0 * inputs);
          case ZEROS -> 0;
          case ONES -> throw new AssertionError();
        };
    boolean uniform = initializer.name().endsWith("UNIFORM");
    assertVariance(variance, 0.02, uniform, model.get("dense1.weight"));
    if (initializer == Initializer.FAN_IN_UNIFORM) {
      assertVariance(variance, 0.2, uniform, model.get("dense1.bias"));
    } else {
      assertArrayEquals(new float[units], model.get("dense1.bias"));
    }
  }

  private static void assertVariance(
      double variance, double tolerance, boolean uniform, float[] weights) {
    double mean = 0;
    double squares = 0;
    double largest = 0;
    for (float w : weights) {
      mean += w;
      squares += (double) w * w;
      largest = Math.max(largest, Math.abs(w));
    }
    mean /= weights.length;
    squares /= weights.length;
    assertEquals(0, mean, 5 * Math.sqrt(variance / weights.length));
    assertEquals(variance, squares, tolerance * variance);
    if (uniform) {
      assertTrue(largest <= Math.sqrt(3 * variance) * 1.000001, "largest " + largest);
    }
  }

  @Test
  void theSeedDecidesTheWeights() {
    assertArrayEquals(course().parameters(), course().parameters());
    Model other = Model.sequential(784).dense(512, Activation.RELU).dense(10).build(2);
    assertFalse(
        Arrays.equals(course().get("dense1.weight"), other.get("dense1.weight")), "same weights");
  }

  @Test
  void whatCannotBeAModelIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Model.sequential(3).build(0));
    assertThrows(IllegalArgumentException.class, () -> Model.sequential(0).dense(1).build(0));
    assertThrows(IllegalArgumentException.class, () -> Model.sequential(3).dense(0));
    assertThrows(IllegalArgumentException.class, () -> Model.sequential(3).dropout(1));
    assertThrows(
        IllegalArgumentException.class, () -> Model.sequential(1 << 20).dense(1 << 20).build(0));
    Model model = course();
    assertThrows(IllegalArgumentException.class, () -> model.get("dense4.weight"));
    assertThrows(IllegalArgumentException.class, () -> model.set("dense1.bias", new float[3]));
  }

  @Test
  void savedAndLoadedItIsTheSame(@TempDir Path folder) throws Exception {
    Model model =
        Model.sequential(13)
            .dense(17, Activation.GELU, Initializer.HE_NORMAL)
            .dropout(0.25f)
            .activation(Activation.TANH)
            .dense(3)
            .build(9);
    model.metadata().put("classes", "[\"a\",\"b\",\"\u00e7\"]");
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    Model loaded = Model.load(file);
    assertEquals(model.layers(), loaded.layers());
    assertEquals(13, loaded.inputs());
    assertArrayEquals(model.parameters(), loaded.parameters());
    assertEquals(model.metadata(), loaded.metadata());
    byte[] first = Files.readAllBytes(file);
    loaded.save(file);
    assertArrayEquals(first, Files.readAllBytes(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"inputs\":2,\"layers\":[{}]}",
        "{\"inputs\":2,\"layers\":[7]}",
        "{\"inputs\":2,\"layers\":[{\"two\\nlines\":1}]}",
        "{\"inputs\":2}",
        "{\"inputs\":0,\"layers\":[{\"dense\":3}]}",
        "{\"inputs\":2,\"layers\":[]}",
        "{\"inputs\":2,\"layers\":[{\"dropout\":0.5}]}",
        "{\"inputs\":2,\"layers\":[{\"dense\":4,\"activation\":\"relu\","
            + "\"initializer\":\"he_normal\"}]}",
        "{\"inputs\":2,\"layers\":[{\"dense\":3,\"activation\":\"rely\","
            + "\"initializer\":\"he_normal\"}]}",
        "{\"inputs\":2,\"layers\":[{\"dense\":3},{\"dense\":3}]}",
        "{\"inputs\":2147483647,\"layers\":[{\"dense\":2147483647,\"activation\":\"relu\","
            + "\"initializer\":\"zeros\"},{\"dense\":2147483647,\"activation\":\"relu\","
            + "\"initializer\":\"zeros\"},{\"dense\":2147483647,\"activation\":\"relu\","
            + "\"initializer\":\"zeros\"}]}",
        "{\"inputs\":2,\"layers\":[{\"dense\":3,\"activation\":\"relu\","
            + "\"initializer\":\"zeros\"},{\"dropout\":7}]}"
      })
  void aDescriptionThatLiesIsRefusedByName(String description, @TempDir Path folder) {
    Path file = folder.resolve("lie.safetensors");
    Safetensors.write(
        file,
        List.of(
            Safetensors.Entry.of("dense1.weight", new float[6], 2, 3),
            Safetensors.Entry.of("dense1.bias", new float[3], 3)),
        Map.of(ModelFile.LAYERS, description));
    var e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(e.getMessage().contains("lie.safetensors"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void theFirstNumberThatIsNoneIsNamed() {
    Model model = Model.sequential(3).dense(4).dense(2).build(1);
    assertEquals(Optional.empty(), model.firstNonFinite());
    float[] bias = model.get("dense2.bias");
    bias[1] = Float.NEGATIVE_INFINITY;
    model.set("dense2.bias", bias);
    assertEquals(Optional.of("dense2.bias[1] is -Infinity"), model.firstNonFinite());
    float[] weight = model.get("dense1.weight");
    weight[7] = Float.NaN;
    model.set("dense1.weight", weight);
    assertEquals(Optional.of("dense1.weight[7] is NaN"), model.firstNonFinite());
    assertTrue(model.summary().contains("Warning: dense1.weight[7] is NaN"), model.summary());
  }

  @Test
  void aSafetensorsFileOfSomebodyElseIsRefused(@TempDir Path folder) {
    Path file = folder.resolve("other.safetensors");
    Safetensors.write(file, List.of(Safetensors.Entry.of("w", new float[1], 1)), Map.of());
    var e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(e.getMessage().contains("not a model of Descent"), e.getMessage());
  }

  /// A file of version 0.1, of a model with layers of each kind: it is read, and written again with
  /// the same bytes but for the digests, which it did not have.
  @Test
  void aFileWrittenBeforeIsRead(@TempDir Path folder) throws Exception {
    Path old = Path.of(ModelTest.class.getResource("version-0.1.safetensors").toURI());
    Model model = Model.load(old);
    assertEquals(
        List.of(
            new Dense(5, Activation.GELU, Initializer.HE_UNIFORM),
            new Dropout(0.25f),
            new Dense(4, Activation.LINEAR, Initializer.HE_NORMAL),
            new Activate(Activation.TANH),
            new Dense(3, Activation.LINEAR, Initializer.GLOROT_UNIFORM)),
        model.layers());
    Safetensors.Contents before = Safetensors.read(old);
    Path file = folder.resolve("again.safetensors");
    model.save(
        file,
        before.entries().stream().filter(e -> e.name().startsWith("training.")).toList(),
        "training.state",
        before.metadata().get("training.state"));
    assertArrayEquals(tensors(old), tensors(file));
    Map<String, String> after = new TreeMap<>(Safetensors.read(file).metadata());
    after.remove(Digests.NAME);
    assertEquals(new TreeMap<>(before.metadata()), after);
  }

  /// What follows the header, whose length the first eight bytes tell.
  private static byte[] tensors(Path file) throws Exception {
    byte[] all = Files.readAllBytes(file);
    long header = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return Arrays.copyOfRange(all, Math.toIntExact(Long.BYTES + header), all.length);
  }

  @Test
  void aLayerOfAnUnknownTypeIsNamed(@TempDir Path folder) {
    Path file = folder.resolve("new.safetensors");
    Safetensors.write(
        file,
        List.of(Safetensors.Entry.of("warp1.weight", new float[6], 2, 3)),
        Map.of(ModelFile.LAYERS, "{\"inputs\":2,\"layers\":[{\"warp\":9}]}"));
    var e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(e.getMessage().contains("new.safetensors"), e.getMessage());
    assertTrue(e.getMessage().contains("no layer type warp"), e.getMessage());
    assertTrue(e.getMessage().contains("LayerTypes.register"), e.getMessage());
  }

  @Test
  void aLayerThatDoesNotFitIsNamedWithItsInput() {
    Model.Builder builder = Model.sequential(new Shape(7, 5, 3)).dropout(0.1f).dense(10);
    var e = assertThrows(IllegalArgumentException.class, () -> builder.build(0));
    assertTrue(e.getMessage().contains("layer 2 (dense 10)"), e.getMessage());
    assertTrue(e.getMessage().contains("7 x 5 x 3"), e.getMessage());
    assertTrue(e.getMessage().contains("flatten"), e.getMessage());
  }

  @Test
  void imagesAreFlattenedAndTheirShapeIsSaved(@TempDir Path folder) {
    Model model =
        Model.sequential(new Shape(7, 5, 3))
            .activation(Activation.TANH)
            .flatten()
            .dense(2)
            .build(4);
    assertEquals(105, model.inputs());
    assertTrue(model.summary().contains("batch x 7 x 5 x 3"), model.summary());
    Path file = folder.resolve("images.safetensors");
    model.save(file);
    Model loaded = Model.load(file);
    assertEquals(new Shape(7, 5, 3), loaded.input());
    assertEquals(model.layers(), loaded.layers());
    assertArrayEquals(model.parameters(), loaded.parameters());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[7,5]", "[7,5,0]", "[7,5,3,1]", "[7,5,\"3\"]", "[70000,70000,3]"})
  void aShapeThatIsNoneIsRefused(String inputs, @TempDir Path folder) {
    Path file = folder.resolve("shape.safetensors");
    String layers =
        "[{\"flatten\":true},{\"dense\":1,\"activation\":\"relu\",\"initializer\":\"zeros\"}]";
    Safetensors.write(
        file,
        List.of(Safetensors.Entry.of("dense1.weight", new float[1], 1, 1)),
        Map.of(ModelFile.LAYERS, "{\"inputs\":" + inputs + ",\"layers\":" + layers + "}"));
    var e = assertThrows(DataException.class, () -> Model.load(file));
    assertTrue(e.getMessage().contains("shape.safetensors"), e.getMessage());
  }
}
