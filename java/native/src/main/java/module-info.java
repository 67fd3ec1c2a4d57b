/// The native backend: the CPU backend's steps with kernels in C++.
module dev.descent.nativecpu {
  requires dev.descent;
  requires static org.jspecify;

  provides dev.descent.backend.BackendProvider with
      dev.descent.nativecpu.NativeProvider;
}
