package dev.descent.cuda;

import jcuda.driver.CUdeviceptr;

/// A pointer that the driver fills in and that exposes its address.
final class DevicePointer extends CUdeviceptr {
  long address() {
    return getNativePointer();
  }
}
