package dev.descent.program;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A matrix of `rows` x `columns` elements, row-major and contiguous, that starts `offset` elements
/// into a [Buffer]. A tensor is a description: it holds no data itself.
///
/// @param name for messages and `descent explain`
/// @param buffer where the elements lie
/// @param offset the index of the first element within the buffer
/// @param rows at least 1
/// @param columns at least 1
public record Tensor(String name, Buffer buffer, long offset, long rows, long columns) {
  // Written out for the reason that [Buffer]'s are.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Tensor tensor
            && offset == tensor.offset
            && rows == tensor.rows
            && columns == tensor.columns
            && name.equals(tensor.name)
            && buffer.equals(tensor.buffer));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * buffer.hashCode() + Long.hashCode(offset)) + name.hashCode();
  }

  /// Checks that the elements lie within the buffer.
  ///
  /// @throws IllegalArgumentException with the sizes if they do not
  public Tensor {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(buffer, "buffer");
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "tensor " + name + " is " + rows + " x " + columns + "; both must be >= 1");
    }
    if (offset < 0 || offset > buffer.length() - Math.multiplyExact(rows, columns)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "tensor %s of %d x %d at %d leaves buffer %s of length %d",
              name,
              rows,
              columns,
              offset,
              buffer.name(),
              buffer.length()));
    }
  }

  /// {@return the number of elements}
  public long size() {
    return rows * columns;
  }

  /// {@return the type of the elements}
  public DType type() {
    return buffer.type();
  }

  /// {@return the size in bytes}
  public long bytes() {
    return size() * type().bytes();
  }

  /// {@return the shape as text: `128 x 784`}
  public String shape() {
    return rows + " x " + columns;
  }

  /// {@return the view of the first `count` rows}
  ///
  /// @param count how many rows
  public Tensor firstRows(long count) {
    return slice(0, count);
  }

  /// {@return the view of `count` rows from row `first`}
  ///
  /// @param first the first row, from 0
  /// @param count how many rows
  public Tensor slice(long first, long count) {
    if (first < 0 || count < 1 || first > rows - count) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "rows %d to %d of tensor %s, which has %d",
              first,
              first + count,
              name,
              rows));
    }
    return new Tensor(name, buffer, offset + first * columns, count, columns);
  }

  /// {@return the same elements as a matrix of another shape}
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

  /// {@return whether the two share an element}
  ///
  /// @param other to compare with
  public boolean overlaps(Tensor other) {
    return buffer.equals(other.buffer)
        && offset < other.offset + other.size()
        && other.offset < offset + size();
  }

  /// {@return whether the other tensor has all elements of this one}
  ///
  /// @param other to compare with
  public boolean isWithin(Tensor other) {
    return buffer.equals(other.buffer)
        && other.offset <= offset
        && offset + size() <= other.offset + other.size();
  }

  /// {@return whether the two cover exactly the same elements}
  ///
  /// @param other to compare with
  public boolean sameElements(Tensor other) {
    return buffer.equals(other.buffer) && offset == other.offset && size() == other.size();
  }

  @Override
  public String toString() {
    return name + "[" + shape() + "]";
  }
}
