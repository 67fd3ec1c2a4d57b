package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormEpilogue;
import dev.descent.internal.lowering.Group;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import org.jspecify.annotations.Nullable;

/// What follows a matrix product element by element, done to each part of the result as soon as it
/// is there, while it lies in the cache.
///
/// @param bias added to each row, or null
/// @param activation applied afterwards, or null
/// @param activated where the activation's result goes: the product's own place, or another of the
///     same shape
/// @param backward the activation whose derivative multiplies the product, or null
/// @param saved what that derivative is computed from, of the product's shape
record Epilogue(
    @Nullable FloatSpan bias,
    @Nullable Activation activation,
    @Nullable FloatSpan activated,
    @Nullable Activation backward,
    @Nullable FloatSpan saved) {
  static Epilogue of(Group.Product product, Storage storage) {
    AddBias bias = product.bias();
    Activate activate = product.activate();
    ActivateBackward backward = product.backward();
    return new Epilogue(
        bias == null ? null : storage.floats(bias.bias()),
        activate == null ? null : activate.activation(),
        activate == null ? null : storage.floats(activate.out()),
        backward == null ? null : backward.activation(),
        backward == null ? null : storage.floats(backward.saved()));
  }

  static final Epilogue NONE = new Epilogue(null, null, null, null, null);

  static Epilogue of(Group.Convolution group, Storage storage) {
    AddBias bias = group.bias();
    Activate activate = group.activate();
    return new Epilogue(
        bias == null ? null : storage.floats(bias.bias()),
        activate == null ? null : activate.activation(),
        activate == null ? null : storage.floats(activate.out()),
        null,
        null);
  }

  /// The same for products by forms, or null where it is none that those take: another activation
  /// than ReLU, or one that leaves the product where it is.
  ///
  /// @param out the product, row-major
  /// @param ld its number of columns
  @Nullable FormEpilogue byForms(FloatSpan out, int ld) {
    if ((activation != null && activation != Activation.RELU)
        || (backward != null && backward != Activation.RELU)
        || (activated != null && !activated.equals(out))) {
      return null;
    }
    return new FormEpilogue(
        bias == null ? null : bias.array(),
        bias == null ? 0 : bias.offset(),
        activation != null,
        saved == null ? null : saved.array(),
        saved == null ? 0 : saved.offset(),
        out.array(),
        out.offset(),
        ld);
  }

  /// Stores a rectangle of the result and finishes it.
  ///
  /// @param tile the rectangle
  /// @param out receives it, row-major
  /// @param ld its number of columns
  /// @param row the rectangle's first row
  /// @param column its first column
  void store(
      Elementwise math,
      float[] tile,
      int tile0,
      int ldtile,
      FloatSpan out,
      int ld,
      int row,
      int column,
      int rows,
      int columns) {
    int to = out.offset() + row * ld + column;
    if (bias == null) {
      math.copy(tile, tile0, ldtile, out.array(), to, ld, rows, columns);
    } else {
      int bias0 = bias.offset() + column;
      math.addBias(tile, tile0, ldtile, bias.array(), bias0, out.array(), to, ld, rows, columns);
    }
    finish(math, out, ld, row, column, rows, columns);
  }

  /// Finishes a rectangle of the result.
  ///
  /// @param out the product, row-major
  /// @param ld its number of columns
  /// @param row the rectangle's first row
  /// @param column its first column
  void apply(Elementwise math, FloatSpan out, int ld, int row, int column, int rows, int columns) {
    int start = row * ld + column;
    float[] array = out.array();
    int at = out.offset() + start;
    if (bias != null) {
      int bias0 = bias.offset() + column;
      math.addBias(array, at, ld, bias.array(), bias0, array, at, ld, rows, columns);
    }
    finish(math, out, ld, row, column, rows, columns);
  }

  /// What comes after the bias.
  void finish(Elementwise math, FloatSpan out, int ld, int row, int column, int rows, int columns) {
    int start = row * ld + column;
    float[] array = out.array();
    int at = out.offset() + start;
    if (activation != null && activated != null) {
      int to = activated.offset() + start;
      math.activate(activation, array, at, ld, activated.array(), to, ld, rows, columns);
    }
    if (backward != null && saved != null) {
      int from = saved.offset() + start;
      math.activateBackward(
          backward, saved.array(), from, ld, array, at, ld, array, at, ld, rows, columns);
    }
  }
}
