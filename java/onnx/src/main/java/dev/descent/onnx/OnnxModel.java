package dev.descent.onnx;

import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a file holds.
///
/// @param producer the program that wrote it; empty if it is not known
/// @param opset the version of ONNX's own operators
/// @param constants the initializers, by name, in the file's order
/// @param inputs without those that are initializers too
/// @param metadata by name
record OnnxModel(
    String producer,
    long opset,
    List<Node> nodes,
    Map<String, Constant> constants,
    List<Value> inputs,
    List<Value> outputs,
    Map<String, String> metadata) {

  /// An operator with its inputs and outputs.
  ///
  /// @param name empty if it has none
  /// @param type the operator's: `Gemm`
  /// @param domain empty for ONNX's own operators
  /// @param inputs names of values; empty where an optional one is left out
  /// @param attributes by name: a Float, a Long, a String, a `List<Long>` or a [Constant]
  record Node(
      String name,
      String type,
      String domain,
      List<String> inputs,
      List<String> outputs,
      Map<String, Object> attributes) {
    /// The name of an input; empty if the node has not so many.
    String input(int index) {
      return index < inputs.size() ? inputs.get(index) : "";
    }

    /// The name of the first output; empty if it has none.
    String output() {
      return outputs.isEmpty() ? "" : outputs.getFirst();
    }

    /// The node in a message: by its name, or what it gives.
    @Override
    public String toString() {
      String label = name.isEmpty() ? output() : name;
      return "node %s (%s)".formatted(Visible.quoted(label), Visible.value(type));
    }
  }

  /// A tensor whose elements are known.
  ///
  /// @param type as in [Types]
  /// @param shape from the outermost size to the innermost; empty for a single number
  /// @param floats the elements of a type of floating-point numbers, row-major; else empty
  /// @param wholes the elements of a type of whole numbers; else empty
  @SuppressWarnings("ArrayRecordComponent") // copying all weights would double a model's memory
  record Constant(int type, List<Long> shape, float[] floats, long[] wholes) {
    /// Numbers of type float32.
    static Constant of(float[] floats, List<Long> shape) {
      return new Constant(Types.FLOAT, shape, floats, new long[0]);
    }
  }

  /// An input or an output of the graph.
  ///
  /// @param type as in [Types]; 0 if it is no tensor
  /// @param shape null if the file does not tell it
  record Value(String name, int type, @Nullable List<Dimension> shape) {}

  /// A size of a tensor.
  ///
  /// @param size 0 if any will do
  /// @param word the name of a size that any will do for; else empty
  /// @param denotation what the dimension means, in ONNX's words; empty if it is not told
  record Dimension(long size, String word, String denotation) {
    static final String BATCH = "DATA_BATCH";
    static final String CHANNEL = "DATA_CHANNEL";
    static final String FEATURE = "DATA_FEATURE";
  }

  /// Types of elements, by ONNX's numbers.
  static final class Types {
    static final int FLOAT = 1;
    static final int INT32 = 6;
    static final int INT64 = 7;
    static final int FLOAT16 = 10;
    static final int DOUBLE = 11;
    static final int BFLOAT16 = 16;

    private static final List<String> WORDS =
        List.of(
            "undefined",
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16");

    private Types() {}

    /// A type in a message.
    static String word(int type) {
      return type >= 0 && type < WORDS.size() ? WORDS.get(type) : "number " + type;
    }

    /// Whether the type is one of floating-point numbers that can be read.
    static boolean isReal(int type) {
      return type == FLOAT || type == FLOAT16 || type == DOUBLE || type == BFLOAT16;
    }

    /// The bytes of an element of a type that can be read.
    static int bytes(int type) {
      return switch (type) {
        case FLOAT16, BFLOAT16 -> 2;
        case FLOAT, INT32 -> 4;
        case INT64, DOUBLE -> 8;
        default -> 0;
      };
    }
  }
}
