package dev.descent.cuda;

import jcuda.Pointer;

/// An address in the host's memory outside the heap, as JCuda takes it.
final class HostPointer extends Pointer {
  HostPointer(long address) {
    super(address);
  }
}
