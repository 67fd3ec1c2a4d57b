package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.Operation;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;

/// Makes the command of a convolution, which is a product on the tiles of all others: what it
/// unfolds its kernel reads from the images themselves, and it never lies in memory.
final class ConvolutionCompiler {
  private final Kernels kernels;
  private final MatMulCompiler products;

  ConvolutionCompiler(Kernels kernels, MatMulCompiler products) {
    this.kernels = kernels;
    this.products = products;
  }

  /// @param aside whether it runs on the second stream
  Command compile(Group.Convolution group, boolean aside) {
    Conv2d op = group.conv2d();
    return compile(op, Convolution.of(op), Epilogue.of(group), group.suffix(), aside);
  }

  Command compile(Conv2dBackwardInput op, boolean aside) {
    return compile(op, Convolution.of(op), Epilogue.NONE, "", aside);
  }

  Command compile(Conv2dBackwardWeights op, boolean aside) {
    return compile(op, Convolution.of(op), Epilogue.NONE, "", aside);
  }

  private Command compile(
      Operation op, Convolution convolution, Epilogue epilogue, String suffix, boolean aside) {
    ProductShape shape = convolution.shape();
    MatMulPlan plan = kernels.tuning().plan(convolution);
    String operation =
        Kernels.named(
            "%s (%s)%s".formatted(op.name(), convolution.window(), suffix),
            convolution.images(),
            convolution.other(),
            convolution.out());
    CommandBuilder builder = products.builder(shape, plan, "_convolve", operation);
    builder.struct().tensors(convolution.images(), convolution.other(), convolution.out());
    MatMulCompiler.addRest(builder, kernels.memory(), epilogue, shape, plan.kPart(), aside);
    convolution.addTo(builder.endStruct().struct());
    return builder.endStruct().build(products.grid(shape, plan, plan.tiles()));
  }
}
