package dev.descent.internal.cpu.plain;

import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.Arrays;
import java.util.List;

/// The matrix product without the Vector API, in the one form that HotSpot's compiler vectorises by
/// itself: every array of the inner loop is indexed by the bare loop variable. So each row of sums
/// and of the panel is an array of its own.
public final class PlainMatMul implements MatMulKernel {
  /// Four rows of sums and four of the panel, 8 KiB together, stay in the first-level cache.
  private static final int WIDTH = 256;

  private static final int BLOCK = 4;

  @Override
  public String describe(MatMulPlan plan) {
    return "plain loops, tile 4 x " + WIDTH;
  }

  @Override
  public int maxWidth() {
    return WIDTH;
  }

  @Override
  public int width(int columns) {
    return columns;
  }

  @Override
  public int rowUnit() {
    return BLOCK;
  }

  @Override
  public int slots(int k, int width) {
    return 1;
  }

  @Override
  public Workspace workspace(List<MatMulPlan> plans, int panelRows, int leftElements) {
    int k = 1;
    int width = 1;
    for (MatMulPlan plan : plans) {
      k = Math.max(k, plan.kBlock());
      width = Math.max(width, plan.width());
    }
    return new Workspace(
        new float[0],
        new float[0],
        new float[MatMulPlan.GROUP * width + Workspace.LEAD],
        new float[k][width],
        new float[BLOCK][width]);
  }

  @Override
  public void pack(
      Workspace workspace,
      int slot,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns) {
    for (int k = 0; k < count; k++) {
      float[] row = workspace.panel()[k];
      int from = b0 + k * kStride;
      if (columnStride == 1) {
        System.arraycopy(b, from, row, 0, columns);
      } else {
        for (int j = 0; j < columns; j++) {
          row[j] = b[from + j * columnStride];
        }
      }
    }
  }

  @Override
  public void multiply(
      Workspace workspace,
      int slot,
      int rows,
      int columns,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    float[][] sums = workspace.sums();
    for (int i = 0; i < rows; i += BLOCK) {
      int block = Math.min(BLOCK, rows - i);
      int ai = a0 + i * rowStride;
      int ci = c0 + i * ldc;
      for (int r = 0; r < block; r++) {
        if (add) {
          System.arraycopy(c, ci + r * ldc, sums[r], 0, columns);
        } else {
          Arrays.fill(sums[r], 0, columns, 0f);
        }
      }
      if (block == BLOCK) {
        fourRows(workspace.panel(), sums, columns, count, a, ai, rowStride, kStride);
      } else {
        for (int r = 0; r < block; r++) {
          oneRow(workspace.panel(), sums[r], columns, count, a, ai + r * rowStride, kStride);
        }
      }
      for (int r = 0; r < block; r++) {
        System.arraycopy(sums[r], 0, c, ci + r * ldc, columns);
      }
    }
  }

  private static void fourRows(
      float[][] panel,
      float[][] sums,
      int columns,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride) {
    int a1 = a0 + rowStride;
    int a2 = a1 + rowStride;
    int a3 = a2 + rowStride;
    int k = 0;
    for (; k + BLOCK <= count; k += BLOCK) {
      int x = k * kStride;
      int y = x + kStride;
      int z = y + kStride;
      int w = z + kStride;
      PlainLoops.multiply4x4(
          columns,
          panel[k],
          panel[k + 1],
          panel[k + 2],
          panel[k + 3],
          sums[0],
          sums[1],
          sums[2],
          sums[3],
          a[a0 + x],
          a[a0 + y],
          a[a0 + z],
          a[a0 + w],
          a[a1 + x],
          a[a1 + y],
          a[a1 + z],
          a[a1 + w],
          a[a2 + x],
          a[a2 + y],
          a[a2 + z],
          a[a2 + w],
          a[a3 + x],
          a[a3 + y],
          a[a3 + z],
          a[a3 + w]);
    }
    for (; k < count; k++) {
      int x = k * kStride;
      PlainLoops.multiply1x1(columns, panel[k], sums[0], a[a0 + x]);
      PlainLoops.multiply1x1(columns, panel[k], sums[1], a[a1 + x]);
      PlainLoops.multiply1x1(columns, panel[k], sums[2], a[a2 + x]);
      PlainLoops.multiply1x1(columns, panel[k], sums[3], a[a3 + x]);
    }
  }

  private static void oneRow(
      float[][] panel, float[] sums, int columns, int count, float[] a, int a0, int kStride) {
    for (int k = 0; k < count; k++) {
      PlainLoops.multiply1x1(columns, panel[k], sums, a[a0 + k * kStride]);
    }
  }
}
