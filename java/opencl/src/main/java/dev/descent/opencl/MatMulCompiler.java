package dev.descent.opencl;

import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;

/// Makes the command of a matrix product with what follows it.
final class MatMulCompiler {
  private final Kernels kernels;

  MatMulCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  Command compile(Group.Product product) {
    MatMul op = product.matMul();
    Tuning tuning = kernels.tuning();
    MatMulTile tile = tuning.tile(kernels.device(), ProductShape.of(op));
    String operation =
        Kernels.named("MatMul" + layout(op) + product.suffix(), op.a(), op.b(), op.out());
    CommandBuilder builder =
        kernels
            .command(KernelSource.MATMUL, macros(tile, product), "matmul", operation)
            .ints(op.m(), op.n(), op.k())
            .tensors(op.a(), op.b(), op.out())
            .flops(2 * op.m() * op.n() * op.k());
    addEpilogue(builder, product);
    long down = Math.ceilDiv(op.m(), tile.groupRows());
    long across = Math.ceilDiv(op.n(), tile.groupColumns(op.transposeB()));
    String detail = tile.describe(op.transposeB());
    return tile.rowsFirst()
        ? builder.build(
            detail, new long[] {down, across}, new long[] {tile.groupM(), tile.groupN()})
        : builder.build(
            detail, new long[] {across, down}, new long[] {tile.groupN(), tile.groupM()});
  }

  private static String layout(MatMul op) {
    return (op.transposeA() ? " (a transposed)" : "") + (op.transposeB() ? " (b transposed)" : "");
  }

  private static Macros macros(MatMulTile tile, Group.Product product) {
    MatMul op = product.matMul();
    Activate activate = product.activate();
    ActivateBackward backward = product.backward();
    return new Macros()
        .set("VW", tile.vectorWidth())
        .set("TILED", tile.tiled())
        .set("THREAD_M", tile.threadM())
        .set("THREAD_N", tile.threadN())
        .set("VECTORS", tile.vectors())
        .set("GROUP_M", tile.groupM())
        .set("GROUP_N", tile.groupN())
        .set("TILE_K", tile.tileK())
        .set("ROWS_FIRST", tile.rowsFirst())
        .set("TRANSPOSE_A", op.transposeA())
        .set("TRANSPOSE_B", op.transposeB())
        .set("BIAS", product.bias() != null)
        .set("ACTIVATION", activate == null ? 0 : Kernels.number(activate.activation()))
        .set("APART", product.hasSeparateOutput())
        .set("BACKWARD", backward == null ? 0 : Kernels.number(backward.activation()));
  }

  /// The kernel takes just the arguments that its macros ask for.
  private static void addEpilogue(CommandBuilder builder, Group.Product product) {
    AddBias bias = product.bias();
    if (bias != null) {
      builder.tensors(bias.bias());
    }
    Activate activate = product.activate();
    if (activate != null && product.hasSeparateOutput()) {
      builder.tensors(activate.out());
    }
    ActivateBackward backward = product.backward();
    if (backward != null && Kernels.number(backward.activation()) != 0) {
      builder.tensors(backward.saved());
    }
  }
}
