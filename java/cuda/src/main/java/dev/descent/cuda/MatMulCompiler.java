package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.internal.lowering.FusedUpdate;
import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.driver.CUfunction;
import org.jspecify.annotations.Nullable;

/// Makes the command of a matrix product with what follows it.
final class MatMulCompiler {
  private final Kernels kernels;
  private final Precision precision;
  private final UpdateCompiler updates;
  private final WgmmaCompiler wgmma;

  MatMulCompiler(Kernels kernels, UpdateCompiler updates) {
    this.kernels = kernels;
    this.precision = kernels.tuning().precision();
    this.updates = updates;
    this.wgmma = new WgmmaCompiler(kernels);
  }

  /// Whether there is a kernel that computes this product and goes on to the optimizer's update: it
  /// has the layout of a weight's gradient.
  static boolean canUpdate(MatMul op) {
    return op.transposeA() && !op.transposeB();
  }

  /// @param aside whether it runs on the second stream
  Command compile(Group.Product product, boolean aside) {
    if (kernels.tuning().isByWgmma(product.matMul())) {
      return wgmma.compile(product, describe(product), aside);
    }
    ProductShape shape = ProductShape.of(product.matMul());
    MatMulPlan plan = kernels.tuning().plan(product.matMul());
    CommandBuilder builder = builder(shape, plan, "", describe(product));
    addProduct(builder.struct(), kernels.memory(), product, plan.kPart(), aside);
    return builder.endStruct().build(grid(shape, plan, plan.tiles()));
  }

  /// @param place the number of the command in its program, for reports
  /// @param aside whether it runs on the second stream
  Command compile(Part.GatheredProduct part, int place, boolean aside) {
    Group.Product product = part.product();
    GatherRows rows = part.rows();
    ProductShape shape = ProductShape.of(product.matMul());
    MatMulPlan plan = kernels.tuning().plan(product.matMul());
    CommandBuilder builder =
        builder(shape, plan, "_gather", rows.name() + " + " + describe(product));
    addProduct(builder.struct(), kernels.memory(), product, plan.kPart(), aside);
    // The members of `Gather` in `gathered.cuh`.
    builder
        .endStruct()
        .struct()
        .tensors(rows.source(), rows.order(), rows.state())
        .address(kernels.memory().status())
        .tensors(rows.out())
        .ints(rows.source().rows(), place, rows.source().type() == DType.U8 ? 1 : 0)
        .floats(rows.scale())
        .endStruct();
    return builder.build(grid(shape, plan, plan.tiles()));
  }

  /// @param place the number of the command in its program, for reports
  /// @param aside whether it runs on the second stream
  Command compile(Part.Gradients part, int place, boolean aside) {
    List<Part.Gradient> gradients = part.gradients();
    ProductShape first = ProductShape.of(gradients.getFirst().weight().matMul());
    List<MatMulPlan> plans =
        kernels.tuning().plans(gradients.stream().map(g -> g.weight().matMul()).toList());
    Stream<String> said = gradients.stream().map(MatMulCompiler::describe);
    if (part.advance() != null) {
      said = Stream.concat(said, Stream.of(part.advance().name()));
    }
    CommandBuilder builder =
        builder(first, plans.getFirst(), "_update", said.collect(Collectors.joining("; ")));
    // The members of `Gradients` in `tiles.cuh`.
    builder.struct();
    for (int i = 0; i < Joining.GRADIENTS; i++) {
      builder.ints(i < plans.size() ? plans.get(i).tiles() : 0);
    }
    builder.advance(part.advance()).address(kernels.memory().tickets(aside));
    for (int i = 0; i < plans.size(); i++) {
      addGradient(builder, gradients.get(i), plans.get(i), place, aside);
    }
    long tiles = plans.stream().mapToLong(MatMulPlan::tiles).sum();
    return builder.endStruct().build(grid(first, plans.getFirst(), tiles));
  }

  /// The members of `Gradient` in `tiles.cuh`.
  private void addGradient(
      CommandBuilder builder, Part.Gradient gradient, MatMulPlan plan, int place, boolean aside) {
    addProduct(builder, kernels.memory(), gradient.weight(), plan.kPart(), aside);
    for (FusedUpdate update :
        new @Nullable FusedUpdate[] {
          gradient.weight().update(), gradient.bias() == null ? null : gradient.bias().update()
        }) {
      if (update == null) {
        UpdateCompiler.addNone(builder);
      } else {
        updates.addFused(builder, update.operation(), place);
      }
    }
  }

  /// Starts the command of a product.
  ///
  /// @param form which kernel of the product's tile and layout: what its name ends with
  /// @param operation for messages
  CommandBuilder builder(ProductShape shape, MatMulPlan plan, String form, String operation) {
    String kernel = kernel(plan.tile(), shape) + form;
    return kernels.command(
        function(kernel, sharedBytes(shape, plan), operation), kernel, operation);
  }

  Command.Grid grid(ProductShape shape, MatMulPlan plan, long tiles) {
    return new Command.Grid(
        Math.toIntExact(tiles),
        1,
        (int) plan.parts(),
        plan.tile().threads(),
        sharedBytes(shape, plan));
  }

  private int sharedBytes(ProductShape shape, MatMulPlan plan) {
    return plan.tile().sharedBytes(shape.transposeA(), shape.transposeB(), precision);
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

  private String kernel(MatMulTile tile, ProductShape shape) {
    return String.format(
        Locale.ROOT,
        "%s_%d_%c%c",
        family(precision),
        tile.size(),
        shape.transposeA() ? 't' : 'n',
        shape.transposeB() ? 't' : 'n');
  }

  private String describe(Group.Product product) {
    String obstacle =
        kernels.tuning().wgmma() ? WgmmaPlan.obstacle(product.matMul(), precision) : "";
    return named(product.matMul(), product.suffix())
        + (obstacle.isEmpty() ? "" : ", not by wgmma: " + obstacle);
  }

  private static String describe(Part.Gradient gradient) {
    Group.ColumnSum bias = gradient.bias();
    String along = bias == null ? "" : " + " + bias.sumRows().name() + bias.suffix();
    return named(gradient.weight().matMul(), gradient.weight().suffix() + along);
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
  ///
  /// @param kPart what a part of k covers
  static void addProduct(
      CommandBuilder builder,
      DeviceMemory memory,
      Group.Product product,
      long kPart,
      boolean aside) {
    MatMul op = product.matMul();
    builder.tensors(op.a(), op.b(), op.out());
    addRest(builder, memory, Epilogue.of(product), ProductShape.of(op), kPart, aside);
  }

  /// The members of `Product` in `epilogue.cuh` behind operands and result.
  ///
  /// @param kPart what a part of k covers
  static void addRest(
      CommandBuilder builder,
      DeviceMemory memory,
      Epilogue epilogue,
      ProductShape shape,
      long kPart,
      boolean aside) {
    builder
        .address(address(memory, epilogue.bias()))
        .address(address(memory, epilogue.activated()))
        .address(address(memory, epilogue.saved()))
        .address(memory.workspace(aside))
        .address(memory.tickets(aside))
        .ints(shape.m(), shape.n(), shape.k(), kPart, Kernels.number(epilogue.function()));
  }

  private static long address(DeviceMemory memory, @Nullable Tensor tensor) {
    return tensor == null ? 0 : memory.address(tensor);
  }
}
