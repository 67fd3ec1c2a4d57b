package dev.descent.internal.cpu.step;

/// Where a tensor of integers lies.
///
/// @param array the array of the tensor's buffer
/// @param offset the index of the tensor's first element in it
/// @param size the number of elements
record IntSpan(int[] array, int offset, int size) {
  int get(int index) {
    return array[offset + index];
  }
}
