package dev.descent.cuda;

import dev.descent.internal.lowering.Group;
import dev.descent.program.ProductOperation.MatMul;
import java.util.ArrayList;
import java.util.List;

/// Makes the command of a product by wgmma.
final class WgmmaCompiler {
  /// Rows and columns of a tile that is transposed.
  private static final int TILE = Kernels.WARP;

  /// The most blocks in the grid's second dimension.
  private static final int MAX_BLOCKS_Y = 65_535;

  private final Kernels kernels;

  WgmmaCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  /// @param aside whether it runs on the second stream
  Command compile(Group.Product product, String operation, boolean aside) {
    MatMul op = product.matMul();
    WgmmaPlan plan = WgmmaPlan.of(op, kernels.tuning().precision());
    List<KernelCommand> copies = new ArrayList<>();
    long workspace = kernels.memory().workspace(aside);
    TensorMaps.Matrix left = matrix(plan.left(), workspace, copies);
    TensorMaps.Matrix right = matrix(plan.right(), workspace + plan.left().bytes(), copies);
    CommandBuilder builder =
        kernels
            .command(
                kernels
                    .modules()
                    .function(
                        KernelImages.MATMUL_WGMMA,
                        plan.kernel(),
                        WgmmaPlan.SHARED_BYTES,
                        operation),
                plan.kernel(),
                operation)
            .tensorMap(left)
            .tensorMap(right)
            .struct();
    MatMulCompiler.addProduct(builder, kernels.memory(), product, op.k(), aside);
    long tiles =
        Math.ceilDiv(op.m(), (long) WgmmaPlan.TILE_M)
            * Math.ceilDiv(op.n(), (long) WgmmaPlan.TILE_N);
    var grid =
        new Command.Grid(
            (int) Math.min(tiles, kernels.tuning().blocks()),
            1,
            1,
            WgmmaPlan.THREADS,
            WgmmaPlan.SHARED_BYTES);
    return new WgmmaProduct(copies, builder.endStruct().build(grid));
  }

  /// An operand in the form that the kernel reads.
  ///
  /// @param workspace where a copy goes, if there is one
  /// @param copies Modified: the copy is added.
  private TensorMaps.Matrix matrix(
      WgmmaPlan.Operand operand, long workspace, List<KernelCommand> copies) {
    if (!operand.isCopied()) {
      return operand.matrix(kernels.memory().address(operand.tensor()));
    }
    long rows = operand.tensor().rows();
    long columns = operand.tensor().columns();
    String what = Kernels.named("a copy", operand.tensor());
    CommandBuilder copy =
        kernels
            .command(KernelImages.MATMUL_WGMMA, operand.copy(), what)
            .ints(rows, columns, operand.pitch())
            .tensors(operand.tensor())
            .address(workspace);
    copies.add(
        copy.build(
            operand.isBf16()
                ? kernels.flat(rows * operand.pitch())
                : new Command.Grid(
                    Math.toIntExact(Math.ceilDiv(columns, (long) TILE)),
                    (int) Math.min(Math.ceilDiv(rows, (long) TILE), MAX_BLOCKS_Y),
                    1,
                    Kernels.THREADS,
                    0)));
    return operand.matrix(workspace);
  }
}
