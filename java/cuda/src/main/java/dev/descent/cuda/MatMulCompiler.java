package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.Locale;
import jcuda.driver.CUfunction;
import org.jspecify.annotations.Nullable;

/// Makes the command of a matrix product with what follows it.
final class MatMulCompiler {
  private final Kernels kernels;
  private final Precision precision;
  private final UpdateCompiler updates;

  MatMulCompiler(Kernels kernels, UpdateCompiler updates) {
    this.kernels = kernels;
    this.precision = kernels.tuning().precision();
    this.updates = updates;
  }

  /// Whether there is a kernel that computes this product and goes on to the optimizer's update: it
  /// has the layout of a weight's gradient.
  static boolean canUpdate(MatMul op) {
    return op.transposeA() && !op.transposeB();
  }

  /// Whether a gradient of weights takes along that of a bias: both are used at once by the same
  /// optimizer, and the latter is the sum of the rows of what the former is a product with, all of
  /// which a block sees where k is not split.
  boolean canTakeAlong(Group.Product weight, Group.ColumnSum bias) {
    FusedUpdate first = weight.update();
    FusedUpdate second = bias.update();
    MatMul op = weight.matMul();
    Tensor x = bias.sumRows().x();
    return first != null
        && second != null
        && canUpdate(op)
        && x.sameElements(op.b())
        && x.columns() == op.n()
        && UpdateCompiler.areAlike(first.operation(), second.operation())
        && !kernels.tuning().plan(op).isSplit();
  }

  /// @param product with an update only if it [#canUpdate]
  /// @param bias the gradient of a bias that [goes along][#canTakeAlong], or null
  /// @param place the number of the command in its program, for reports
  /// @param aside whether it runs on the second stream
  Command compile(Group.Product product, Group.@Nullable ColumnSum bias, int place, boolean aside) {
    MatMulPlan plan = kernels.tuning().plan(product.matMul());
    MatMul op = product.matMul();
    FusedUpdate update = product.update();
    MatMulTile tile = plan.tile();
    String operation =
        named(
            op,
            product.suffix() + (bias == null ? "" : " + " + bias.sumRows().name() + bias.suffix()));
    int sharedBytes = tile.sharedBytes(op.transposeA(), op.transposeB(), precision);
    String kernel = kernel(tile, op) + (update == null ? "" : "_update");
    CommandBuilder builder =
        kernels.command(function(kernel, sharedBytes, operation), kernel, operation);
    addProduct(builder, product, plan, aside);
    if (update != null) {
      updates.addFused(builder, update.operation(), place);
      if (bias == null || bias.update() == null) {
        UpdateCompiler.addNone(builder);
      } else {
        updates.addFused(builder, bias.update().operation(), place);
      }
    }
    return builder.build(
        new Command.Grid(
            Math.toIntExact(plan.tiles()), 1, (int) plan.parts(), tile.threads(), sharedBytes));
  }

  private CUfunction function(String kernel, int sharedBytes, String operation) {
    CUfunction function =
        kernels.modules().function(family(precision), kernel, sharedBytes, operation);
    if (precision == Precision.FP32) {
      return function;
    }
    // A device newer than this build gets what was written for the oldest, which has no tensor
    // cores.
    if (kernels.modules().compiledFor(function, operation) < Device.TENSOR_CORES_CAPABILITY) {
      throw new DeviceException(
          "cuda: %s: this build has no %s kernels for this device; take --precision fp32"
              .formatted(operation, name(precision)));
    }
    return function;
  }

  private static String family(Precision precision) {
    return switch (precision) {
      case FP32 -> KernelImages.MATMUL;
      case TF32 -> KernelImages.MATMUL_TF32;
      case BF16 -> KernelImages.MATMUL_BF16;
      default -> throw new AssertionError(precision);
    };
  }

  private static String name(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  private String kernel(MatMulTile tile, MatMul op) {
    return String.format(
        Locale.ROOT,
        "%s_%d_%c%c",
        family(precision),
        tile.size(),
        op.transposeA() ? 't' : 'n',
        op.transposeB() ? 't' : 'n');
  }

  /// What is said of a product.
  ///
  /// @param suffix the names of what is fused with it
  static String named(MatMul op, String suffix) {
    return Kernels.named("MatMul" + layout(op) + suffix, op.a(), op.b(), op.out());
  }

  private static String layout(MatMul op) {
    return (op.transposeA() ? " (a transposed)" : "") + (op.transposeB() ? " (b transposed)" : "");
  }

  /// The members of `Product` in `epilogue.cuh`.
  private void addProduct(
      CommandBuilder builder, Group.Product product, MatMulPlan plan, boolean aside) {
    MatMul op = product.matMul();
    AddBias bias = product.bias();
    Activate activate = product.activate();
    ActivateBackward backward = product.backward();
    DeviceMemory memory = kernels.memory();
    builder
        .struct()
        .tensors(op.a(), op.b(), op.out())
        .address(bias == null ? 0 : memory.address(bias.bias()))
        .address(
            activate == null || !product.hasSeparateOutput() ? 0 : memory.address(activate.out()))
        .address(backward == null ? 0 : memory.address(backward.saved()))
        .address(memory.workspace(aside))
        .address(memory.tickets(aside))
        .ints(op.m(), op.n(), op.k(), plan.kPart())
        .ints(
            activate != null
                ? Kernels.number(activate.activation())
                : backward != null ? Kernels.number(backward.activation()) : 0)
        .endStruct();
  }
}
