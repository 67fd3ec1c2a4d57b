package dev.descent.opencl;

import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/// Makes the commands of a matrix product with what follows it.
///
/// On processors, sums along a transposed b add up the lanes of a vector at the end of each, which
/// takes longer than short sums themselves. There a command before the product turns b around,
/// where b is small beside the product.
final class MatMulCompiler {
  /// Sums of at most so many products are short.
  private static final long SHORT = 128;

  /// Rows of a from which on b is small beside the product.
  private static final long MANY_ROWS = 32;

  /// Elements of b above which its copy would take too much memory.
  private static final long MAX_TURNED = 1 << 20;

  private final Kernels kernels;

  MatMulCompiler(Kernels kernels) {
    this.kernels = kernels;
  }

  List<Command> compile(Group.Product product) {
    MatMul op = product.matMul();
    ProductShape shape = ProductShape.of(op);
    if (!op.transposeB()
        || !kernels.tuning().runs()
        || op.k() > SHORT
        || op.m() < MANY_ROWS
        || op.b().size() > MAX_TURNED) {
      return List.of(compile(product, shape, builder -> builder.tensors(op.b())));
    }
    long turned = kernels.allocate(op.b().bytes(), "a transposed matrix");
    ProductShape upright = shape.withoutTransposeB();
    return List.of(
        turn(op.b(), turned),
        compile(product, upright, builder -> builder.handle(turned).offset(0)));
  }

  private Command turn(Tensor b, long turned) {
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.ELEMENTWISE,
                kernels.tuning().macros(),
                "turn",
                Kernels.named("Transpose", b))
            .ints(b.rows(), b.columns())
            .tensors(b)
            .handle(turned)
            .moves(2 * b.bytes());
    return kernels.flat(builder, b.size(), (int) b.rows());
  }

  /// @param shape as which it is computed
  /// @param right adds the arguments of b
  private Command compile(
      Group.Product product, ProductShape shape, UnaryOperator<CommandBuilder> right) {
    MatMul op = product.matMul();
    MatMulTile tile = kernels.tuning().tile(kernels.device(), shape);
    String operation =
        Kernels.named("MatMul" + layout(op) + product.suffix(), op.a(), op.b(), op.out());
    CommandBuilder builder =
        kernels
            .command(KernelSource.MATMUL, macros(tile, product, shape), "matmul", operation)
            .ints(op.m(), op.n(), op.k())
            .tensors(op.a());
    right.apply(builder).tensors(op.out()).flops(2 * op.m() * op.n() * op.k());
    addEpilogue(builder, product);
    boolean transposeB = shape.transposeB();
    long down = Math.ceilDiv(op.m(), tile.groupRows());
    long across = Math.ceilDiv(op.n(), tile.groupColumns(transposeB));
    String detail = tile.describe(transposeB);
    return tile.rowsFirst()
        ? builder.build(
            detail, new long[] {down, across}, new long[] {tile.groupM(), tile.groupN()})
        : builder.build(
            detail, new long[] {across, down}, new long[] {tile.groupN(), tile.groupM()});
  }

  private static String layout(MatMul op) {
    return (op.transposeA() ? " (a transposed)" : "") + (op.transposeB() ? " (b transposed)" : "");
  }

  private static Macros macros(MatMulTile tile, Group.Product product, ProductShape shape) {
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
        .set("TRANSPOSE_B", shape.transposeB())
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
