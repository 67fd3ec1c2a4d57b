package dev.descent.cuda;

import jcuda.driver.CUdeviceptr;

/// A pointer that the driver fills in, and whose address can be asked for.
final class DevicePointer extends CUdeviceptr {
  long address() {
    return getNativePointer();
  }
}
