package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Tensor;
import org.jspecify.annotations.Nullable;

/// What is done to each element of a product before it is stored.
///
/// @param bias added, or null
/// @param activated where the activation's result goes if the product is stored too, or null
/// @param saved of which the derivative is taken, or null
/// @param function the activation, or that whose derivative is taken
record Epilogue(
    @Nullable Tensor bias,
    @Nullable Tensor activated,
    @Nullable Tensor saved,
    Activation function) {
  static final Epilogue NONE = new Epilogue(null, null, null, Activation.LINEAR);

  static Epilogue of(Group.Product product) {
    ActivateBackward backward = product.backward();
    return backward == null
        ? of(product.bias(), product.activate(), product.matMul().out())
        : new Epilogue(biasOf(product.bias()), null, backward.saved(), backward.activation());
  }

  static Epilogue of(Group.Convolution convolution) {
    return of(convolution.bias(), convolution.activate(), convolution.conv2d().out());
  }

  private static Epilogue of(@Nullable AddBias bias, @Nullable Activate activate, Tensor out) {
    return activate == null
        ? new Epilogue(biasOf(bias), null, null, Activation.LINEAR)
        : new Epilogue(
            biasOf(bias),
            activate.out().sameElements(out) ? null : activate.out(),
            null,
            activate.activation());
  }

  private static @Nullable Tensor biasOf(@Nullable AddBias bias) {
    return bias == null ? null : bias.bias();
  }
}
