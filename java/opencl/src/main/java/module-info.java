/// The OpenCL backend: hand-written kernels on any device with an OpenCL 1.2 driver.
module dev.descent.opencl {
  requires dev.descent;
  requires org.lwjgl;
  requires org.lwjgl.opencl;
  requires static org.jspecify;

  provides dev.descent.backend.BackendProvider with
      dev.descent.opencl.OpenClProvider;
}
