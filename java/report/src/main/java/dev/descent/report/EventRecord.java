package dev.descent.report;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/// Records of TensorBoard's event files: `Event` messages in protobuf's wire format, framed as
/// TFRecords. Sources: tensorflow/core/util/event.proto and summary.proto; record_writer.h: length
/// (8 bytes, little-endian), its masked CRC-32C, the message, its masked CRC-32C.
final class EventRecord {
  private static final int MASK_DELTA = 0xa282ead8;

  /// Protobuf's tags: the field's number, and behind it in three bits how the value lies.
  private static final int EVENT_WALL_TIME = 1 << 3 | 1;

  private static final int EVENT_STEP = 2 << 3;
  private static final int EVENT_FILE_VERSION = 3 << 3 | 2;
  private static final int EVENT_SUMMARY = 5 << 3 | 2;
  private static final int SUMMARY_VALUE = 1 << 3 | 2;
  private static final int VALUE_TAG = 1 << 3 | 2;
  private static final int VALUE_SIMPLE_VALUE = 2 << 3 | 5;

  private EventRecord() {}

  /// What a file begins with.
  ///
  /// @param wallTime in seconds since 1970
  static byte[] version(double wallTime) {
    var event = new Message().number(EVENT_WALL_TIME, wallTime);
    return framed(event.text(EVENT_FILE_VERSION, "brain.Event:2").bytes());
  }

  /// The values of scalars at a step.
  ///
  /// @param wallTime in seconds since 1970
  /// @param step at least 0
  /// @param scalars by name; not modified
  static byte[] scalars(double wallTime, long step, Map<String, Double> scalars) {
    var summary = new Message();
    scalars.forEach((name, value) ->
        summary.message(
            SUMMARY_VALUE,
            new Message().text(VALUE_TAG, name).number(VALUE_SIMPLE_VALUE, value.floatValue())));
    return framed(
        new Message()
            .number(EVENT_WALL_TIME, wallTime)
            .whole(EVENT_STEP, step)
            .message(EVENT_SUMMARY, summary)
            .bytes());
  }

  private static byte[] framed(byte[] message) {
    byte[] length = little(Long.BYTES).putLong(message.length).array();
    return little(length.length + message.length + 2 * Integer.BYTES)
        .put(length)
        .putInt(masked(length))
        .put(message)
        .putInt(masked(message))
        .array();
  }

  /// A checksum of data that may hold checksums: turned and shifted, so that it is no fixed point.
  private static int masked(byte[] bytes) {
    var checksum = new CRC32C();
    checksum.update(bytes);
    return Integer.rotateRight((int) checksum.getValue(), 15) + MASK_DELTA;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// A protobuf message that is being built.
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int tag, double value) {
      out.write(tag);
      out.writeBytes(little(Double.BYTES).putDouble(value).array());
      return this;
    }

    Message number(int tag, float value) {
      out.write(tag);
      out.writeBytes(little(Float.BYTES).putFloat(value).array());
      return this;
    }

    Message whole(int tag, long value) {
      out.write(tag);
      varint(value);
      return this;
    }

    Message text(int tag, String value) {
      return bytes(tag, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int tag, Message value) {
      return bytes(tag, value.bytes());
    }

    private Message bytes(int tag, byte[] value) {
      out.write(tag);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    private void varint(long value) {
      long rest = value;
      while (rest >>> 7 != 0) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
