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
  /// Elements that a thread copies at once.
  private static final long CHUNK = 4;

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
        new ProductShape(
            op.out().rows(), op.w().columns(), depth(op.window(), op.x().columns()), false, false));
  }

  static Convolution of(Conv2dBackwardInput op) {
    return new Convolution(
        op.dOut(),
        op.w(),
        op.dX(),
        op.window(),
        true,
        new ProductShape(
            op.dX().rows(),
            op.dX().columns(),
            depth(op.window(), op.dOut().columns()),
            false,
            true));
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

  /// The k of a product that goes over the lines of the kernel.
  private static long depth(Window window, long channels) {
    return window.kernelHeight() * padded(window.kernelWidth() * channels);
  }

  /// What of k a line of the kernel takes: whole chunks.
  private static long padded(long run) {
    return Math.ceilDiv(run, CHUNK) * CHUNK;
  }

  /// Rows of `a` that belong to one image, or columns where it is transposed.
  int lines() {
    return byInput ? window.positions() : window.places();
  }

  /// The members of `Convolution` in `convolution.cuh`.
  void addTo(CommandBuilder builder) {
    long run = window.kernelWidth() * images.columns();
    builder
        .ints(
            byInput ? window.outHeight() : window.height(),
            byInput ? window.outWidth() : window.width(),
            byInput ? window.kernelHeight() - 1 - window.top() : window.top(),
            byInput ? window.kernelWidth() - 1 - window.left() : window.left(),
            window.taps(),
            window.kernelWidth(),
            run)
        .divisors(
            padded(run),
            images.columns(),
            window.stride(),
            lines(),
            byInput ? window.width() : window.outWidth());
  }
}
