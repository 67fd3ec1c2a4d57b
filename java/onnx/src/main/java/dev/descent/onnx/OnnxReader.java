package dev.descent.onnx;

import com.google.protobuf.CodedInputStream;
import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import dev.descent.internal.format.Visible;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Dimension;
import dev.descent.onnx.OnnxModel.Node;
import dev.descent.onnx.OnnxModel.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decodes a file with distrust: memory is taken for bytes that are there, never for a size that
/// the file claims. Fields that do not matter here are passed over.
final class OnnxReader {
  /// Large models have some ten thousands; an empty one takes two bytes of a file and hundreds of
  /// memory.
  private static final int MOST_MESSAGES = 1_000_000;

  private final Path file;
  private final CodedInputStream in;

  private String producer = "";
  private long opset;
  private boolean hasGraph;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final Map<String, String> metadata = new TreeMap<>();
  private final Map<Path, Long> readings = new HashMap<>();
  private int messages;

  private OnnxReader(Path file, CodedInputStream in) {
    this.file = file;
    this.in = in;
  }

  /// Takes the value of a field.
  @FunctionalInterface
  private interface Field {
    /// @return whether the field is known; else nothing was read
    boolean take(int tag) throws IOException;
  }

  /// @throws DataException naming the file, if it is missing, malformed or no ONNX file
  static OnnxModel read(Path file) {
    try {
      long bytes = RegularFile.require(file);
      if (bytes > Integer.MAX_VALUE) {
        throw new DataException(file + ": an ONNX file has at most 2 GiB, not " + bytes + " bytes");
      }
      try (InputStream in = Files.newInputStream(file)) {
        CodedInputStream coded = CodedInputStream.newInstance(in);
        coded.setSizeLimit(Integer.MAX_VALUE);
        return new OnnxReader(file, coded).model();
      }
    } catch (IOException e) {
      throw new DataException("can't read %s: %s".formatted(file, reason(e)), e);
    }
  }

  private static String reason(IOException e) {
    // What the library says of it is meant for its callers.
    return e instanceof com.google.protobuf.InvalidProtocolBufferException
        ? "not an ONNX file, or damaged"
        : AtomicFile.reason(e);
  }

  private OnnxModel model() throws IOException {
    fields(tag -> {
      switch (tag) {
        case Tags.MODEL_PRODUCER -> producer = text();
        case Tags.MODEL_GRAPH -> {
          hasGraph = true;
          message(this::graph);
        }
        case Tags.MODEL_OPSET -> opset();
        case Tags.MODEL_METADATA -> entry(metadata);
        default -> {
          return false;
        }
      }
      return true;
    });
    if (!hasGraph || opset == 0) {
      throw new DataException(file + ": not an ONNX model: it has no graph or no operator set");
    }
    List<Value> given = inputs.stream().filter(v -> !constants.containsKey(v.name())).toList();
    return new OnnxModel(producer, opset, nodes, constants, given, outputs, metadata);
  }

  private void opset() throws IOException {
    var set =
        new Object() {
          String domain = "";
          long version;
        };
    message(tag -> {
      switch (tag) {
        case Tags.OPSET_DOMAIN -> set.domain = text();
        case Tags.OPSET_VERSION -> set.version = in.readInt64();
        default -> {
          return false;
        }
      }
      return true;
    });
    if (Importer.isOwnDomain(set.domain)) {
      opset = set.version;
    }
  }

  private void entry(Map<String, String> map) throws IOException {
    var entry =
        new Object() {
          String key = "";
          String value = "";
        };
    message(tag -> {
      switch (tag) {
        case Tags.ENTRY_KEY -> entry.key = text();
        case Tags.ENTRY_VALUE -> entry.value = text();
        default -> {
          return false;
        }
      }
      return true;
    });
    map.put(entry.key, entry.value);
  }

  private boolean graph(int tag) throws IOException {
    switch (tag) {
      case Tags.GRAPH_NODE -> nodes.add(node());
      case Tags.GRAPH_INITIALIZER -> {
        TensorFields tensor = tensor();
        if (constants.put(tensor.name, tensor.constant(file, readings)) != null) {
          throw new DataException(
              "%s: two initializers are called %s".formatted(file, Visible.quoted(tensor.name)));
        }
      }
      case Tags.GRAPH_INPUT -> inputs.add(value());
      case Tags.GRAPH_OUTPUT -> outputs.add(value());
      default -> {
        return false;
      }
    }
    return true;
  }

  private Node node() throws IOException {
    var node =
        new Object() {
          String name = "";
          String type = "";
          String domain = "";
        };
    List<String> from = new ArrayList<>();
    List<String> to = new ArrayList<>();
    Map<String, Object> attributes = new HashMap<>();
    message(tag -> {
      switch (tag) {
        case Tags.NODE_INPUT -> from.add(text());
        case Tags.NODE_OUTPUT -> to.add(text());
        case Tags.NODE_NAME -> node.name = text();
        case Tags.NODE_TYPE -> node.type = text();
        case Tags.NODE_ATTRIBUTE -> attribute(attributes);
        case Tags.NODE_DOMAIN -> node.domain = text();
        default -> {
          return false;
        }
      }
      return true;
    });
    return new Node(node.name, node.type, node.domain, from, to, attributes);
  }

  /// An attribute of a kind that is not read here stays in the map, as a value that no getter
  /// takes.
  private void attribute(Map<String, Object> attributes) throws IOException {
    var attribute =
        new Object() {
          String name = "";
          Object value = false;
        };
    List<Long> wholes = new ArrayList<>();
    message(tag -> {
      switch (tag) {
        case Tags.ATTRIBUTE_NAME -> attribute.name = text();
        case Tags.ATTRIBUTE_FLOAT -> attribute.value = in.readFloat();
        case Tags.ATTRIBUTE_INT -> attribute.value = in.readInt64();
        case Tags.ATTRIBUTE_STRING ->
            attribute.value = new String(in.readByteArray(), StandardCharsets.UTF_8);
        case Tags.ATTRIBUTE_TENSOR -> attribute.value = tensor().constant(file, readings);
        case Tags.ATTRIBUTE_INTS -> wholes.add(in.readInt64());
        case Tags.ATTRIBUTE_INTS_PACKED -> packed(() -> wholes.add(in.readInt64()));
        default -> {
          return false;
        }
      }
      return true;
    });
    attributes.put(attribute.name, wholes.isEmpty() ? attribute.value : List.copyOf(wholes));
  }

  private TensorFields tensor() throws IOException {
    var tensor = new TensorFields();
    message(tag -> {
      switch (tag) {
        case Tags.TENSOR_DIMS -> tensor.shape.add(in.readInt64());
        case Tags.TENSOR_DIMS_PACKED -> packed(() -> tensor.shape.add(in.readInt64()));
        case Tags.TENSOR_TYPE -> tensor.type = in.readInt32();
        case Tags.TENSOR_NAME -> tensor.name = text();
        case Tags.TENSOR_RAW -> tensor.raw = in.readByteArray();
        case Tags.TENSOR_FLOATS -> tensor.elements.putInt(in.readFixed32());
        // Packed, they lie as raw elements do.
        case Tags.TENSOR_FLOATS_PACKED, Tags.TENSOR_DOUBLES_PACKED ->
            tensor.elements.put(in.readByteArray());
        case Tags.TENSOR_INT32S -> tensor.putInt32(in.readInt32());
        case Tags.TENSOR_INT32S_PACKED -> packed(() -> tensor.putInt32(in.readInt32()));
        case Tags.TENSOR_INT64S -> tensor.elements.putLong(in.readInt64());
        case Tags.TENSOR_INT64S_PACKED -> packed(() -> tensor.elements.putLong(in.readInt64()));
        case Tags.TENSOR_EXTERNAL -> entry(tensor.external);
        case Tags.TENSOR_LOCATION -> tensor.location = in.readInt32();
        default -> {
          return false;
        }
      }
      return true;
    });
    return tensor;
  }

  private Value value() throws IOException {
    var value =
        new Object() {
          String name = "";
          int type;
          @Nullable List<Dimension> shape;
        };
    Field tensorType =
        tag -> {
          switch (tag) {
            case Tags.TENSOR_TYPE_ELEMENT -> value.type = in.readInt32();
            case Tags.TENSOR_TYPE_SHAPE -> value.shape = shape();
            default -> {
              return false;
            }
          }
          return true;
        };
    Field type =
        tag -> {
          if (tag == Tags.TYPE_TENSOR) {
            message(tensorType);
          }
          return tag == Tags.TYPE_TENSOR;
        };
    message(tag -> {
      switch (tag) {
        case Tags.VALUE_NAME -> value.name = text();
        case Tags.VALUE_TYPE -> message(type);
        default -> {
          return false;
        }
      }
      return true;
    });
    return new Value(value.name, value.type, value.shape);
  }

  private List<Dimension> shape() throws IOException {
    List<Dimension> dimensions = new ArrayList<>();
    message(tag -> {
      if (tag == Tags.SHAPE_DIMENSION) {
        dimensions.add(dimension());
      }
      return tag == Tags.SHAPE_DIMENSION;
    });
    return dimensions;
  }

  private Dimension dimension() throws IOException {
    var dimension =
        new Object() {
          long size;
          String word = "";
          String denotation = "";
        };
    message(tag -> {
      switch (tag) {
        case Tags.DIMENSION_SIZE -> dimension.size = in.readInt64();
        case Tags.DIMENSION_WORD -> dimension.word = text();
        case Tags.DIMENSION_DENOTATION -> dimension.denotation = text();
        default -> {
          return false;
        }
      }
      return true;
    });
    return new Dimension(Math.max(0, dimension.size), dimension.word, dimension.denotation);
  }

  // --- the encoding
  // -------------------------------------------------------------------------------

  private String text() throws IOException {
    return in.readStringRequireUtf8();
  }

  /// Reads a message within the present one.
  private void message(Field field) throws IOException {
    if (++messages > MOST_MESSAGES) {
      throw new DataException(
          String.format(
              Locale.ROOT, "%s: more than %,d parts, which no model has", file, MOST_MESSAGES));
    }
    int outer = in.pushLimit(in.readRawVarint32());
    fields(field);
    if (in.getBytesUntilLimit() != 0) {
      throw new DataException(file + ": the file may be cut short: byte " + in.getTotalBytesRead());
    }
    in.popLimit(outer);
  }

  private void fields(Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!field.take(tag) && !in.skipField(tag)) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: byte %d: not an ONNX file, or damaged",
                file,
                in.getTotalBytesRead()));
      }
    }
  }

  /// Reads one of several numbers that lie one behind the other.
  @FunctionalInterface
  private interface Element {
    void read() throws IOException;
  }

  private void packed(Element element) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      element.read();
    }
    in.popLimit(outer);
  }
}
