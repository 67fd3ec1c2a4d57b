package dev.descent.cuda;

import jcuda.driver.CUstream;

/// A stream that exposes its address, for other libraries.
final class StreamPointer extends CUstream {
  long address() {
    return getNativePointer();
  }
}
