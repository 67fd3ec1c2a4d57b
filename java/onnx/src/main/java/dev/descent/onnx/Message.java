package dev.descent.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A protobuf message that is being put together. Its length is known before it is written, so that
/// weights need no copy.
final class Message {
  private final List<Part> parts = new ArrayList<>();
  private long size;

  /// Writes a field.
  @FunctionalInterface
  private interface Part {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /// A whole number.
  Message put(int tag, long value) {
    return add(
        tag, CodedOutputStream.computeInt64SizeNoTag(value), out -> out.writeInt64NoTag(value));
  }

  /// A number of type float32.
  Message put(int tag, float value) {
    return add(tag, Float.BYTES, out -> out.writeFloatNoTag(value));
  }

  /// A text.
  Message put(int tag, String text) {
    return add(
        tag, CodedOutputStream.computeStringSizeNoTag(text), out -> out.writeStringNoTag(text));
  }

  /// A message.
  Message put(int tag, Message message) {
    return addBytes(tag, message.size, message::writeTo);
  }

  /// Numbers as bytes, each from its least significant byte to its most significant one.
  ///
  /// @param values not copied
  Message putBytes(int tag, float[] values) {
    return addBytes(
        tag,
        (long) Float.BYTES * values.length,
        out -> {
          for (float value : values) {
            out.writeFixed32NoTag(Float.floatToRawIntBits(value));
          }
        });
  }

  /// The same for whole numbers.
  Message putBytes(int tag, long[] values) {
    return addBytes(
        tag,
        (long) Long.BYTES * values.length,
        out -> {
          for (long value : values) {
            out.writeFixed64NoTag(value);
          }
        });
  }

  private Message addBytes(int tag, long bytes, Part part) {
    return add(
        tag,
        CodedOutputStream.computeUInt64SizeNoTag(bytes) + bytes,
        out -> {
          out.writeUInt64NoTag(bytes);
          part.writeTo(out);
        });
  }

  private Message add(int tag, long bytes, Part part) {
    size += CodedOutputStream.computeUInt32SizeNoTag(tag) + bytes;
    parts.add(out -> {
      out.writeUInt32NoTag(tag);
      part.writeTo(out);
    });
    return this;
  }

  /// Its length in bytes.
  long size() {
    return size;
  }

  void writeTo(CodedOutputStream out) throws IOException {
    for (Part part : parts) {
      part.writeTo(out);
    }
  }
}
