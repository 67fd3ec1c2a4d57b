package dev.descent.program;

import java.util.Objects;

/// A matrix of `rows` x `columns` elements, row-major and contiguous, that starts `offset` elements
/// into a [Buffer]. A tensor is a description: it holds no data itself.
///
/// @param name for messages and `descent explain`
/// @param buffer where the elements lie
/// @param offset the index of the first element within the buffer
/// @param rows at least 1
/// @param columns at least 1
public record Tensor(String name, Buffer buffer, long offset, long rows, long columns) {
  public Tensor {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(buffer, "buffer");
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "tensor " + name + " is " + rows + " x " + columns + "; both must be >= 1");
    }
    if (offset < 0 || offset > buffer.length() - Math.multiplyExact(rows, columns)) {
      throw new IllegalArgumentException(
          "tensor %s of %d x %d at %d leaves buffer %s of length %d"
              .formatted(name, rows, columns, offset, buffer.name(), buffer.length()));
    }
  }

  /// The number of elements.
  public long size() {
    return rows * columns;
  }

  public DType type() {
    return buffer.type();
  }

  /// The size in bytes.
  public long bytes() {
    return size() * type().bytes();
  }

  /// The shape as text: `128 x 784`.
  public String shape() {
    return rows + " x " + columns;
  }

  /// The view of the first `count` rows.
  public Tensor firstRows(long count) {
    return slice(0, count);
  }

  /// The view of `count` rows from row `first`.
  public Tensor slice(long first, long count) {
    if (first < 0 || count < 1 || first > rows - count) {
      throw new IllegalArgumentException(
          "rows %d to %d of tensor %s, which has %d".formatted(first, first + count, name, rows));
    }
    return new Tensor(name, buffer, offset + first * columns, count, columns);
  }

  /// The same elements as a matrix of another shape.
  ///
  /// @param newRows newRows x newColumns must be [#size]
  /// @param newColumns newRows x newColumns must be [#size]
  public Tensor as(long newRows, long newColumns) {
    Tensor view = new Tensor(name, buffer, offset, newRows, newColumns);
    if (view.size() != size()) {
      throw new IllegalArgumentException("tensor " + this + " seen as " + view.shape());
    }
    return view;
  }

  /// Whether the two share an element.
  public boolean overlaps(Tensor other) {
    return buffer.equals(other.buffer)
        && offset < other.offset + other.size()
        && other.offset < offset + size();
  }

  /// Whether the other tensor has all elements of this one.
  public boolean isWithin(Tensor other) {
    return buffer.equals(other.buffer)
        && other.offset <= offset
        && offset + size() <= other.offset + other.size();
  }

  /// Whether the two cover exactly the same elements.
  public boolean sameElements(Tensor other) {
    return buffer.equals(other.buffer) && offset == other.offset && size() == other.size();
  }

  @Override
  public String toString() {
    return name + "[" + shape() + "]";
  }
}
