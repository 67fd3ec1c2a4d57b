package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuLaunchKernel;

import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;

/// One kernel with its arguments and its grid: all that it takes to launch it.
///
/// @param parameters the addresses of the arguments, in memory that lives as long as the command
/// @param followed the same for a repetition of the step that another one follows at once, so that
///     nobody sees some of what it leaves; the same object where that makes no difference
record KernelCommand(
    CUfunction function,
    String kernel,
    Grid grid,
    Pointer parameters,
    Pointer followed,
    String operation)
    implements Command {
  @SuppressWarnings("ReferenceEquality")
  @Override
  public boolean endsApart() {
    return followed != parameters;
  }

  @Override
  public void launch(Session session, CUstream stream, boolean last) {
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
            last ? parameters : followed,
            null);
    if (code != CUresult.CUDA_SUCCESS) {
      throw session.failure(code, describe());
    }
  }

  @Override
  public String describe() {
    return operation + ": " + kernel + ", " + grid;
  }
}
