package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.format.Safetensors;
import dev.descent.format.Safetensors.Entry;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.testing.Inputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Weights of other programs, in their names and layouts.
final class ForeignWeightsTest {
  @TempDir private Path folder;

  private ForeignWeights file(List<Entry> entries, Map<String, String> metadata) {
    List<Entry> shuffled = new ArrayList<>(entries);
    Collections.shuffle(shuffled, new Random(1));
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, shuffled, metadata);
    return ForeignWeights.read(file);
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] result = new float[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      result[i % columns * rows + i / columns] = matrix[i];
    }
    return result;
  }

  private static Entry transposed(Model model, String parameter, String name) {
    Parameter p =
        model.parameterList().stream().filter(q -> q.name().equals(parameter)).findFirst().get();
    return Entry.of(
        name, transposed(model.get(parameter), p.rows(), p.columns()), p.columns(), p.rows());
  }

  private static Entry same(Model model, String parameter, String name) {
    Parameter p =
        model.parameterList().stream().filter(q -> q.name().equals(parameter)).findFirst().get();
    long[] shape = p.weight().dimensions().stream().mapToLong(d -> d).toArray();
    return Entry.of(name, model.get(parameter), shape);
  }

  private static Model model(long seed, int... widths) {
    Model.Builder builder = Model.sequential(widths[0]);
    for (int i = 1; i < widths.length; i++) {
      builder.dense(widths[i]);
    }
    Model model = builder.build(seed);
    for (Parameter p : model.parameterList()) {
      model.set(p.name(), Inputs.of(seed + p.offset()).floats(p.size()));
    }
    return model;
  }

  @Test
  void pytorch() {
    // Twelve layers, so that net.10 comes before net.2 in the file; squares among them.
    Model model = model(3, 4, 5, 5, 5, 3, 3, 6, 6, 6, 2, 2, 7, 3);
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 12; i++) {
      entries.add(transposed(model, "dense" + i + ".weight", "net." + 2 * i + ".weight"));
      entries.add(same(model, "dense" + i + ".bias", "net." + 2 * i + ".bias"));
    }
    Model other = model(9, 4, 5, 5, 5, 3, 3, 6, 6, 6, 2, 2, 7, 3);
    List<ForeignWeights.Source> sources = file(entries, Map.of()).into(other);
    assertArrayEquals(model.parameters(), other.parameters());
    assertEquals(
        new ForeignWeights.Source("dense1.weight", "net.2.weight", List.of(5L, 4L)),
        sources.getFirst());
    assertEquals("net.24.bias", sources.getLast().tensor());
  }

  @Test
  void keras() {
    Model model = model(3, 4, 4, 4, 3);
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      String name = i == 1 ? "dense/" : "dense_" + (i - 1) + "/";
      entries.add(same(model, "dense" + i + ".weight", name + "kernel:0"));
      entries.add(same(model, "dense" + i + ".bias", name + "bias:0"));
    }
    Model other = model(9, 4, 4, 4, 3);
    file(entries, Map.of()).into(other);
    assertArrayEquals(model.parameters(), other.parameters());
  }

  @Test
  void npz() {
    Model model = model(3, 4, 5, 3);
    SortedMap<String, NumpyArray> arrays = new TreeMap<>();
    for (Parameter p : model.parameterList()) {
      float[] values = model.get(p.name());
      boolean matrix = p.name().endsWith("weight");
      int[] shape = matrix ? new int[] {p.rows(), p.columns()} : new int[] {p.columns()};
      arrays.put(
          p.name().replace('.', '/').replace("weight", "kernel"), NumpyArray.of(values, shape));
    }
    Path file = folder.resolve("weights.NPZ");
    Numpy.writeAll(file, arrays);
    Model other = model(9, 4, 5, 3);
    ForeignWeights.read(file).into(other);
    assertArrayEquals(model.parameters(), other.parameters());
  }

  @Test
  void namesThatNoTensorCanHaveAreRefused() {
    Path file = folder.resolve("weights.npz");
    Numpy.writeAll(file, new TreeMap<>(Map.of("__metadata__", NumpyArray.of(new float[2], 2))));
    var e = assertThrows(DataException.class, () -> ForeignWeights.read(file));
    assertEquals(file + ": a tensor can't be called \"__metadata__\"", e.getMessage());
  }

  @Test
  void aFileWithoutNumbersIsRefused() {
    var e = assertThrows(DataException.class, () -> file(List.of(), Map.of()).into(model(1, 4, 3)));
    assertTrue(e.getMessage().endsWith(" has no tensor of floating-point numbers"));
  }

  @Test
  void convolutionsOfPytorch() {
    var shape = new Shape(5, 4, 2);
    Model.Builder builder =
        Model.sequential(shape)
            .layer(
                new Conv2d(3, 3, 2, 1, Padding.SAME, Activation.RELU, Initializer.GLOROT_UNIFORM))
            .batchNorm()
            .flatten()
            .dense(2);
    Model model = builder.build(1);
    model.set("batch_norm1.mean", new float[] {1, 2, 3});
    float[] kernel = model.get("conv2d1.weight");
    float[] theirs = new float[kernel.length];
    for (int i = 0; i < kernel.length; i++) {
      int filter = i % 3;
      int channel = i / 3 % 2;
      int tap = i / 6;
      theirs[(filter * 2 + channel) * 6 + tap] = kernel[i];
    }
    float[] dense = model.get("dense1.weight");
    float[] rows = new float[dense.length];
    for (int i = 0; i < dense.length; i++) {
      int unit = i % 2;
      int channel = i / 2 % 3;
      int position = i / 6;
      rows[(unit * 3 + channel) * 20 + position] = dense[i];
    }
    Model other = builder.build(2);
    file(
            List.of(
                Entry.of("0.weight", theirs, 3, 2, 3, 2),
                same(model, "conv2d1.bias", "0.bias"),
                same(model, "batch_norm1.scale", "2.weight"),
                same(model, "batch_norm1.shift", "2.bias"),
                same(model, "batch_norm1.mean", "2.running_mean"),
                same(model, "batch_norm1.variance", "2.running_var"),
                Entry.of("2.num_batches_tracked", new float[] {7}),
                Entry.of("10.weight", rows, 2, 60),
                same(model, "dense1.bias", "10.bias")),
            Map.of())
        .into(other);
    assertArrayEquals(model.parameters(), other.parameters());
  }

  @Test
  void ourOwnFileBitForBit() {
    Model model = model(5, 3, 3, 3);
    model.parameters()[1] = Float.intBitsToFloat(0x7fc00321);
    Path file = folder.resolve("own");
    model.save(file);
    Model other = model(6, 3, 3, 3);
    ForeignWeights.read(file).into(other);
    for (int i = 0; i < model.parameters().length; i++) {
      assertEquals(
          Float.floatToRawIntBits(model.parameters()[i]),
          Float.floatToRawIntBits(other.parameters()[i]));
    }
  }

  @Test
  void namesWithoutWordsAreTakenOneByOne() {
    Model model = model(3, 4, 5, 3);
    List<Entry> entries =
        List.of(
            transposed(model, "dense1.weight", "arr_0"),
            same(model, "dense1.bias", "arr_1"),
            transposed(model, "dense2.weight", "arr_2"),
            same(model, "dense2.bias", "arr_10"));
    Model other = model(9, 4, 5, 3);
    file(entries, Map.of()).into(other);
    assertArrayEquals(model.parameters(), other.parameters());

    Model square = model(3, 4, 4);
    ForeignWeights unclear =
        file(
            List.of(same(square, "dense1.weight", "0"), same(square, "dense1.bias", "1")),
            Map.of());
    Model target = model(8, 4, 4);
    String message = assertThrows(DataException.class, () -> unclear.into(target)).getMessage();
    assertTrue(message.contains("does not tell how its matrices lie"), message);
    unclear.layout(ForeignWeights.Layout.KERAS).into(target);
    assertArrayEquals(square.parameters(), target.parameters());
    unclear.layout(ForeignWeights.Layout.PYTORCH).into(target);
    assertArrayEquals(transposed(square.get("dense1.weight"), 4, 4), target.get("dense1.weight"));
  }

  @Test
  void someLayersAlone() {
    Model model = model(3, 4, 5, 3);
    Model other = model(9, 4, 5, 7);
    float[] head = other.get("dense2.weight");
    file(
            List.of(
                transposed(model, "dense1.weight", "body.fc.weight"),
                same(model, "dense1.bias", "body.fc.bias"),
                transposed(model, "dense2.weight", "head.weight"),
                same(model, "dense2.bias", "head.bias")),
            Map.of())
        .into(other, Map.of("dense1", "body.fc"));
    assertArrayEquals(model.get("dense1.weight"), other.get("dense1.weight"));
    assertArrayEquals(head, other.get("dense2.weight"));
  }

  @Test
  void aMissingBiasIsZeros() {
    Model model = model(3, 4, 5);
    Model other = model(9, 4, 5);
    List<ForeignWeights.Source> sources =
        file(List.of(transposed(model, "dense1.weight", "fc.weight")), Map.of()).into(other);
    assertArrayEquals(new float[5], other.get("dense1.bias"));
    assertEquals("", sources.getLast().tensor());
  }

  @Test
  void flattenedImagesOfPytorchHaveTheirChannelsFirst() {
    var shape = new Shape(2, 3, 4);
    Model model = Model.sequential(shape).flatten().dense(2).build(1);
    float[] weight = model.get("dense1.weight");
    float[] theirs = new float[weight.length];
    for (int channel = 0; channel < 4; channel++) {
      for (int position = 0; position < 6; position++) {
        for (int unit = 0; unit < 2; unit++) {
          theirs[unit * 24 + channel * 6 + position] = weight[(position * 4 + channel) * 2 + unit];
        }
      }
    }
    Model other = Model.sequential(shape).flatten().dense(2).build(2);
    file(List.of(Entry.of("fc.weight", theirs, 2, 24)), Map.of()).into(other);
    assertArrayEquals(weight, other.get("dense1.weight"));
  }

  @Test
  void whatDoesNotFitChangesNothing() {
    Model model = model(3, 4, 5, 3);
    Model other = model(9, 4, 5, 3);
    float[] before = other.parameters().clone();
    Entry w1 = transposed(model, "dense1.weight", "a.weight");
    Entry b1 = same(model, "dense1.bias", "a.bias");
    Entry w2 = transposed(model, "dense2.weight", "b.weight");
    Entry b2 = same(model, "dense2.bias", "b.bias");
    for (List<Entry> wrong :
        List.of(
            List.of(w1, b1),
            List.of(w1, b1, w2, Entry.of("b.bias", new float[4], 4)),
            List.of(w1, b1, w2, b2, Entry.of("b.kernel", new float[1], 1)),
            List.of(b1, b2),
            List.of(w2, b1, w1, Entry.of("x", new float[2], 2)),
            List.<Entry>of())) {
      String message =
          assertThrows(DataException.class, () -> file(wrong, Map.of()).into(other)).getMessage();
      assertTrue(message.contains("weights.safetensors"), message);
      assertArrayEquals(before, other.parameters());
    }
    ForeignWeights right = file(List.of(w1, b1, w2, b2), Map.of());
    assertThrows(IllegalArgumentException.class, () -> right.into(other, Map.of("dense7", "a")));
    assertThrows(DataException.class, () -> right.into(other, Map.of("dense1", "c")));
    assertThrows(DataException.class, () -> right.into(other, Map.of("dense1", "b")));
    assertArrayEquals(before, other.parameters());
  }

  @Test
  void numbersInNamesAreNumbers() {
    List<String> names =
        List.of("a", "a2", "a02", "a10", "a10.b", "a10.c", "b1", "b1x", "b9223372036854775808");
    for (int i = 0; i < names.size(); i++) {
      for (int j = 0; j < names.size(); j++) {
        int order = ForeignWeights.natural(names.get(i), names.get(j));
        if (!(names.get(i).startsWith("a")
            && names.get(i).endsWith("2")
            && names.get(j).startsWith("a")
            && names.get(j).endsWith("2"))) {
          assertEquals(Integer.signum(i - j), Integer.signum(order), names.get(i) + names.get(j));
        }
      }
    }
  }
}
