package dev.descent.internal.fusion;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import org.jspecify.annotations.Nullable;

/// Collects the operations that follow a matrix product and can be done to each element of it before
/// it is stored, or while it is still in a cache: a bias, then an activation or the product with an
/// activation's derivative; each at most once. The same rules for all backends.
///
/// They must work on the product in place, so that nobody sees a value in between; an activation may
/// also write elsewhere, unless the product still reads there.
public final class EpilogueFusion {
  private final MatMul matMul;
  private @Nullable AddBias bias;
  private @Nullable Activate activate;
  private @Nullable ActivateBackward backward;

  /// Nothing is fused yet.
  public EpilogueFusion(MatMul matMul) {
    this.matMul = matMul;
  }

  /// The bias, or null.
  public @Nullable AddBias bias() {
    return bias;
  }

  /// The activation, or null; never softmax.
  public @Nullable Activate activate() {
    return activate;
  }

  /// The activation whose derivative multiplies the product, or null; never softmax.
  public @Nullable ActivateBackward backward() {
    return backward;
  }

  /// Whether the activation's result goes elsewhere, the product staying as it is.
  public boolean isApart() {
    return activate != null && !activate.out().sameElements(matMul.out());
  }

  /// Takes an operation if it can be fused.
  public boolean accept(Operation operation) {
    if (activate != null || backward != null) {
      return false;
    }
    return switch (operation) {
      case AddBias op when bias == null && isProduct(op.x()) && isProduct(op.out()) -> {
        bias = op;
        yield true;
      }
      case Activate op when isElementwise(op.activation()) && canActivate(op) -> {
        activate = op;
        yield true;
      }
      case ActivateBackward op when isElementwise(op.activation()) && canMultiply(op) -> {
        backward = op;
        yield true;
      }
      default -> false;
    };
  }

  private static boolean isElementwise(Activation activation) {
    return activation != Activation.SOFTMAX;
  }

  private boolean canActivate(Activate op) {
    return isProduct(op.x()) && (isProduct(op.out()) || isUnread(op.out()));
  }

  private boolean canMultiply(ActivateBackward op) {
    return isProduct(op.dOut()) && isProduct(op.dX());
  }

  /// The same elements in the same shape.
  private boolean isProduct(Tensor tensor) {
    return tensor.sameElements(matMul.out()) && tensor.columns() == matMul.n();
  }

  /// Whether writing there while the product is computed disturbs nothing: neither the product's
  /// operands nor a bias that other parts of the result still need.
  private boolean isUnread(Tensor tensor) {
    return !tensor.overlaps(matMul.a())
        && !tensor.overlaps(matMul.b())
        && tensor.columns() == matMul.n()
        && (bias == null || !tensor.overlaps(bias.bias()));
  }

  /// For explanations.
  public String describe() {
    var text = new StringBuilder();
    if (bias != null) {
      text.append(" + AddBias");
    }
    if (activate != null) {
      text.append(" + Activate(").append(activate.activation()).append(')');
    }
    if (backward != null) {
      text.append(" + ActivateBackward(").append(backward.activation()).append(')');
    }
    return text.toString();
  }
}
