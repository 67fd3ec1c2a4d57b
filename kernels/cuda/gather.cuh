// Rows of a data set by their places in an order, from the step's cursor on: what the kernels of gather.cu share with
// those that read such rows themselves.
#pragma once
#include "common.cuh"

// The row's number is looked at before it is used: a wrong order is reported, and read as row 0.
static __device__ int64_t source_row(
    int i, const int *order, const int *state, int available, int *status, int place) {
  int cursor = state[CURSOR];
  bool inside = cursor >= 0 && cursor < available - i;
  int row = inside ? order[cursor + i] : -1;
  if (row < 0 || row >= available) {
    report(status, place, FAULT_ROW);
    return 0;
  }
  return row;
}
