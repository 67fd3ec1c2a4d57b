package dev.descent.program;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A named run of elements that a backend allocates, 64-byte aligned where it can, filled with
/// zeros. A buffer is a description: it holds no data itself.
///
/// Two buffers are equal when all components are; names are unique within a [Program].
///
/// @param name unique within its program
/// @param role what the buffer is for
/// @param type the element type
/// @param length the number of elements, at least 1
public record Buffer(String name, Role role, DType type, long length) {
  /// Views within a buffer start at multiples of this many elements, so that each starts on its own
  /// cache line (64 bytes of F32).
  public static final int ALIGNMENT = 16;

  /// Checks the length.
  ///
  /// @throws IllegalArgumentException if it is below 1
  public Buffer {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(type, "type");
    if (length < 1) {
      throw new IllegalArgumentException("buffer " + name + " has length " + length + ", not >= 1");
    }
  }

  // Written out, since what a record has by itself makes a first prediction a tenth later.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Buffer buffer
            && length == buffer.length
            && role == buffer.role
            && type == buffer.type
            && name.equals(buffer.name));
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Long.hashCode(length);
  }

  /// {@return the size in bytes}
  public long bytes() {
    return length * type.bytes();
  }

  /// {@return the whole buffer as one row}
  public Tensor asRow() {
    return new Tensor(name, this, 0, 1, length);
  }

  /// {@return the whole buffer as one column}
  public Tensor asColumn() {
    return new Tensor(name, this, 0, length, 1);
  }

  /// {@return the whole buffer as a matrix}
  ///
  /// @param rows rows x columns must be the buffer's length
  /// @param columns rows x columns must be the buffer's length
  public Tensor asMatrix(long rows, long columns) {
    Tensor tensor = new Tensor(name, this, 0, rows, columns);
    if (tensor.size() != length) {
      throw new IllegalArgumentException(
          "buffer " + name + " of length " + length + " seen as " + tensor.shape());
    }
    return tensor;
  }

  /// {@return the next multiple of [#ALIGNMENT] that is not below `elements`}
  ///
  /// @param elements how many
  public static long align(long elements) {
    return (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
