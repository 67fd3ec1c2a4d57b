package dev.descent.cuda;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import java.util.Optional;

/// A convolution as the product that it is: `convolution.cuh` says which rows and columns its
/// operands have.
///
/// @param images what is unfolded on the way, `a` of the product: the input, or by input the
///     gradient of the result
/// @param other the product's `b`: the weights, or by weights the gradient of the result
/// @param window how the kernel moves
/// @param byInput whether rows are positions, for which places are looked up, rather than places
/// @param shape of the product
record Convolution(
    Tensor images, Tensor other, Tensor out, Window window, boolean byInput, ProductShape shape) {

  /// The product of an operation, if it is a convolution.
  static Optional<Convolution> of(Operation operation) {
    return switch (operation) {
      case Conv2d op -> Optional.of(of(op));
      case Conv2dBackwardInput op -> Optional.of(of(op));
      case Conv2dBackwardWeights op -> Optional.of(of(op));
      default -> Optional.empty();
    };
  }

  static Convolution of(Conv2d op) {
    return new Convolution(
        op.x(),
        op.w(),
        op.out(),
        op.window(),
        false,
        new ProductShape(op.out().rows(), op.w().columns(), op.w().rows(), false, false));
  }

  static Convolution of(Conv2dBackwardInput op) {
    return new Convolution(
        op.dOut(),
        op.w(),
        op.dX(),
        op.window(),
        true,
        new ProductShape(
            op.dX().rows(), op.dX().columns(), op.window().taps() * op.w().columns(), false, true));
  }

  static Convolution of(Conv2dBackwardWeights op) {
    return new Convolution(
        op.x(),
        op.dOut(),
        op.dW(),
        op.window(),
        false,
        new ProductShape(op.dW().rows(), op.dW().columns(), op.dOut().rows(), true, false));
  }

  /// Rows of `a` that belong to one image, or columns where it is transposed.
  int lines() {
    return byInput ? window.positions() : window.places();
  }

  /// The members of `Convolution` in `convolution.cuh`.
  void addTo(CommandBuilder builder) {
    builder
        .ints(
            byInput ? window.outHeight() : window.height(),
            byInput ? window.outWidth() : window.width(),
            window.top(),
            window.left())
        .divisors(
            images.columns(),
            window.kernelWidth(),
            window.stride(),
            lines(),
            byInput ? window.width() : window.outWidth());
  }
}
