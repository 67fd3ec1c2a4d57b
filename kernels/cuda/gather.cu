// out[i, :] = scale source[order[cursor + i], :]: a batch out of a data set that lies on the device as
// it is, bytes becoming numbers on the way.
//
// Threads take four neighbouring columns in x, blocks take rows in y. A data set of bytes is read four
// bytes at a time where its rows start on multiples of four, as those of 28 x 28 pictures do.
//
// The first product of a network gathers its rows itself (gathered.cuh), and so does a loss its labels.
#include "gather.cuh"

extern "C" __global__ void __launch_bounds__(256) gather_bytes(
    int rows,
    int columns,
    int available,
    const uint8_t *source,
    const int *order,
    const int *state,
    float *out,
    float scale,
    int *status,
    int place) {
  bool whole = columns % 4 == 0 && ((uintptr_t)source & 3) == 0 && aligned16(out);
  int j = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
  if (j >= columns) {
    return;
  }
  for (int i = blockIdx.y; i < rows; i += gridDim.y) {
    const uint8_t *from = source + source_row(i, order, state, available, status, place) * columns;
    float *to = out + (int64_t)i * columns;
    if (whole) {
      uchar4 bytes = *(const uchar4 *)(from + j);
      *(float4 *)(to + j) =
          make_float4(scale * bytes.x, scale * bytes.y, scale * bytes.z, scale * bytes.w);
    } else {
      for (int l = j; l < j + 4 && l < columns; l++) {
        to[l] = scale * from[l];
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) gather_floats(
    int rows,
    int columns,
    int available,
    const float *source,
    const int *order,
    const int *state,
    float *out,
    float scale,
    int *status,
    int place) {
  bool whole = columns % 4 == 0 && aligned16(source) && aligned16(out);
  int j = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
  if (j >= columns) {
    return;
  }
  for (int i = blockIdx.y; i < rows; i += gridDim.y) {
    const float *from = source + source_row(i, order, state, available, status, place) * columns;
    float4 value = load4(from, j, columns, whole);
    store4(out + (int64_t)i * columns, j, columns, whole, map4(value, [=](float v) {
      return scale * v;
    }));
  }
}

extern "C" __global__ void __launch_bounds__(256) gather_ints(
    int rows,
    int columns,
    int available,
    const int *source,
    const int *order,
    const int *state,
    int *out,
    int *status,
    int place) {
  for (int64_t e = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; e < (int64_t)rows * columns;
       e += (int64_t)gridDim.x * blockDim.x) {
    int i = (int)(e / columns);
    int64_t row = source_row(i, order, state, available, status, place);
    out[e] = source[row * columns + e % columns];
  }
}
