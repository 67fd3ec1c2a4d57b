// Convolution's unfold and fold, and pooling. A batch of images is rows of positions, columns of
// channels; a kernel's places are rows of the result. A thread computes one element, backward ones
// by gathering what belongs to it in the order of the taps, so nothing is added by two.
#include "windows.cuh"

extern "C" __global__ void __launch_bounds__(256) unfold(
    int n,
    int channels,
    WINDOW,
    const float *x,
    float *out) {
  WALK(e, n) {
    int c = e % channels;
    int tap = e / channels % (kernel_height * kernel_width);
    int place = e / channels / (kernel_height * kernel_width);
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    int row = POSITION(image, p, q, tap / kernel_width, tap % kernel_width);
    out[e] = row < 0 ? 0.0f : x[(int64_t)row * channels + c];
  }
}

// For each of n elements of images: for each tap that is over it, with the tap's place.
#define GATHER(body)                                                                  \
  WALK(e, n) {                                                                     \
    int c = e % channels;                                                             \
    int position = e / channels;                                                      \
    int x = position % width;                                                         \
    int y = position / width % height;                                                \
    int image = position / width / height;                                            \
    float sum = 0.0f;                                                                 \
    for (int i = 0; i < kernel_height; i++) {                                         \
      int p = place_over(y + top, i, stride, out_height);                             \
      for (int j = 0; p >= 0 && j < kernel_width; j++) {                              \
        int q = place_over(x + left, j, stride, out_width);                           \
        if (q >= 0) {                                                                 \
          int tap = i * kernel_width + j;                                             \
          int64_t place = ((int64_t)image * out_height + p) * out_width + q;            \
          body;                                                                       \
        }                                                                             \
      }                                                                               \
    }                                                                                 \
    out[e] = sum;                                                                     \
  }

extern "C" __global__ void __launch_bounds__(256) fold(
    int n,
    int channels,
    WINDOW,
    const float *unfolded,
    float *out) {
  GATHER(sum += unfolded[(place * (kernel_height * kernel_width) + tap) * channels + c])
}

extern "C" __global__ void __launch_bounds__(256) max_pool(
    int n,
    int channels,
    WINDOW,
    const float *x,
    float *out,
    int *taps) {
  WALK(e, n) {
    int c = e % channels;
    int place = e / channels;
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    float best = 0.0f;
    int best_tap = -1;
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        if (row >= 0) {
          float value = x[(int64_t)row * channels + c];
          if (is_larger(value, best, best_tap)) {
            best = value;
            best_tap = i * kernel_width + j;
          }
        }
      }
    }
    out[e] = best;
    taps[e] = best_tap;
  }
}

extern "C" __global__ void __launch_bounds__(256) max_pool_backward(
    int n,
    int channels,
    WINDOW,
    const float *d_out,
    const int *taps,
    float *out) {
  GATHER(sum += taps[place * channels + c] == tap ? d_out[place * channels + c] : 0.0f)
}

// The taps inside the image along one side.
static __device__ int taps_inside(int first, int taps, int size) {
  return min(size, first + taps) - max(0, first);
}

#define COUNT(p, q)                                          \
  (taps_inside((p) * stride - top, kernel_height, height) * \
   taps_inside((q) * stride - left, kernel_width, width))

extern "C" __global__ void __launch_bounds__(256) average_pool(
    int n,
    int channels,
    WINDOW,
    const float *x,
    float *out) {
  WALK(e, n) {
    int c = e % channels;
    int place = e / channels;
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    float sum = 0.0f;
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        sum += row < 0 ? 0.0f : x[(int64_t)row * channels + c];
      }
    }
    out[e] = sum / COUNT(p, q);
  }
}

extern "C" __global__ void __launch_bounds__(256) average_pool_backward(
    int n,
    int channels,
    WINDOW,
    const float *d_out,
    float *out) {
  GATHER(sum += d_out[place * channels + c] / COUNT(p, q))
}
