package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuLaunchKernel;

import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;

/// One kernel with its arguments and its grid: all that it takes to launch it.
///
/// @param parameters the addresses of the arguments, in memory that lives as long as the command
/// @param followed the same for a repetition of the step that another one follows at once, so that nobody sees
///     some of what it leaves; the same object where that makes no difference
/// @param operation the operation with its shapes, for messages and explanations
record Command(
    CUfunction function,
    String kernel,
    Grid grid,
    Pointer parameters,
    Pointer followed,
    String operation) {
  /// How a launch is shared out.
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
  @SuppressWarnings("ReferenceEquality")
  boolean endsApart() {
    return followed != parameters;
  }

  /// Puts the kernel at the end of a stream.
  ///
  /// @param last whether no other repetition of the step follows at once
  /// @return the driver's error code
  int launch(CUstream stream, boolean last) {
    return cuLaunchKernel(
        function,
        grid.x,
        grid.y,
        grid.z,
        grid.threads,
        1,
        1,
        grid.sharedBytes,
        stream,
        last ? parameters : followed,
        null);
  }

  /// What is done, and how.
  String describe() {
    return operation + ": " + kernel + ", " + grid;
  }
}
