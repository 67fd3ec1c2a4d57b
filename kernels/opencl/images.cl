// Convolution's unfold and fold, and pooling. A batch of images is rows of positions, columns of
// channels; a kernel's places are rows of the result. A work-item computes one element, backward ones
// by gathering what belongs to it in the order of the taps, so nothing is added by two. On a processor,
// where divisions cost more than elements, it takes whole rows, and goes through their channels tap
// by tap.

// ROWS goes over rows of channels, CHANNELS over what of a row is the work-item's: all of it, or element `e`
// alone. In between a value of each lies in the result, or in a register.
#if RUNS
#define ROWS(row) WALK(row, n / channels, 0)
#define CHANNELS(row) for (int c = 0, e = row * channels; c < channels; c++, e++)
#define KEPT(type, name, array, row, value) CHANNELS(row) { array[e] = value; }
#define VALUE(name, array) array[e]
#define STORE(name, array)
#else
#define ROWS(row) WALK(e, n, 0) for (int row = e / channels, c = e % channels, once = 1; once; once = 0)
#define CHANNELS(row)
#define KEPT(type, name, array, row, value) type name = value;
#define VALUE(name, array) name
#define STORE(name, array) array[e] = name;
#endif

// What tap (i, j) is over, to a row of the result.
#define UNFOLD_TAP(to, i, j)                                      \
  {                                                               \
    int row = POSITION(image, p, q, i, j);                        \
    const global float *from = x + (size_t)max(row, 0) * channels; \
    int piece_ = (to);                                            \
    CHANNELS(piece_) {                                            \
      out[e] = row < 0 ? 0.0f : from[c];                          \
    }                                                             \
  }

kernel void unfold(
    int n,
    int channels,
    WINDOW,
    const global float *x,
    ulong x_offset,
    global float *out,
    ulong out_offset) {
  x += x_offset;
  out += out_offset;
#if RUNS
  int taps = kernel_height * kernel_width;
  WALK(place, n / channels / taps, 0) {
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    for (int tap = 0, i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++, tap++) {
        UNFOLD_TAP(place * taps + tap, i, j)
      }
    }
  }
#else
  ROWS(piece) {
    int tap = piece % (kernel_height * kernel_width);
    int place = piece / (kernel_height * kernel_width);
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    UNFOLD_TAP(piece, tap / kernel_width, tap % kernel_width)
  }
#endif
}

// For each of n elements of images the sum of what each tap that is over it adds, with the tap's place.
#define GATHER(added)                                                    \
  ROWS(position) {                                                       \
    int x = position % width;                                            \
    int y = position / width % height;                                   \
    int image = position / width / height;                               \
    KEPT(float, sum, out, position, 0.0f)                                \
    for (int i = 0; i < kernel_height; i++) {                            \
      int p = place_over(y + top, i, stride, out_height);                \
      for (int j = 0; p >= 0 && j < kernel_width; j++) {                 \
        int q = place_over(x + left, j, stride, out_width);              \
        if (q >= 0) {                                                    \
          int tap = i * kernel_width + j;                                \
          size_t place = ((size_t)image * out_height + p) * out_width + q; \
          CHANNELS(position) {                                           \
            VALUE(sum, out) += added;                                    \
          }                                                              \
        }                                                                \
      }                                                                  \
    }                                                                    \
    STORE(sum, out)                                                      \
  }

kernel void fold(
    int n,
    int channels,
    WINDOW,
    const global float *unfolded,
    ulong unfolded_offset,
    global float *out,
    ulong out_offset) {
  unfolded += unfolded_offset;
  out += out_offset;
  GATHER(unfolded[(place * (kernel_height * kernel_width) + tap) * channels + c])
}

kernel void max_pool(
    int n,
    int channels,
    WINDOW,
    const global float *x,
    ulong x_offset,
    global float *out,
    ulong out_offset,
    global int *taps,
    ulong taps_offset) {
  x += x_offset;
  out += out_offset;
  taps += taps_offset;
  ROWS(place) {
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    KEPT(float, best, out, place, 0.0f)
    KEPT(int, best_tap, taps, place, -1)
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        if (row >= 0) {
          CHANNELS(place) {
            float value = x[(size_t)row * channels + c];
            float before = VALUE(best, out);
            // The first NaN stays: nothing is above it.
            if (VALUE(best_tap, taps) < 0 || value > before || (isnan(value) && !isnan(before))) {
              VALUE(best, out) = value;
              VALUE(best_tap, taps) = i * kernel_width + j;
            }
          }
        }
      }
    }
    STORE(best, out)
    STORE(best_tap, taps)
  }
}

kernel void max_pool_backward(
    int n,
    int channels,
    WINDOW,
    const global float *d_out,
    ulong d_out_offset,
    const global int *taps,
    ulong taps_offset,
    global float *out,
    ulong out_offset) {
  d_out += d_out_offset;
  taps += taps_offset;
  out += out_offset;
  GATHER(taps[place * channels + c] == tap ? d_out[place * channels + c] : 0.0f)
}

// The taps inside the image along one side.
int taps_inside(int first, int taps, int size) {
  return min(size, first + taps) - max(0, first);
}

#define COUNT(p, q)                                          \
  (taps_inside((p) * stride - top, kernel_height, height) * \
   taps_inside((q) * stride - left, kernel_width, width))

kernel void average_pool(
    int n,
    int channels,
    WINDOW,
    const global float *x,
    ulong x_offset,
    global float *out,
    ulong out_offset) {
  x += x_offset;
  out += out_offset;
  ROWS(place) {
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    KEPT(float, sum, out, place, 0.0f)
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        if (row >= 0) {
          CHANNELS(place) {
            VALUE(sum, out) += x[(size_t)row * channels + c];
          }
        }
      }
    }
    CHANNELS(place) {
      out[e] = VALUE(sum, out) / COUNT(p, q);
    }
  }
}

kernel void average_pool_backward(
    int n,
    int channels,
    WINDOW,
    const global float *d_out,
    ulong d_out_offset,
    global float *out,
    ulong out_offset) {
  d_out += d_out_offset;
  out += out_offset;
  GATHER(d_out[place * channels + c] / COUNT(p, q))
}
