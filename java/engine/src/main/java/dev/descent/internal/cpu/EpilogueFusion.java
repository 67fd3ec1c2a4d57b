package dev.descent.internal.cpu;

import dev.descent.program.Activation;
import dev.descent.program.Operation;
import dev.descent.program.Operation.Activate;
import dev.descent.program.Operation.ActivateBackward;
import dev.descent.program.Operation.AddBias;
import dev.descent.program.Operation.MatMul;
import dev.descent.program.Tensor;
import org.jspecify.annotations.Nullable;

/// Collects the operations that follow a matrix product and can be done to each part of its result at
/// once: a bias, then an activation, then the product with an activation's derivative; each at most
/// once, and in this order.
///
/// They must work on the product in place, so that nobody sees a value in between; an activation may
/// also write elsewhere, unless the product still reads there.
final class EpilogueFusion {
  private final MatMul matMul;
  private final Storage storage;
  private Epilogue epilogue = Epilogue.NONE;
  private @Nullable Tensor bias;

  EpilogueFusion(MatMul matMul, Storage storage) {
    this.matMul = matMul;
    this.storage = storage;
  }

  Epilogue epilogue() {
    return epilogue;
  }

  /// Takes an operation if it can be fused.
  boolean accept(Operation operation) {
    Epilogue fused =
        switch (operation) {
          case AddBias op when epilogue.isEmpty() && isProduct(op.x()) && isProduct(op.out()) ->
              new Epilogue(storage.floats(op.bias()), null, null, null, null);
          case Activate op when canActivate(op) ->
              new Epilogue(epilogue.bias(), op.activation(), storage.floats(op.out()), null, null);
          case ActivateBackward op when canMultiply(op) ->
              new Epilogue(
                  epilogue.bias(),
                  epilogue.activation(),
                  epilogue.activated(),
                  op.activation(),
                  storage.floats(op.saved()));
          default -> null;
        };
    if (fused == null) {
      return false;
    }
    epilogue = fused;
    if (operation instanceof AddBias addBias) {
      bias = addBias.bias();
    }
    return true;
  }

  private boolean canActivate(Activate op) {
    return epilogue.activation() == null
        && epilogue.backward() == null
        && op.activation() != Activation.SOFTMAX
        && isProduct(op.x())
        && (isProduct(op.out()) || isApart(op.out()));
  }

  private boolean canMultiply(ActivateBackward op) {
    return epilogue.backward() == null
        && epilogue.activation() == null
        && op.activation() != Activation.SOFTMAX
        && isProduct(op.dOut())
        && isProduct(op.dX());
  }

  /// The same elements in the same shape.
  private boolean isProduct(Tensor tensor) {
    return tensor.sameElements(matMul.out()) && tensor.columns() == matMul.n();
  }

  /// Whether writing there while the product is computed disturbs nothing: neither the product's
  /// operands nor a bias that other parts of the result still need.
  @SuppressWarnings("ReferenceEquality") // the same memory is meant
  private boolean isApart(Tensor tensor) {
    boolean overBias = bias != null && tensor.overlaps(bias);
    return !overBias && !tensor.overlaps(matMul.a()) && !tensor.overlaps(matMul.b());
  }
}
