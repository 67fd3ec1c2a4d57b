package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import jcuda.driver.CUfunction;

/// Makes the command of a matrix product with what follows it.
final class MatMulCompiler {
  private final Kernels kernels;
  private final Precision precision;
  private final UpdateCompiler updates;

  MatMulCompiler(Kernels kernels, Precision precision, UpdateCompiler updates) {
    this.kernels = kernels;
    this.precision = precision;
    this.updates = updates;
  }

  /// Whether there is a kernel that computes this product and goes on to the optimizer's update: it has the
  /// layout of a weight's gradient.
  static boolean canUpdate(MatMul op) {
    return op.transposeA() && !op.transposeB();
  }

  /// @param product with an update only if it [#canUpdate]
  /// @param place the number of the command in its program, for reports
  Command compile(Group.Product product, int place) {
    MatMul op = product.matMul();
    FusedUpdate update = product.update();
    MatMulPlan plan = kernels.tuning().plan(op.m(), op.n(), op.k());
    MatMulTile tile = plan.tile();
    String operation = named(op, product.suffix());
    int sharedBytes = tile.sharedBytes(op.transposeA(), op.transposeB());
    String kernel = kernel(tile, op) + (update == null ? "" : "_update");
    CommandBuilder builder =
        kernels.command(function(kernel, sharedBytes, operation), kernel, operation);
    addProduct(builder, product, plan);
    if (update != null) {
      updates.addFused(builder, update.operation(), place);
    }
    return builder.build(
        new Command.Grid(
            Math.toIntExact(plan.tiles()), 1, (int) plan.parts(), tile.threads(), sharedBytes));
  }

  private CUfunction function(String kernel, int sharedBytes, String operation) {
    if (precision == Precision.FP32) {
      return kernels.modules().function(KernelImages.MATMUL, kernel, sharedBytes, operation);
    }
    CUfunction function =
        kernels.modules().function(KernelImages.MATMUL_TF32, kernel, sharedBytes, operation);
    // A device newer than this build gets what was written for the oldest, which has no tensor
    // cores.
    if (kernels.modules().compiledFor(function, operation) < Device.TF32_CAPABILITY) {
      throw new DeviceException(
          "cuda: %s: this build has no tf32 kernels for this device; take --precision fp32"
              .formatted(operation));
    }
    return function;
  }

  private String kernel(MatMulTile tile, MatMul op) {
    return "matmul_%s%d_%c%c"
        .formatted(
            precision == Precision.TF32 ? "tf32_" : "",
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
  private void addProduct(CommandBuilder builder, Group.Product product, MatMulPlan plan) {
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
        .address(memory.workspace())
        .address(memory.tickets())
        .ints(op.m(), op.n(), op.k(), plan.kPart())
        .ints(
            activate != null
                ? Kernels.number(activate.activation())
                : backward != null ? Kernels.number(backward.activation()) : 0)
        .endStruct();
  }
}
