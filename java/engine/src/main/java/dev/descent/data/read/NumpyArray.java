package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.Decimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// An array as NumPy has it: a shape, a type, and the elements in row-major order (C order),
/// whatever the order of the file was.
///
/// Numbers are float16, float32, float64, signed and unsigned integers of 8 to 64 bits, and
/// booleans, which are 0 and 1; texts are NumPy's `S` and `U`. Immutable as long as nobody writes
/// its arrays.
public final class NumpyArray {
  private final String name;
  private final Type type;
  private final int[] shape;
  private final ByteBuffer elements;

  /// The type of elements, as NumPy's `descr` gives it.
  ///
  /// @param kind `f`, `i`, `u`, `b`, `S` or `U`
  /// @param bytes of an element
  /// @param order of the bytes of a number or of a character of `U`
  record Type(char kind, int bytes, ByteOrder order) {
    boolean isText() {
      return kind == 'S' || kind == 'U';
    }
  }

  /// @param name where it was found, for messages
  /// @param elements in row-major order, from position 0; not copied
  NumpyArray(String name, Type type, int[] shape, byte[] elements) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.elements = ByteBuffer.wrap(elements).order(type.order());
  }

  /// {@return an array of float32}
  ///
  /// @param values row-major; copied
  /// @param shape the size of each dimension, the slowest first
  /// @throws IllegalArgumentException if the shape has another number of elements
  public static NumpyArray of(float[] values, int... shape) {
    ByteBuffer bytes = room(values.length, Float.BYTES, shape);
    bytes.asFloatBuffer().put(values);
    return new NumpyArray(
        "array", new Type('f', Float.BYTES, ByteOrder.LITTLE_ENDIAN), shape.clone(), bytes.array());
  }

  /// {@return an array of float64}
  ///
  /// @param values row-major; copied
  /// @param shape the size of each dimension, the slowest first
  /// @throws IllegalArgumentException if the shape has another number of elements
  public static NumpyArray of(double[] values, int... shape) {
    ByteBuffer bytes = room(values.length, Double.BYTES, shape);
    bytes.asDoubleBuffer().put(values);
    return new NumpyArray(
        "array",
        new Type('f', Double.BYTES, ByteOrder.LITTLE_ENDIAN),
        shape.clone(),
        bytes.array());
  }

  /// {@return an array of int32}
  ///
  /// @param values row-major; copied
  /// @param shape the size of each dimension, the slowest first
  /// @throws IllegalArgumentException if the shape has another number of elements
  public static NumpyArray of(int[] values, int... shape) {
    ByteBuffer bytes = room(values.length, Integer.BYTES, shape);
    bytes.asIntBuffer().put(values);
    return new NumpyArray(
        "array",
        new Type('i', Integer.BYTES, ByteOrder.LITTLE_ENDIAN),
        shape.clone(),
        bytes.array());
  }

  /// {@return an array of uint8}
  ///
  /// @param values row-major; copied
  /// @param shape the size of each dimension, the slowest first
  /// @throws IllegalArgumentException if the shape has another number of elements
  public static NumpyArray of(byte[] values, int... shape) {
    ByteBuffer bytes = room(values.length, 1, shape).put(values);
    return new NumpyArray(
        "array", new Type('u', 1, ByteOrder.LITTLE_ENDIAN), shape.clone(), bytes.array());
  }

  private static ByteBuffer room(int count, int size, int[] shape) {
    long wanted = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    if (wanted != count || Arrays.stream(shape).anyMatch(n -> n < 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%d values for an array of shape %s", count, Arrays.toString(shape)));
    }
    return ByteBuffer.allocate(Math.multiplyExact(count, size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// {@return where it was found, for messages}
  public String name() {
    return name;
  }

  /// {@return the number of dimensions}
  public int rank() {
    return shape.length;
  }

  /// {@return the length of a dimension, from 0}
  ///
  /// @param dimension from 0
  public int length(int dimension) {
    return shape[dimension];
  }

  /// {@return the shape as Python writes it: `(60000, 28, 28)`}
  public String shape() {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < shape.length; i++) {
      text.append(i == 0 ? "" : ", ").append(shape[i]);
    }
    return text.append(shape.length == 1 ? ",)" : ")").toString();
  }

  /// {@return the type as NumPy writes it: `<f4`}
  public String type() {
    boolean single = type.bytes() == 1 || type.kind() == 'S';
    String order = single ? "|" : type.order() == ByteOrder.BIG_ENDIAN ? ">" : "<";
    return order + type.kind() + (type.kind() == 'U' ? type.bytes() / Integer.BYTES : type.bytes());
  }

  /// {@return the number of elements}
  public int size() {
    return elements.capacity() / Math.max(1, type.bytes());
  }

  /// {@return whether elements are texts}
  public boolean isText() {
    return type.isText();
  }

  /// {@return whether elements are unsigned bytes, as pixels are}
  public boolean isBytes() {
    return type.kind() == 'u' && type.bytes() == 1;
  }

  /// The elements as they lie in a file.
  byte[] raw() {
    return elements.array();
  }

  /// {@return the elements of an array of bytes} The array's own: don't modify it.
  ///
  /// @throws DataException if they are none
  public byte[] bytes() {
    if (!isBytes()) {
      throw new DataException("%s: is of type %s, not |u1".formatted(name, type()));
    }
    return elements.array();
  }

  /// {@return an element as a number}
  ///
  /// @param index in row-major order
  /// @throws DataException if elements are texts
  public double number(int index) {
    int at = index * type.bytes();
    return switch (type.kind()) {
      case 'f' ->
          switch (type.bytes()) {
            case 2 -> Float.float16ToFloat(elements.getShort(at));
            case 4 -> elements.getFloat(at);
            default -> elements.getDouble(at);
          };
      case 'b' -> elements.get(at) == 0 ? 0 : 1;
      case 'i' -> whole(at);
      case 'u' ->
          switch (type.bytes()) {
            case 1 -> elements.get(at) & 0xFF;
            case 2 -> elements.getShort(at) & 0xFFFF;
            case 4 -> elements.getInt(at) & 0xFFFF_FFFFL;
            default -> unsigned(elements.getLong(at));
          };
      default -> throw new DataException("%s: holds texts, not numbers".formatted(name));
    };
  }

  private long whole(int at) {
    return switch (type.bytes()) {
      case 1 -> elements.get(at);
      case 2 -> elements.getShort(at);
      case 4 -> elements.getInt(at);
      default -> elements.getLong(at);
    };
  }

  private static double unsigned(long bits) {
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  /// {@return an element as a text: as it is, or a number in its shortest form, without a fraction
  /// where it has none}
  ///
  /// @param index of the element, in row-major order
  public String text(int index) {
    int at = index * type.bytes();
    if (type.kind() == 'S') {
      int end = at + type.bytes();
      while (end > at && elements.get(end - 1) == 0) {
        end--;
      }
      return new String(elements.array(), at, end - at, StandardCharsets.UTF_8);
    }
    if (type.kind() == 'U') {
      StringBuilder text = new StringBuilder();
      for (int i = at; i < at + type.bytes(); i += Integer.BYTES) {
        int point = elements.getInt(i);
        if (point != 0) {
          text.appendCodePoint(Character.isValidCodePoint(point) ? point : 0xFFFD);
        }
      }
      return text.toString();
    }
    return Decimal.shortest(number(index));
  }

  /// {@return all elements as float32} A new array.
  ///
  /// @throws DataException if elements are texts
  public float[] floats() {
    float[] values = new float[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) number(i);
    }
    return values;
  }

  /// As in a message: `<f4 of shape (3, 4)`.
  @Override
  public String toString() {
    return type() + " of shape " + shape();
  }
}
