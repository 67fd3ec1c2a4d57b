package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuLaunchKernel;

import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import org.jspecify.annotations.Nullable;

/// One kernel with its arguments and its grid: all that it takes to launch it.
///
/// @param parameters the addresses of the arguments, in memory that lives as long as the command
/// @param followed the same for a repetition of the step that another one follows at once, so that
///     nobody sees some of what it leaves; the same object where that makes no difference, null where
///     nobody sees any of it and nothing is launched
record KernelCommand(
    CUfunction function,
    String kernel,
    Grid grid,
    Pointer parameters,
    @Nullable Pointer followed,
    String operation)
    implements Command {
  @SuppressWarnings("ReferenceEquality")
  @Override
  public boolean endsApart() {
    return followed != parameters;
  }

  /// The same command, launched in the last repetition alone.
  KernelCommand inLast() {
    return new KernelCommand(function, kernel, grid, parameters, null, operation);
  }

  @Override
  public boolean onlyInLast() {
    return followed == null;
  }

  @Override
  public void launch(Session session, CUstream stream, boolean last) {
    Pointer arguments = last ? parameters : followed;
    if (arguments == null) {
      return;
    }
    int code =
        cuLaunchKernel(
            function,
            grid.x(),
            grid.y(),
            grid.z(),
            grid.threads(),
            1,
            1,
            grid.sharedBytes(),
            stream,
            arguments,
            null);
    if (code != CUresult.CUDA_SUCCESS) {
      throw session.failure(code, describe());
    }
  }

  @Override
  public String describe() {
    return operation
        + ": "
        + kernel
        + ", "
        + grid
        + (onlyInLast() ? ", in the last repetition" : "");
  }
}
