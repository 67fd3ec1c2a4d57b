package dev.descent.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedOutputStream;
import dev.descent.DataException;
import dev.descent.model.Architecture;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Dimension;
import dev.descent.onnx.OnnxModel.Node;
import dev.descent.onnx.OnnxModel.Types;
import dev.descent.onnx.OnnxModel.Value;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Models from files that other tools wrote (see make-files.py beside them), compared with ONNX
/// Runtime, and the refusal of what no layer computes.
final class ImportTest {
  @TempDir private Path folder;

  private Path copy(String name) {
    try (InputStream in = ImportTest.class.getResourceAsStream(name)) {
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  // --- files of other tools
  // -----------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "torch-rows.onnx, 7, 3",
    "matmul-add.onnx, 4, 2",
    "gemm.onnx, 4, 3",
  })
  void rows(String name, int inputs, int layers) {
    Path file = copy(name);
    Model model = Onnx.read(file);
    assertEquals(Shape.row(inputs), model.input());
    assertEquals(layers, model.layers().size(), model.summary());
    float[] batch = Inputs.fresh().floats(5L * inputs);
    OnnxRuntime.assertClose(
        OnnxRuntime.run(file, batch, 5, inputs),
        OnnxRuntime.predict(model, batch),
        model.summary());
  }

  @ParameterizedTest
  @CsvSource({
    "torch-images.onnx, 3, 2, 4",
    "external.onnx, 1, 2, 2",
    "torch-conv.onnx, 2, 9, 8",
    "torch-residual.onnx, 2, 6, 5",
  })
  void imagesWhoseChannelsComeFirst(String name, int channels, int height, int width) {
    copyExternal();
    Path file = copy(name);
    Model model = Onnx.read(file);
    assertEquals(new Shape(height, width, channels), model.input());
    float[] batch = Inputs.fresh().floats(5L * channels * height * width);
    OnnxRuntime.assertClose(
        OnnxRuntime.run(file, batch, 5, channels, height, width),
        OnnxRuntime.predict(model, OnnxRuntime.channelsLast(batch, channels, height * width)),
        model.summary());
  }

  private void copyExternal() {
    copy("external.data");
  }

  @Test
  void externalDataMustBeThereAndInTheFolder() throws IOException {
    Path file = copy("external.onnx");
    assertMessage("tensor \"w1\" can't be read from \"external.data\": no such file", file);
    Files.write(folder.resolve("external.data"), new byte[100]);
    assertMessage("tensor \"w1\" of shape [4, 64] takes 1024 bytes; ", file);
    Path outside = Files.createTempDirectory("descent");
    try {
      Path target = Files.write(outside.resolve("x"), new byte[4000]);
      Files.delete(folder.resolve("external.data"));
      Files.createSymbolicLink(folder.resolve("external.data"), target);
      assertMessage("a link that leaves the model's folder", file);
      Files.delete(target);
    } finally {
      Files.delete(outside);
    }
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Files.write(
        file, text.replace("external.data", "../xernal.dat").getBytes(StandardCharsets.ISO_8859_1));
    assertMessage("lies in \"../xernal.dat\", outside the model's folder", file);
  }

  private static void assertMessage(String part, Path file) {
    String message = assertThrows(DataException.class, () -> Onnx.read(file)).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(file.toString()), message);
  }

  // --- elements
  // -----------------------------------------------------------------------------------

  @Test
  void elementsOfEveryType() {
    float[] values = {0, -1.5f, 1024, 0.0078125f, Float.POSITIVE_INFINITY};
    for (int type : new int[] {Types.FLOAT, Types.DOUBLE, Types.FLOAT16, Types.BFLOAT16}) {
      ByteBuffer raw =
          ByteBuffer.allocate(Types.bytes(type) * values.length).order(ByteOrder.LITTLE_ENDIAN);
      TensorFields listed = tensor(type, values.length);
      for (float value : values) {
        switch (type) {
          case Types.FLOAT -> raw.putFloat(value);
          case Types.DOUBLE -> raw.putDouble(value);
          case Types.FLOAT16 -> raw.putShort(Float.floatToFloat16(value));
          default -> raw.putShort((short) (Float.floatToIntBits(value) >> 16));
        }
        switch (type) {
          case Types.FLOAT -> listed.elements.putInt(Float.floatToIntBits(value));
          case Types.DOUBLE -> listed.elements.putLong(Double.doubleToLongBits(value));
          case Types.FLOAT16 -> listed.putInt32(Float.floatToFloat16(value) & 0xFFFF);
          default -> listed.putInt32(Float.floatToIntBits(value) >>> 16);
        }
      }
      TensorFields tensor = tensor(type, values.length);
      tensor.raw = raw.array();
      assertEquals(
          Arrays.toString(values),
          Arrays.toString(tensor.constant(folder, new HashMap<>()).floats()),
          "raw " + type);
      assertEquals(
          Arrays.toString(values),
          Arrays.toString(listed.constant(folder, new HashMap<>()).floats()),
          "list " + type);
    }
  }

  private static TensorFields tensor(int type, long... shape) {
    var tensor = new TensorFields();
    tensor.name = "t";
    tensor.type = type;
    Arrays.stream(shape).forEach(tensor.shape::add);
    return tensor;
  }

  @Test
  void shapesAreComparedWithElements() {
    for (long[] shape : new long[][] {{2}, {-1}, {1L << 40, 0}, {1L << 31}, {65536, 65536}, {}}) {
      TensorFields tensor = tensor(Types.FLOAT, shape);
      String message =
          assertThrows(DataException.class, () -> tensor.constant(folder, new HashMap<>()))
              .getMessage();
      assertTrue(message.contains("tensor \"t\""), message);
    }
  }

  // --- what is refused
  // ----------------------------------------------------------------------------

  private static final Map<String, Constant> CONSTANTS =
      Map.of(
          "w", Constant.of(new float[6], List.of(2L, 3L)),
          "b", Constant.of(new float[3], List.of(3L)),
          "column", Constant.of(new float[3], List.of(3L, 1L)),
          "bytes", new Constant(3, List.of(2L, 3L), new float[0], new long[0]),
          "to", new Constant(Types.INT64, List.of(3L), new float[0], new long[] {-1, 3, 1}));

  private static Node node(String name, String type, String in, String out) {
    return new Node(name, type, "", List.of(in.split(" ")), List.of(out), Map.of());
  }

  private static Node with(Node node, String attribute, Object value) {
    return new Node(
        node.name(),
        node.type(),
        node.domain(),
        node.inputs(),
        node.outputs(),
        Map.of(attribute, value));
  }

  static Stream<Arguments> refused() {
    Node dense = node("d", "Gemm", "x w b", "h");
    return Stream.of(
        Arguments.of(
            "node \"a\" (Attention) is an operator that no layer computes",
            List.of(dense, node("a", "Attention", "h", "y"))),
        Arguments.of(
            "node \"y\" (Relu) does not take what the node before it gives",
            List.of(dense, node("", "Relu", "x", "y"))),
        Arguments.of(
            "node \"r\" (Add) adds something else than a value and what the nodes between make of"
                + " it",
            List.of(dense, node("r", "Add", "h q", "y"))),
        Arguments.of(
            "node \"r\" (Add) adds something else than a value and what the nodes between make of"
                + " it",
            List.of(dense, node("t", "Tanh", "h", "t"), node("r", "Add", "h x", "y"))),
        Arguments.of(
            "node \"r\" (Add) adds values of 2 to some of 3 or of another order",
            List.of(dense, node("r", "Add", "h x", "y"))),
        Arguments.of(
            "node \"u\" (Tanh) does not take what the node before it gives",
            List.of(
                dense,
                node("t", "Tanh", "h", "t"),
                node("u", "Tanh", "h", "u"),
                node("r", "Add", "u h", "y"))),
        Arguments.of(
            "node \"r\" (Relu) gives \"h\", which is given before",
            List.of(dense, node("r", "Relu", "h", "h"))),
        Arguments.of(
            "node \"r\" (Relu) gives \"w\", which is given before",
            List.of(dense, node("r", "Relu", "h", "w"))),
        Arguments.of(
            "node \"r\" (Relu) does not take what the node before it gives",
            List.of(dense, node("r", "Relu", "h", ""))),
        Arguments.of(
            "node \"r\" (Relu) does not take what the node before it gives",
            List.of(dense, node("r", "Relu", "k", "l"), node("s", "Relu", "l", "k"))),
        Arguments.of(
            "node \"n\" (BatchNormalization) takes mean and variance of the batch (training_mode)",
            List.of(
                dense,
                with(node("n", "BatchNormalization", "h b b b b", "y"), "training_mode", 1L))),
        Arguments.of(
            "node \"s\" (Add) adds a constant to something else than a matrix product",
            List.of(dense, node("s", "Add", "h b", "y"))),
        Arguments.of(
            "node \"r\" (Add) adds a constant along axis 0; 1 is wanted",
            List.of(
                node("m", "MatMul", "x w", "h"), with(node("r", "Add", "h b", "y"), "axis", 0L))),
        Arguments.of(
            "node \"m\" (MatMul) takes what the node before it gives as its second input",
            List.of(node("m", "MatMul", "w x", "y"))),
        Arguments.of(
            "node \"d\" (Gemm) transposes its input (transA)", List.of(with(dense, "transA", 1L))),
        Arguments.of(
            "node \"d\" (Gemm) has weights for 3 inputs, but gets rows of 2",
            List.of(with(dense, "transB", 1L))),
        Arguments.of(
            "node \"d\" (Gemm) adds a constant of shape [3, 1] to 3 units",
            List.of(node("d", "Gemm", "x w column", "y"))),
        Arguments.of(
            "node \"d\" (Gemm) takes \"bytes\", of shape [2, 3] and type int8, which can't",
            List.of(node("d", "Gemm", "x bytes", "y"))),
        Arguments.of(
            "node \"d\" (Gemm) takes no input 2, whose values are not known",
            List.of(node("d", "Gemm", "x", "y"))),
        Arguments.of(
            "node \"d\" (Gemm) has weights of shape [3]", List.of(node("d", "Gemm", "x b", "y"))),
        Arguments.of(
            "node \"l\" (LeakyRelu) has alpha 0.2; a model's is 0.01",
            List.of(dense, with(node("l", "LeakyRelu", "h", "y"), "alpha", 0.2f))),
        Arguments.of(
            "node \"l\" (LeakyRelu) has an attribute alpha that is no number",
            List.of(dense, with(node("l", "LeakyRelu", "h", "y"), "alpha", "big"))),
        Arguments.of(
            "node \"g\" (Gelu) is an approximation of GELU",
            List.of(dense, with(node("g", "Gelu", "h", "y"), "approximate", "tanh"))),
        Arguments.of(
            "node \"s\" (Softmax) works on axis 0",
            List.of(dense, with(node("s", "Softmax", "h", "y"), "axis", 0L))),
        Arguments.of(
            "node \"r\" (Reshape) reshapes to [-1, 3, 1]",
            List.of(dense, node("r", "Reshape", "h to", "y"))),
        Arguments.of(
            "node \"d\" (Dropout) drops a share of 1.0",
            List.of(dense, with(node("d", "Dropout", "h", "y"), "ratio", 1f))),
        Arguments.of(
            "node \"f\" (Flatten) flattens from axis 0 on",
            List.of(dense, with(node("f", "Flatten", "h", "y"), "axis", 0L))),
        Arguments.of(
            "node \"c\" (Conv) is an operator of \"com.example\"",
            List.of(
                dense, new Node("c", "Conv", "com.example", List.of("h"), List.of("y"), Map.of()))),
        Arguments.of(
            "node \"t\" (Transpose) transposes to [0, 0]",
            List.of(
                with(node("t", "Transpose", "w", "t"), "perm", List.of(0L, 0L)),
                node("d", "Gemm", "x t", "y"))),
        Arguments.of("output \"y\" is not what the last node gives", List.of(dense)),
        Arguments.of(
            "node \"a\\nb\" (Foo) is an operator that no layer computes",
            List.of(dense, node("a\nb", "Foo", "h", "y"))),
        Arguments.of(
            "a model needs at least one layer that is trained",
            List.of(node("r", "Relu", "x", "y"))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatNoLayerComputesIsRefusedByName(String message, List<Node> nodes) {
    OnnxModel model = model(nodes, 17, List.of(value("x", 2)), List.of(value("y", 3)));
    String said =
        assertThrows(DataException.class, () -> Importer.of(model, Path.of("f.onnx"))).getMessage();
    assertTrue(said.startsWith("f.onnx: "), said);
    assertTrue(said.contains(message), said);
    assertEquals(1, said.lines().count());
  }

  private static OnnxModel model(
      List<Node> nodes, long opset, List<Value> inputs, List<Value> outputs) {
    return new OnnxModel("test", opset, nodes, CONSTANTS, inputs, outputs, Map.of("loss", "none"));
  }

  private static Value value(String name, long... sizes) {
    List<Dimension> dimensions =
        Stream.concat(
                Stream.of(new Dimension(0, "n", "")),
                Arrays.stream(sizes).mapToObj(size -> new Dimension(size, "", "")))
            .toList();
    return new Value(name, Types.FLOAT, dimensions);
  }

  @Test
  void graphsOfAnotherFormAreRefused() {
    List<Node> nodes = List.of(node("d", "Gemm", "x w b", "y"));
    Value x = value("x", 2);
    Value y = value("y", 3);
    assertEquals(3, Importer.of(model(nodes, 17, List.of(x), List.of(y)), folder).outputs());
    // Sizes of the input may be missing; metadata of other programs are passed over.
    Model open =
        Importer.of(
            model(nodes, 17, List.of(new Value("x", Types.FLOAT, null)), List.of(y)), folder);
    assertEquals(2, open.inputs());
    assertEquals(Map.of(), open.metadata());
    for (OnnxModel wrong :
        List.of(
            model(nodes, 5, List.of(x), List.of(y)),
            model(nodes, 999, List.of(x), List.of(y)),
            model(nodes, 17, List.of(x, y), List.of(y)),
            model(nodes, 17, List.of(x), List.of()),
            model(nodes, 17, List.of(new Value("x", 2, x.shape())), List.of(y)),
            model(nodes, 17, List.of(value("x", 2, 2, 2, 2)), List.of(y)),
            model(nodes, 17, List.of(value("x", 0, 0, 0)), List.of(y)),
            model(nodes, 17, List.of(value("x", 1 << 20, 1 << 20, 1 << 20)), List.of(y)))) {
      String message =
          assertThrows(DataException.class, () -> Importer.of(wrong, folder)).getMessage();
      assertTrue(message.startsWith(folder + ": "), message);
    }
  }

  /// What a model has no dimension for is not taken for its channels.
  @ParameterizedTest
  @CsvSource({
    "Softmax, works on axis 1",
    "GlobalAveragePool, takes something else than images with their channels first",
    "BatchNormalization, takes something else than rows or images with their channels first",
    "MaxPool, takes something else than images with their channels first",
  })
  void threeDimensions(String type, String message) {
    List<Node> nodes =
        List.of(
            with(node("n", type, "x", "n"), "axis", 1L),
            node("f", "Flatten", "n", "f"),
            node("d", "Gemm", "f w b", "y"));
    OnnxModel model = model(nodes, 17, List.of(value("x", 2, 1)), List.of(value("y", 3)));
    String said = assertThrows(DataException.class, () -> Importer.of(model, folder)).getMessage();
    assertTrue(said.contains("node \"n\" (" + type + ") " + message), said);
  }

  @ParameterizedTest
  @CsvSource({"-1, 4", "0, -1", "1, -1", "5, -1", "7, 4"})
  void reshapesThatFlatten(long rows, long columns) {
    Model model = reshaped(rows, columns, 0);
    assertEquals(new Shape(2, 2, 1), model.input());
  }

  @ParameterizedTest
  @CsvSource({"-1, -1, 0", "-1, 0, 0", "2, -1, 0", "-1, 2, 0", "0, -1, 1"})
  void reshapesToSomethingElse(long rows, long columns, long allowZero) {
    String said =
        assertThrows(DataException.class, () -> reshaped(rows, columns, allowZero)).getMessage();
    assertTrue(said.contains("node \"r\" (Reshape) reshapes to"), said);
  }

  /// Of five images of four values.
  private Model reshaped(long rows, long columns, long allowZero) {
    Map<String, Constant> constants =
        Map.of(
            "w",
            Constant.of(new float[12], List.of(4L, 3L)),
            "to",
            new Constant(Types.INT64, List.of(2L), new float[0], new long[] {rows, columns}));
    var x =
        new Value(
            "x",
            Types.FLOAT,
            Stream.of(5, 1, 2, 2).map(size -> new Dimension(size, "", "")).toList());
    List<Node> nodes =
        List.of(
            with(node("r", "Reshape", "x to", "r"), "allowzero", allowZero),
            node("d", "Gemm", "r w", "y"));
    return Importer.of(
        new OnnxModel("", 17, nodes, constants, List.of(x), List.of(value("y", 3)), Map.of()),
        folder);
  }

  /// As PyTorch writes a block of ResNet: the channels come first, the sum's activation behind it.
  @Test
  void aBlockWithAResidualPath() {
    Inputs inputs = Inputs.fresh();
    Map<String, Constant> constants = new HashMap<>();
    for (String name : List.of("k1", "k2", "k3")) {
      long in = name.equals("k1") ? 2 : 3;
      constants.put(name, Constant.of(inputs.floats(3 * in * 9), List.of(3L, in, 3L, 3L)));
    }
    constants.put("w", Constant.of(inputs.floats(3 * 4), List.of(3L, 4L)));
    Object pads = List.of(1L, 1L, 1L, 1L);
    List<Node> nodes =
        List.of(
            with(node("c1", "Conv", "x k1", "c1"), "pads", pads),
            node("r1", "Relu", "c1", "r1"),
            with(node("c2", "Conv", "r1 k2", "c2"), "pads", pads),
            node("r2", "Relu", "c2", "r2"),
            with(node("c3", "Conv", "r2 k3", "c3"), "pads", pads),
            node("s", "Add", "r1 c3", "s"),
            node("r3", "Relu", "s", "r3"),
            node("p", "GlobalAveragePool", "r3", "p"),
            node("f", "Flatten", "p", "f"),
            node("d", "Gemm", "f w", "d"),
            node("t", "Tanh", "d", "t"),
            node("u", "Add", "t d", "y"));
    Path file = folder.resolve("block.onnx");
    OnnxWriter.write(
        new OnnxModel(
            "",
            17,
            nodes,
            constants,
            List.of(value("x", 2, 5, 4)),
            List.of(value("y", 4)),
            Map.of()),
        file);
    Model model = Onnx.read(file);
    assertEquals(
        "5x4x2: conv 3 3x3 same relu, residual(conv 3 3x3 same relu, conv 3 3x3 same), relu,"
            + " global-average-pool, dense 4, residual(tanh)",
        Architecture.of(model).toString());
    float[] batch = inputs.floats(3 * 40L);
    OnnxRuntime.assertClose(
        OnnxRuntime.run(file, batch, 3, 2, 5, 4),
        OnnxRuntime.predict(model, OnnxRuntime.channelsLast(batch, 2, 20)),
        model.summary());
  }

  @Test
  void pathsInEachOtherHaveABound() {
    List<Node> nodes = new ArrayList<>(List.of(node("d", "Gemm", "x w", "v0")));
    for (int i = 0; i < 1000; i++) {
      nodes.add(node("", "Tanh", "v" + i, "v" + (i + 1)));
    }
    for (int i = 999; i >= 0; i--) {
      nodes.add(node("", "Add", (i == 999 ? "v1000" : "s" + (i + 1)) + " v" + i, "s" + i));
    }
    OnnxModel model = model(nodes, 17, List.of(value("x", 2)), List.of(value("s0", 3)));
    String message =
        assertThrows(DataException.class, () -> Importer.of(model, folder)).getMessage();
    assertTrue(message.contains("node \"s32\" (Add) ends more than 32 paths"), message);
  }

  @Test
  void tensorsThatShareBytesBesideTheFileTakeNoMemoryForEach() throws IOException {
    Files.write(folder.resolve("external.data"), new byte[4000]);
    Message graph = new Message();
    for (int i = 0; i < 5; i++) {
      graph.put(
          Tags.GRAPH_INITIALIZER,
          new Message()
              .put(Tags.TENSOR_DIMS, 1000)
              .put(Tags.TENSOR_TYPE, Types.FLOAT)
              .put(Tags.TENSOR_NAME, "w" + i)
              .put(
                  Tags.TENSOR_EXTERNAL,
                  new Message()
                      .put(Tags.ENTRY_KEY, "location")
                      .put(Tags.ENTRY_VALUE, "external.data"))
              .put(Tags.TENSOR_LOCATION, 1));
    }
    assertMessage(
        "tensor \"w4\" is one of many that share the bytes of \"external.data\"", written(graph));
  }

  @Test
  void anEndlessNumberOfPartsIsRefused() throws IOException {
    Message graph = new Message();
    Message empty = new Message();
    for (int i = 0; i < 1_000_001; i++) {
      graph.put(Tags.GRAPH_NODE, empty);
    }
    assertMessage("more than 1,000,000 parts, which no model has", written(graph));
  }

  /// The bytes that begin a group, deeper than any stack.
  @Test
  void groupsInEachOtherAreRefused() throws IOException {
    byte[] groups = new byte[1 << 20];
    Arrays.fill(groups, (byte) 0x0B);
    Path file = Files.write(folder.resolve("groups.onnx"), groups);
    String message = assertThrows(DataException.class, () -> Onnx.read(file)).getMessage();
    assertEquals("can't read " + file + ": not an ONNX file, or damaged", message);
  }

  private Path written(Message graph) throws IOException {
    Message model =
        new Message()
            .put(Tags.MODEL_GRAPH, graph)
            .put(Tags.MODEL_OPSET, new Message().put(Tags.OPSET_VERSION, 17));
    Path file = folder.resolve("written.onnx");
    try (OutputStream out = Files.newOutputStream(file)) {
      CodedOutputStream coded = CodedOutputStream.newInstance(out);
      model.writeTo(coded);
      coded.flush();
    }
    return file;
  }

  @Test
  void manyNodesThatShareOneMatrixTakeNoMemoryForEach() {
    List<Node> nodes =
        java.util.stream.IntStream.range(0, 100_000)
            .mapToObj(i -> node("t" + i, "Transpose", "w", "t" + i))
            .toList();
    OnnxModel model = model(nodes, 17, List.of(value("x", 2)), List.of(value("y", 3)));
    String message =
        assertThrows(DataException.class, () -> Importer.of(model, folder)).getMessage();
    assertTrue(message.contains("uses weights that others use too"), message);
  }

  @Test
  void whatIsNoFileOfThisKindIsRefused() throws IOException {
    Path file = folder.resolve("x.onnx");
    assertMessage("no such file", file);
    for (byte[] bytes :
        new byte[][] {
          {},
          "hello, world".getBytes(StandardCharsets.UTF_8),
          new byte[1000],
          {0x3A, 0x7F, 0, 0},
          {0x3A, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07}
        }) {
      Files.write(file, bytes);
      String message = assertThrows(DataException.class, () -> Onnx.read(file)).getMessage();
      assertTrue(message.contains(file.toString()), message);
    }
  }

  @Test
  void aFileThatIsCutShortIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(copy("gemm.onnx"));
    Path file = folder.resolve("short.onnx");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      int cut = length;
      // All of it is there before the last fields, the operator sets.
      assertThrows(DataException.class, () -> Onnx.read(file), () -> cut + " bytes");
    }
  }
}
