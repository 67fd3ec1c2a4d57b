/// The CUDA backend: hand-written kernels on NVIDIA GPUs, with nothing but the driver.
module dev.descent.cuda {
  requires dev.descent;
  requires jcuda;
  requires static jcublas;
  requires static org.jspecify;

  provides dev.descent.backend.BackendProvider with
      dev.descent.cuda.CudaProvider;
}
