package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Role;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Parameters that no step changes, packed once for all threads as the kernel reads them.
/// Thread-safe.
public final class PackedWeights {
  private static final float[] NOTHING = {};

  private final MatMulKernel kernel;
  private final Map<Key, Packed> packed = new ConcurrentHashMap<>();

  private record Key(long offset, int k, int n) {}

  /// A matrix in panels.
  ///
  /// @param width the columns of each panel but the last
  /// @param kBlock the rows of each block of a panel but the last
  /// @param blocks of each panel, those of the first panel first; their scratch memory is empty
  record Packed(int k, int n, int width, int kBlock, Workspace[] blocks) {
    int panels() {
      return Split.units(n, width);
    }

    int blocksOfPanel() {
      return Split.units(k, kBlock);
    }

    /// The columns of a panel.
    int columns(int panel) {
      return Math.min(width, n - panel * width);
    }

    /// The rows of a block of a panel.
    int count(int block) {
      return Math.min(kBlock, k - block * kBlock);
    }
  }

  public PackedWeights(MatMulKernel kernel) {
    this.kernel = kernel;
  }

  /// Whether a product multiplies with parameters as they are stored.
  static boolean suits(MatMul op) {
    return op.b().buffer().role() == Role.PARAMETERS && !op.transposeA() && !op.transposeB();
  }

  /// The right operand of a product that suits.
  Packed of(MatMul op, Storage storage) {
    var key = new Key(op.b().offset(), (int) op.k(), (int) op.n());
    return packed.computeIfAbsent(key, k -> pack(k.k, k.n, storage.floats(op.b())));
  }

  private Packed pack(int k, int n, FloatSpan b) {
    int width = kernel.width(Math.min(n, kernel.maxWidth()));
    int kBlock = MatMulPlan.kBlock(k);
    var result =
        new Packed(
            k, n, width, kBlock, new Workspace[Split.units(n, width) * Split.units(k, kBlock)]);
    for (int panel = 0; panel < result.panels(); panel++) {
      for (int block = 0; block < result.blocksOfPanel(); block++) {
        int columns = result.columns(panel);
        int count = result.count(block);
        Workspace own = workspace(kernel, columns, count);
        int from = b.offset() + block * kBlock * n + panel * width;
        kernel.pack(own, 0, b.array(), from, n, 1, count, columns);
        result.blocks[panel * result.blocksOfPanel() + block] =
            new Workspace(own.packed(), NOTHING, NOTHING, own.panel(), new float[0][]);
      }
    }
    return result;
  }

  /// Memory for one block.
  static Workspace workspace(MatMulKernel kernel, int columns, int count) {
    return kernel.workspace(List.of(plan(kernel, 1, columns, count)), 0, 0);
  }

  /// A product of m rows with one packed panel.
  static MatMulPlan plan(MatMulKernel kernel, int m, int columns, int count) {
    return new MatMulPlan(
        m,
        columns,
        count,
        count,
        1,
        columns,
        1,
        false,
        true,
        count,
        kernel.width(columns),
        1,
        false,
        kernel.rowUnit());
  }
}
