package dev.descent.internal.device;

import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.List;

/// The kernel of an operation on the neighbourhoods of positions. `images.cu` and `images.cl` have
/// the same names and arguments: the counts, then the tensors.
///
/// @param name of the kernel
/// @param window how it moves
/// @param result whose elements it computes, each by itself
/// @param channels of the images
/// @param tensors its arguments
public record WindowedKernel(
    String name, Window window, Tensor result, long channels, List<Tensor> tensors) {
  /// The kernel of an operation that has one.
  ///
  /// @throws IllegalArgumentException for a convolution, which expands into others
  public static WindowedKernel of(WindowedOperation operation) {
    return switch (operation) {
      case Unfold op -> of("unfold", op, op.out(), op.x().columns(), op.x(), op.out());
      case Fold op -> of("fold", op, op.out(), op.out().columns(), op.x(), op.out());
      case MaxPool op ->
          of("max_pool", op, op.out(), op.out().columns(), op.x(), op.out(), op.taps());
      case MaxPoolBackward op ->
          of("max_pool_backward", op, op.dX(), op.dX().columns(), op.dOut(), op.taps(), op.dX());
      case AveragePool op -> of("average_pool", op, op.out(), op.out().columns(), op.x(), op.out());
      case AveragePoolBackward op ->
          of("average_pool_backward", op, op.dX(), op.dX().columns(), op.dOut(), op.dX());
      case Conv2d _, Conv2dBackwardInput _, Conv2dBackwardWeights _ ->
          throw new IllegalArgumentException(operation.name() + " has no kernel of its own");
    };
  }

  private static WindowedKernel of(
      String name, WindowedOperation op, Tensor result, long channels, Tensor... tensors) {
    return new WindowedKernel(name, op.window(), result, channels, List.of(tensors));
  }

  /// {@return the elements to compute, the channels, and how the window moves}
  public long[] counts() {
    return counts(result.size(), channels, window);
  }

  /// {@return two counts, and how a window moves}
  public static long[] counts(long first, long channels, Window window) {
    return new long[] {
      first,
      channels,
      window.height(),
      window.width(),
      window.kernelHeight(),
      window.kernelWidth(),
      window.stride(),
      window.top(),
      window.left(),
      window.outHeight(),
      window.outWidth(),
    };
  }
}
