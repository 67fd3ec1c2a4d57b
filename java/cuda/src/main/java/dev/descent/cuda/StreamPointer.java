package dev.descent.cuda;

import jcuda.driver.CUstream;

/// A stream whose address can be asked for, to hand it to other libraries.
final class StreamPointer extends CUstream {
  long address() {
    return getNativePointer();
  }
}
