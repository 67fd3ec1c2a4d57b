package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuLaunchKernel;

import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;

/// One kernel with its arguments and its grid: all that it takes to launch it.
///
/// @param parameters the addresses of the arguments, in memory that lives as long as the command
record KernelCommand(
    CUfunction function, String kernel, Grid grid, Pointer parameters, String operation)
    implements Command {
  @Override
  public void launch(Session session) {
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
            session.stream(),
            parameters,
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
