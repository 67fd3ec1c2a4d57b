package dev.descent.cuda;

import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;

/// Makes commands of operations on the neighbourhoods of positions: a thread computes an element.
final class ImagesCompiler {
  private final Kernels kernels;

  ImagesCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  Command compile(Unfold op) {
    return command(op, "unfold", op.out(), op.x().columns(), op.x(), op.out());
  }

  Command compile(Fold op) {
    return command(op, "fold", op.out(), op.out().columns(), op.x(), op.out());
  }

  Command compile(MaxPool op) {
    return command(op, "max_pool", op.out(), op.out().columns(), op.x(), op.out(), op.taps());
  }

  Command compile(MaxPoolBackward op) {
    return command(
        op, "max_pool_backward", op.dX(), op.dX().columns(), op.dOut(), op.taps(), op.dX());
  }

  Command compile(AveragePool op) {
    return command(op, "average_pool", op.out(), op.out().columns(), op.x(), op.out());
  }

  Command compile(AveragePoolBackward op) {
    return command(op, "average_pool_backward", op.dX(), op.dX().columns(), op.dOut(), op.dX());
  }

  /// @param result whose elements the kernel computes
  private Command command(
      WindowedOperation op, String kernel, Tensor result, long channels, Tensor... tensors) {
    Window window = op.window();
    CommandBuilder builder =
        kernels
            .command(KernelImages.IMAGES, kernel, Kernels.named(op.name(), result))
            .ints(result.size(), channels)
            .ints(
                window.height(),
                window.width(),
                window.kernelHeight(),
                window.kernelWidth(),
                window.stride(),
                window.top(),
                window.left(),
                window.outHeight(),
                window.outWidth())
            .tensors(tensors);
    return builder.build(kernels.flat(result.size()));
  }
}
