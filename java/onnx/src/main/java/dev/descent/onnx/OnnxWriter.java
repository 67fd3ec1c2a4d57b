package dev.descent.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Dimension;
import dev.descent.onnx.OnnxModel.Node;
import dev.descent.onnx.OnnxModel.Types;
import dev.descent.onnx.OnnxModel.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// Encodes models.
final class OnnxWriter {
  /// The version of the format that came with operator set 17, and with 20.
  private static final int IR_VERSION = 8;

  private static final int IR_VERSION_OF_20 = 9;
  private static final int OPSET_20 = 20;

  /// What an attribute holds, in ONNX's numbers.
  private static final int FLOAT = 1;

  private static final int INT = 2;
  private static final int STRING = 3;
  private static final int INTS = 7;

  private OnnxWriter() {}

  static void write(OnnxModel model, Path file) {
    Message message = model(model);
    if (message.size() > Integer.MAX_VALUE) {
      throw new DescentException(
          String.format(
              Locale.ROOT,
              "can't write %s: the model takes %d MiB, and an ONNX file can have 2048",
              file,
              message.size() >> 20));
    }
    AtomicFile.write(
        file,
        out -> {
          CodedOutputStream coded = CodedOutputStream.newInstance(out);
          message.writeTo(coded);
          coded.flush();
        });
  }

  private static Message model(OnnxModel model) {
    Message message =
        new Message()
            .put(Tags.MODEL_IR_VERSION, model.opset() < OPSET_20 ? IR_VERSION : IR_VERSION_OF_20)
            .put(Tags.MODEL_PRODUCER, model.producer())
            .put(Tags.MODEL_GRAPH, graph(model))
            .put(
                Tags.MODEL_OPSET,
                new Message().put(Tags.OPSET_DOMAIN, "").put(Tags.OPSET_VERSION, model.opset()));
    new TreeMap<>(model.metadata())
        .forEach((name, text) ->
            message.put(
                Tags.MODEL_METADATA,
                new Message().put(Tags.ENTRY_KEY, name).put(Tags.ENTRY_VALUE, text)));
    return message;
  }

  private static Message graph(OnnxModel model) {
    Message graph = new Message();
    model.nodes().forEach(node -> graph.put(Tags.GRAPH_NODE, node(node)));
    graph.put(Tags.GRAPH_NAME, "model");
    model
        .constants()
        .forEach((name, constant) -> graph.put(Tags.GRAPH_INITIALIZER, tensor(name, constant)));
    model.inputs().forEach(value -> graph.put(Tags.GRAPH_INPUT, value(value)));
    model.outputs().forEach(value -> graph.put(Tags.GRAPH_OUTPUT, value(value)));
    return graph;
  }

  private static Message node(Node node) {
    Message message = new Message();
    node.inputs().forEach(name -> message.put(Tags.NODE_INPUT, name));
    node.outputs().forEach(name -> message.put(Tags.NODE_OUTPUT, name));
    message.put(Tags.NODE_NAME, node.name()).put(Tags.NODE_TYPE, node.type());
    new TreeMap<>(node.attributes())
        .forEach((name, value) -> message.put(Tags.NODE_ATTRIBUTE, attribute(name, value)));
    return message;
  }

  private static Message attribute(String name, Object value) {
    Message message = new Message().put(Tags.ATTRIBUTE_NAME, name);
    return switch (value) {
      case Float number ->
          message.put(Tags.ATTRIBUTE_FLOAT, number).put(Tags.ATTRIBUTE_TYPE, FLOAT);
      case Long whole -> message.put(Tags.ATTRIBUTE_INT, whole).put(Tags.ATTRIBUTE_TYPE, INT);
      case String text -> message.put(Tags.ATTRIBUTE_STRING, text).put(Tags.ATTRIBUTE_TYPE, STRING);
      case List<?> wholes -> {
        wholes.forEach(whole -> message.put(Tags.ATTRIBUTE_INTS, (long) (Long) whole));
        yield message.put(Tags.ATTRIBUTE_TYPE, INTS);
      }
      default -> throw new IllegalArgumentException("no attribute can be a " + value.getClass());
    };
  }

  private static Message tensor(String name, Constant constant) {
    Message message = new Message();
    constant.shape().forEach(size -> message.put(Tags.TENSOR_DIMS, size));
    message.put(Tags.TENSOR_TYPE, constant.type()).put(Tags.TENSOR_NAME, name);
    return constant.type() == Types.INT64
        ? message.putBytes(Tags.TENSOR_RAW, constant.wholes())
        : message.putBytes(Tags.TENSOR_RAW, constant.floats());
  }

  private static Message value(Value value) {
    Message shape = new Message();
    for (Dimension dimension : value.shape() == null ? List.<Dimension>of() : value.shape()) {
      Message message = new Message();
      if (dimension.size() > 0) {
        message.put(Tags.DIMENSION_SIZE, dimension.size());
      } else {
        message.put(Tags.DIMENSION_WORD, dimension.word());
      }
      if (!dimension.denotation().isEmpty()) {
        message.put(Tags.DIMENSION_DENOTATION, dimension.denotation());
      }
      shape.put(Tags.SHAPE_DIMENSION, message);
    }
    Message tensor =
        new Message()
            .put(Tags.TENSOR_TYPE_ELEMENT, value.type())
            .put(Tags.TENSOR_TYPE_SHAPE, shape);
    return new Message()
        .put(Tags.VALUE_NAME, value.name())
        .put(Tags.VALUE_TYPE, new Message().put(Tags.TYPE_TENSOR, tensor));
  }
}
