package dev.descent.onnx;

/// How the fields of ONNX's messages are marked in a file: each with its number and the way its
/// value is encoded. Only the fields that are written or read here.
final class Tags {
  static final int VARINT = 0;
  static final int LENGTH = 2;
  static final int FIXED32 = 5;

  static final int MODEL_IR_VERSION = 1 << 3 | VARINT;
  static final int MODEL_PRODUCER = 2 << 3 | LENGTH;
  static final int MODEL_GRAPH = 7 << 3 | LENGTH;
  static final int MODEL_OPSET = 8 << 3 | LENGTH;
  static final int MODEL_METADATA = 14 << 3 | LENGTH;

  static final int OPSET_DOMAIN = 1 << 3 | LENGTH;
  static final int OPSET_VERSION = 2 << 3 | VARINT;

  /// Of an entry in a map of strings.
  static final int ENTRY_KEY = 1 << 3 | LENGTH;

  static final int ENTRY_VALUE = 2 << 3 | LENGTH;

  static final int GRAPH_NODE = 1 << 3 | LENGTH;
  static final int GRAPH_NAME = 2 << 3 | LENGTH;
  static final int GRAPH_INITIALIZER = 5 << 3 | LENGTH;
  static final int GRAPH_INPUT = 11 << 3 | LENGTH;
  static final int GRAPH_OUTPUT = 12 << 3 | LENGTH;

  static final int NODE_INPUT = 1 << 3 | LENGTH;
  static final int NODE_OUTPUT = 2 << 3 | LENGTH;
  static final int NODE_NAME = 3 << 3 | LENGTH;
  static final int NODE_TYPE = 4 << 3 | LENGTH;
  static final int NODE_ATTRIBUTE = 5 << 3 | LENGTH;
  static final int NODE_DOMAIN = 7 << 3 | LENGTH;

  static final int ATTRIBUTE_NAME = 1 << 3 | LENGTH;
  static final int ATTRIBUTE_FLOAT = 2 << 3 | FIXED32;
  static final int ATTRIBUTE_INT = 3 << 3 | VARINT;
  static final int ATTRIBUTE_STRING = 4 << 3 | LENGTH;
  static final int ATTRIBUTE_TENSOR = 5 << 3 | LENGTH;
  static final int ATTRIBUTE_FLOATS = 7 << 3 | FIXED32;
  static final int ATTRIBUTE_FLOATS_PACKED = 7 << 3 | LENGTH;
  static final int ATTRIBUTE_INTS = 8 << 3 | VARINT;
  static final int ATTRIBUTE_INTS_PACKED = 8 << 3 | LENGTH;
  static final int ATTRIBUTE_TYPE = 20 << 3 | VARINT;

  static final int TENSOR_DIMS = 1 << 3 | VARINT;
  static final int TENSOR_DIMS_PACKED = 1 << 3 | LENGTH;
  static final int TENSOR_TYPE = 2 << 3 | VARINT;
  static final int TENSOR_FLOATS = 4 << 3 | FIXED32;
  static final int TENSOR_FLOATS_PACKED = 4 << 3 | LENGTH;
  static final int TENSOR_INT32S = 5 << 3 | VARINT;
  static final int TENSOR_INT32S_PACKED = 5 << 3 | LENGTH;
  static final int TENSOR_INT64S = 7 << 3 | VARINT;
  static final int TENSOR_INT64S_PACKED = 7 << 3 | LENGTH;
  static final int TENSOR_NAME = 8 << 3 | LENGTH;
  static final int TENSOR_RAW = 9 << 3 | LENGTH;
  static final int TENSOR_DOUBLES_PACKED = 10 << 3 | LENGTH;
  static final int TENSOR_EXTERNAL = 13 << 3 | LENGTH;
  static final int TENSOR_LOCATION = 14 << 3 | VARINT;

  static final int VALUE_NAME = 1 << 3 | LENGTH;
  static final int VALUE_TYPE = 2 << 3 | LENGTH;
  static final int TYPE_TENSOR = 1 << 3 | LENGTH;
  static final int TENSOR_TYPE_ELEMENT = 1 << 3 | VARINT;
  static final int TENSOR_TYPE_SHAPE = 2 << 3 | LENGTH;
  static final int SHAPE_DIMENSION = 1 << 3 | LENGTH;
  static final int DIMENSION_SIZE = 1 << 3 | VARINT;
  static final int DIMENSION_WORD = 2 << 3 | LENGTH;
  static final int DIMENSION_DENOTATION = 3 << 3 | LENGTH;

  private Tags() {}
}
