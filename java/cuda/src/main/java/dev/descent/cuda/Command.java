package dev.descent.cuda;

import dev.descent.internal.device.DeviceCommand;
import jcuda.driver.CUstream;

/// A part of a step, which is put into the session's stream or recorded there: a kernel of ours, a
/// product by cuBLAS, one by wgmma with what it needs before, or many steps in one launch.
sealed interface Command extends DeviceCommand
    permits KernelCommand, CublasProduct, WgmmaProduct, PersistentSteps {
  /// How a kernel's launch is shared out.
  ///
  /// @param x blocks in the first dimension
  /// @param threads of a block
  /// @param sharedBytes dynamic shared memory of a block
  record Grid(int x, int y, int z, int threads, int sharedBytes) {
    /// `4 x 2 x 1 blocks of 256`
    @Override
    public String toString() {
      String blocks =
          y == 1 && z == 1
              ? x + (x == 1 ? " block" : " blocks")
              : x + " x " + y + " x " + z + " blocks";
      return blocks + " of " + threads;
    }
  }

  /// Whether the last repetition of a step differs from those before it.
  boolean endsApart();

  /// Whether it runs in the last repetition alone.
  default boolean onlyInLast() {
    return false;
  }

  /// Puts it at the end of a stream.
  ///
  /// @param stream one of the session's
  /// @param last whether no other repetition of the step follows at once
  /// @throws dev.descent.DeviceException with what [#describe] says, if it is refused
  void launch(Session session, CUstream stream, boolean last);
}
