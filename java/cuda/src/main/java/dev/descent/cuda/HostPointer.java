package dev.descent.cuda;

import jcuda.Pointer;

/// An address in the device's memory, or in the host's outside the heap, as JCuda takes it.
final class HostPointer extends Pointer {
  HostPointer(long address) {
    super(address);
  }
}
