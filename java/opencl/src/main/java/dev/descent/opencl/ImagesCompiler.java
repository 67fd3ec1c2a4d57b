package dev.descent.opencl;

import dev.descent.internal.device.WindowedKernel;
import dev.descent.program.Tensor;
import dev.descent.program.WindowedOperation;

/// Makes commands of operations on the neighbourhoods of positions: a work-item computes an
/// element.
final class ImagesCompiler {
  private final Kernels kernels;

  ImagesCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  Command compile(WindowedOperation op) {
    WindowedKernel kernel = WindowedKernel.of(op);
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.IMAGES,
                kernels.tuning().macros(),
                kernel.name(),
                Kernels.named(op.name(), kernel.result()))
            .ints(kernel.counts())
            .tensors(kernel.tensors().toArray(Tensor[]::new));
    return kernels.flat(builder, kernel.result().size(), 1);
  }
}
