package dev.descent.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.descent.DataException;
import dev.descent.model.Model;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Dimension;
import dev.descent.onnx.OnnxModel.Node;
import dev.descent.onnx.OnnxModel.Types;
import dev.descent.onnx.OnnxModel.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// The ONNX project's own tests of its operators: the examples with numbers in the operators'
/// description, put into files here, each with an identity matrix where it has no weights; and the
/// files themselves where the project's Python package is.
final class PublishedExamplesTest {
  /// Where that package has its files: `onnx/backend/test/data`.
  private static final String FOLDER = "DESCENT_ONNX_TESTS";

  private static final float[] COUNT = new float[25];

  static {
    for (int i = 0; i < COUNT.length; i++) {
      COUNT[i] = i + 1;
    }
  }

  @TempDir private Path folder;

  private static Node node(String type, String in, String out, Map<String, Object> attributes) {
    return new Node(out, type, "", List.of(in.split(" ")), List.of(out), attributes);
  }

  private static Constant identity(int size) {
    float[] matrix = new float[size * size];
    for (int i = 0; i < size; i++) {
      matrix[i * size + i] = 1;
    }
    return Constant.of(matrix, List.of((long) size, (long) size));
  }

  private static Value value(String name, long... sizes) {
    List<Dimension> dimensions =
        Arrays.stream(sizes).mapToObj(size -> new Dimension(size, "", "")).toList();
    return new Value(name, Types.FLOAT, dimensions);
  }

  /// What the model in a file gives for one sample.
  private float[] run(
      int opset, List<Node> nodes, Map<String, Constant> constants, float[] x, long... shape) {
    Path file = folder.resolve("example.onnx");
    String out = nodes.getLast().outputs().getFirst();
    List<Value> inputs = List.of(value("x", shape));
    // The size of an output need not be told.
    List<Value> outputs = List.of(new Value(out, Types.FLOAT, null));
    OnnxWriter.write(
        new OnnxModel("example", opset, nodes, constants, inputs, outputs, Map.of()), file);
    return OnnxRuntime.predict(Onnx.read(file), x);
  }

  private void activation(String type, int opset, float... expected) {
    List<Node> nodes =
        List.of(node("MatMul", "x one", "h", Map.of()), node(type, "h", "y", Map.of()));
    float[] given = run(opset, nodes, Map.of("one", identity(3)), new float[] {-1, 0, 1}, 1, 3);
    OnnxRuntime.assertClose(expected, given, type);
  }

  @Test
  void activations() {
    activation("Relu", 17, 0, 0, 1);
    activation("Sigmoid", 17, 0.26894143f, 0.5f, 0.7310586f);
    activation("Tanh", 17, -0.76159418f, 0, 0.76159418f);
    activation("Softmax", 17, 0.09003058f, 0.24472848f, 0.66524094f);
    activation("Gelu", 20, -0.15865526f, 0, 0.84134474f);
  }

  /// A pooling of the numbers 1 to 25 in five rows.
  private void pooling(String type, Map<String, Object> attributes, float... expected) {
    Map<String, Constant> constants = Map.of("one", identity(expected.length));
    List<Node> nodes =
        List.of(
            node(type, "x", "p", attributes),
            node("Flatten", "p", "f", Map.of()),
            node("Gemm", "f one", "y", Map.of()));
    OnnxRuntime.assertClose(
        expected, run(17, nodes, constants, COUNT, 1, 1, 5, 5), type + " " + attributes);
  }

  @Test
  void poolings() {
    List<Long> five = List.of(5L, 5L);
    List<Long> pads = List.of(2L, 2L, 2L, 2L);
    float[][] maxima = {{13, 14, 15, 15, 15}, {18, 19, 20, 20, 20}, {23, 24, 25, 25, 25}};
    float[] largest = join(maxima[0], maxima[1], maxima[2], maxima[2], maxima[2]);
    pooling("MaxPool", Map.of("kernel_shape", five, "pads", pads), largest);
    float[] means = {
      7, 7.5f, 8, 8.5f, 9, 9.5f, 10, 10.5f, 11, 11.5f, 12, 12.5f, 13, 13.5f, 14, 14.5f, 15, 15.5f,
      16, 16.5f, 17, 17.5f, 18, 18.5f, 19
    };
    pooling("AveragePool", Map.of("kernel_shape", five, "pads", pads), means);
    Map<String, Object> upper =
        Map.of(
            "kernel_shape", List.of(3L, 3L), "strides", List.of(2L, 2L), "auto_pad", "SAME_UPPER");
    pooling("MaxPool", upper, 7, 9, 10, 17, 19, 20, 22, 24, 25);
    pooling("AveragePool", upper, 4, 5.5f, 7, 11.5f, 13, 14.5f, 19, 20.5f, 22);
    Map<String, Object> twos = Map.of("kernel_shape", List.of(2L, 2L), "strides", List.of(2L, 2L));
    pooling("MaxPool", twos, 7, 9, 17, 19);
    pooling("AveragePool", twos, 4, 6, 14, 16);
    pooling("GlobalAveragePool", Map.of(), 13);
  }

  private static float[] join(float[]... parts) {
    int length = 0;
    for (float[] part : parts) {
      length += part.length;
    }
    float[] all = new float[length];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  @Test
  void convolutions() {
    float[] fromZero = new float[25];
    for (int i = 0; i < 25; i++) {
      fromZero[i] = i;
    }
    float[] ones = new float[9];
    Arrays.fill(ones, 1);
    Map<String, Constant> constants = Map.of("w", Constant.of(ones, List.of(1L, 1L, 3L, 3L)));
    float[] padded = {
      12, 21, 27, 33, 24, 33, 54, 63, 72, 51, 63, 99, 108, 117, 81, 93, 144, 153, 162, 111, 72, 111,
      117, 123, 84
    };
    float[] inside = {54, 63, 72, 99, 108, 117, 144, 153, 162};
    List<Long> kernel = List.of(3L, 3L);
    for (boolean pad : new boolean[] {true, false}) {
      long edge = pad ? 1 : 0;
      List<Node> nodes =
          List.of(
              node(
                  "Conv",
                  "x w",
                  "y",
                  Map.of("kernel_shape", kernel, "pads", List.of(edge, edge, edge, edge))));
      OnnxRuntime.assertClose(
          pad ? padded : inside, run(17, nodes, constants, fromZero, 1, 1, 5, 5), "Conv");
    }
  }

  /// Two channels, 1 x 3 positions each: in the file one channel after the other.
  @Test
  void batchNormalisation() {
    List<Long> two = List.of(2L);
    Map<String, Constant> constants = new LinkedHashMap<>();
    constants.put("scale", Constant.of(new float[] {1, 1.5f}, two));
    constants.put("shift", Constant.of(new float[] {0, 1}, two));
    constants.put("mean", Constant.of(new float[] {0, 3}, two));
    constants.put("variance", Constant.of(new float[] {1, 1.5f}, two));
    constants.put("one", identity(6));
    List<Node> nodes =
        List.of(
            node("BatchNormalization", "x scale shift mean variance", "n", Map.of()),
            node("Flatten", "n", "f", Map.of()),
            node("Gemm", "f one", "y", Map.of()));
    float[] channelsLast = OnnxRuntime.channelsLast(new float[] {-1, 0, 1, 2, 3, 4}, 2, 3);
    float a = (float) (1 / Math.sqrt(1 + 1e-5));
    float b = (float) (1.5 / Math.sqrt(1.5 + 1e-5));
    OnnxRuntime.assertClose(
        new float[] {-a, 0, a, 1 - b, 1, 1 + b},
        run(17, nodes, constants, channelsLast, 1, 2, 1, 3),
        "BatchNormalization");
  }

  /// Each file of the package is read to the numbers that lie beside it, or refused with its name.
  @Test
  void theFilesOfThePackage(TestReporter reporter) throws IOException {
    String place = System.getenv(FOLDER);
    assumeTrue(
        place != null,
        FOLDER + " does not say where the onnx package has onnx/backend/test/data (pip install)");
    Map<String, String> outcomes = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> found = Files.walk(Path.of(place), 3)) {
      files = found.filter(file -> file.endsWith("model.onnx")).sorted().toList();
    }
    int read = 0;
    for (Path file : files) {
      Path data = file.resolveSibling("test_data_set_0");
      if (!Files.exists(data.resolve("input_0.pb")) || !Files.exists(data.resolve("output_0.pb"))) {
        continue;
      }
      String name = file.getParent().getFileName().toString();
      try {
        Model model = Onnx.read(file);
        Tensor x = Tensor.read(data.resolve("input_0.pb"));
        Tensor y = Tensor.read(data.resolve("output_0.pb"));
        boolean image = x.shape.size() == 4;
        int channels = image ? Math.toIntExact(x.shape.get(1)) : 1;
        float[] rows =
            image
                ? OnnxRuntime.channelsLast(x.values, channels, model.inputs() / channels)
                : x.values;
        float[] given = OnnxRuntime.predict(model, rows);
        if (y.shape.size() == 4) {
          int filters = Math.toIntExact(y.shape.get(1));
          given = channelsFirst(given, filters, model.outputs() / filters);
        }
        OnnxRuntime.assertClose(y.values, given, name);
        outcomes.put(name, "as published");
        read++;
      } catch (DataException e) {
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        outcomes.put(name, e.getMessage().substring(file.toString().length() + 2));
      }
    }
    reporter.publishEntry(outcomes);
    assertTrue(read >= 3, read + " of " + outcomes.size() + " files were read");
  }

  private static float[] channelsFirst(float[] rows, int channels, int positions) {
    float[] result = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      int sample = i / (channels * positions);
      int position = i / channels % positions;
      int channel = i % channels;
      result[(sample * channels + channel) * positions + position] = rows[i];
    }
    return result;
  }

  /// A tensor of float32 in a file of its own.
  private record Tensor(List<Long> shape, float[] values) {
    private static final int DIMS = 1;
    private static final int FLOAT_DATA = 4;
    private static final int RAW_DATA = 9;

    static Tensor read(Path file) throws IOException {
      CodedInputStream in = CodedInputStream.newInstance(Files.readAllBytes(file));
      List<Long> shape = new ArrayList<>();
      ByteBuffer raw = ByteBuffer.allocate(0);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        boolean packed = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
        switch (WireFormat.getTagFieldNumber(tag)) {
          case DIMS -> {
            int limit = packed ? in.pushLimit(in.readRawVarint32()) : 0;
            do {
              shape.add(in.readInt64());
            } while (packed && in.getBytesUntilLimit() > 0);
            if (packed) {
              in.popLimit(limit);
            }
          }
          case RAW_DATA, FLOAT_DATA -> raw = in.readByteBuffer();
          default -> in.skipField(tag);
        }
      }
      var values = raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      float[] floats = new float[values.remaining()];
      values.get(floats);
      return new Tensor(shape, floats);
    }
  }
}
