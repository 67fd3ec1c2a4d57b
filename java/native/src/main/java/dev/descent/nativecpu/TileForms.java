package dev.descent.nativecpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One thread's memory for the operands of products by tiles, in the order in which tiles are
/// loaded; off the heap, as tiles are loaded at half the speed from elsewhere than a cache line.
///
/// Between [#begin] and [#end] the left operand stays as it is, so that what a product has
/// converted serves those with other panels too.
final class TileForms {
  /// The most rows, columns and k of an operand that is kept, as `descent_cpu.h` says.
  static final int ROWS = 128;

  private static final int COLUMNS = 64;
  private static final int MAX_K = 1024;

  /// The library's bits for what is there already.
  private static final int LEFT_READY = 1;

  private static final int RIGHT_READY = 2;

  private static final int LINE = 64;

  /// Left operands that are kept: of 512 rows at once.
  private static final int KEPT = 4;

  /// Of a left operand that is kept: a0, row stride, k stride, rows, count, and where it lies.
  private static final int FIELDS = 6;

  private static final int MOST = 64;

  private final int parts;
  private final MemorySegment left;
  private final MemorySegment right;
  private final int[] kept = new int[MOST * FIELDS];
  private final int[] panel = new int[4];
  private boolean keeping;
  private float @Nullable [] a;
  private int count;
  private int used;
  private int at;

  TileForms(int parts) {
    this.parts = parts;
    this.left = Arena.ofAuto().allocate((long) KEPT * leftBytes(ROWS, MAX_K), LINE);
    this.right = Arena.ofAuto().allocate(NativeForms.bytes(COLUMNS, MAX_K, parts), LINE);
  }

  private int leftBytes(int rows, int k) {
    return (int) NativeForms.bytes(rows, k, parts);
  }

  void begin() {
    keeping = true;
    forget();
  }

  private void forget() {
    a = null;
    count = 0;
    used = 0;
    at = 0;
    nextPanel();
  }

  void nextPanel() {
    panel[0] = -1;
  }

  void end() {
    keeping = false;
    forget();
  }

  long leftAddress() {
    return left.address() + at;
  }

  long rightAddress() {
    return right.address();
  }

  /// Places a left operand.
  ///
  /// @return [#LEFT_READY] where it is there already, else 0
  @SuppressWarnings("ReferenceEquality") // an operand is known by its array
  int left(int rows, int k, float[] from, int a0, int rowStride, int kStride) {
    if (!keeping || rows > ROWS || k > MAX_K) {
      forget();
      return 0;
    }
    int found = from == a ? find(rows, k, a0, rowStride, kStride) : -1;
    if (found >= 0) {
      at = kept[found + FIELDS - 1];
      return LEFT_READY;
    }
    int bytes = leftBytes(rows, k);
    if (from != a || count == MOST || bytes > left.byteSize() - used) {
      count = 0;
      used = 0;
      a = from;
    }
    at = used;
    int entry = FIELDS * count++;
    kept[entry] = a0;
    kept[entry + 1] = rowStride;
    kept[entry + 2] = kStride;
    kept[entry + 3] = rows;
    kept[entry + 4] = k;
    kept[entry + 5] = at;
    used += bytes;
    return 0;
  }

  private int find(int rows, int k, int a0, int rowStride, int kStride) {
    for (int entry = 0; entry < FIELDS * count; entry += FIELDS) {
      if (kept[entry] == a0
          && kept[entry + 1] == rowStride
          && kept[entry + 2] == kStride
          && kept[entry + 3] == rows
          && kept[entry + 4] == k) {
        return entry;
      }
    }
    return -1;
  }

  /// Places a panel of the right operand, which is [#nextPanel]'s since that was called.
  ///
  /// @return [#RIGHT_READY] where it is there already, else 0
  int right(int columns, int k, float[] b, int b0, int ldb) {
    if (!keeping || columns > COLUMNS || k > MAX_K) {
      nextPanel();
      return 0;
    }
    if (panel[0] == b0 && panel[1] == ldb && panel[2] == columns && panel[3] == k) {
      return RIGHT_READY;
    }
    panel[0] = b0;
    panel[1] = ldb;
    panel[2] = columns;
    panel[3] = k;
    return 0;
  }
}
