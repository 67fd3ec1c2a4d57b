// Batch normalisation with the largest of each window behind it. What lies between is never stored: neither the
// normal values, nor those after ReLU and dropout, nor their gradients. Windows do not overlap, and none is outside its
// image.
//
// Macros: ACTIVATION, as common.cl numbers them; DROPOUT, 1 where there is one.

#ifndef ACTIVATION
#define ACTIVATION LINEAR
#endif
#ifndef DROPOUT
#define DROPOUT 0
#endif

#define APPLY(x) GLUE(VALUE_, ACTIVATION)(REAL, x)
#define DERIVE(x) GLUE(SLOPE_, ACTIVATION)(REAL, x)

// The taps of VW channels.
#if VW == 1
#define TAPS int
#else
#define TAPS GLUE(int, VW)
ALL_PARTS(int)
#endif

// Those from channel c on.
TAPS fetch_taps(const global int *taps, int c, int channels) {
#if VW == 1
  return taps[c];
#else
  return channels - c >= VW ? GLUE(vload, VW)(0, taps + c) : PART(load_int)(taps + c, channels - c);
#endif
}

void put_taps(TAPS value, global int *taps, int c, int channels) {
#if VW == 1
  taps[c] = value;
#else
  if (channels - c >= VW) {
    GLUE(vstore, VW)(value, 0, taps + c);
  } else {
    PART(store_int)(value, taps + c, channels - c);
  }
#endif
}

// The vectors of channels that go together: with dropout as many as have their words drawn at once.
#if DROPOUT
#define CHUNK 4

// The words of CHUNK vectors of elements, the first `count` of which are asked for; of four elements, from a multiple
// of four on, they are one block's.
void draw(WORD words[CHUNK], int element, int count, uint step, uint stream, uint2 seed) {
  int skipped = element & 3;
  uint block = (uint)element / 4;
  WORD blocks[4] = {(WORD)(block) + lane_numbers(), (WORD)(0u), (WORD)(step), (WORD)(stream)};
  philox_many(blocks, seed);
  in_order(blocks);
  uint all[CHUNK * VW + 4];
  for (int part = 0; part < CHUNK; part++) {
#if VW == 1
    all[part] = blocks[part];
#else
    GLUE(vstore, VW)(blocks[part], part, all);
#endif
  }
  if (count > CHUNK * VW - skipped) {
    vstore4(philox((uint4)(block + VW, 0u, step, stream), seed), 0, all + CHUNK * VW);
  }
  for (int part = 0; part < CHUNK; part++) {
#if VW == 1
    words[part] = all[skipped + part];
#else
    words[part] = GLUE(vload, VW)(0, all + skipped + part * VW);
#endif
  }
}
#else
#define CHUNK 1
#endif

// Work-items take channels in dimension 0, CHUNK vectors each, and the places of windows in dimension 1.
kernel void normalise_pool(
    int rows,
    int channels,
    WINDOW,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *scale,
    ulong scale_offset,
    const global float *shift,
    ulong shift_offset,
    global float *out,
    ulong out_offset,
    global int *taps,
    ulong taps_offset,
    float epsilon
#if DROPOUT
    ,
    const global int *state,
    ulong state_offset,
    uint threshold,
    float keep_scale,
    uint stream,
    uint seed_low,
    uint seed_high
#endif
) {
  x += x_offset;
  out += out_offset;
  taps += taps_offset;
#if DROPOUT
  uint step = state[state_offset + STEP];
#endif
  WALK(v, (channels + CHUNK * VW - 1) / (CHUNK * VW), 0) {
    int first = v * CHUNK * VW;
    REAL factor[CHUNK];
    REAL centre[CHUNK];
    REAL base[CHUNK];
    for (int part = 0; part < CHUNK; part++) {
      int c = min(first + part * VW, channels - 1);
      factor[part] = fetch(scale + scale_offset, c, channels)
          / sqrt(fetch(variance + variance_offset, c, channels) + epsilon);
      centre[part] = fetch(mean + mean_offset, c, channels);
      base[part] = fetch(shift + shift_offset, c, channels);
    }
    WALK(place, rows, 1) {
      int q = place % out_width;
      int p = place / out_width % out_height;
      int image = place / out_width / out_height;
      REAL best[CHUNK];
      TAPS best_tap[CHUNK];
      for (int part = 0; part < CHUNK; part++) {
        best[part] = (REAL)(0.0f);
        best_tap[part] = (TAPS)(-1);
      }
      for (int i = 0; i < kernel_height; i++) {
        for (int j = 0; j < kernel_width; j++) {
          int row = POSITION(image, p, q, i, j);
          if (row < 0) {
            continue;
          }
#if DROPOUT
          WORD words[CHUNK];
          draw(words, row * channels + first, channels - first, step, stream, (uint2)(seed_low, seed_high));
#endif
          for (int part = 0; part < CHUNK && first + part * VW < channels; part++) {
            REAL values = fetch(x + (size_t)row * channels, first + part * VW, channels);
            REAL normal = (values - centre[part]) * factor[part] + base[part];
            REAL value = APPLY(normal);
#if DROPOUT
            value = words[part] >= (WORD)(threshold) ? value * keep_scale : (REAL)(0.0f);
#endif
            // The first NaN stays: nothing is above it.
            TAPS larger =
                best_tap[part] < 0 || value > best[part] || (isnan(value) && !isnan(best[part]));
            best[part] = larger ? value : best[part];
            best_tap[part] = larger ? (TAPS)(i * kernel_width + j) : best_tap[part];
          }
        }
      }
      for (int part = 0; part < CHUNK && first + part * VW < channels; part++) {
        put(best[part], out + (size_t)place * channels, first + part * VW, channels);
        put_taps(best_tap[part], taps + (size_t)place * channels, first + part * VW, channels);
      }
    }
  }
}

// The gradient of what ReLU and dropout make of the largest values of a window from channel c on: what was dropped is
// not above 0. The pointers are to the window's place.
REAL largest_gradient(
    const global float *d_pooled, const global float *pooled, int c, int channels, float keep_scale) {
  REAL value = fetch(pooled, c, channels);
  return fetch(d_pooled, c, channels) * keep_scale * DERIVE(value);
}

// rows: the places of windows
kernel void pooled_backward_weights(
    int rows,
    int channels,
    WINDOW,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *d_pooled,
    ulong d_pooled_offset,
    const global float *pooled,
    ulong pooled_offset,
    const global int *taps,
    ulong taps_offset,
    global float *d_scale,
    ulong d_scale_offset,
    global float *d_shift,
    ulong d_shift_offset,
    float keep_scale,
    float epsilon) {
  local REAL shared[GROUP];
  x += x_offset;
  d_pooled += d_pooled_offset;
  pooled += pooled_offset;
  taps += taps_offset;
  int slice = get_local_id(0) / COLUMNS;
  int c = ((int)get_group_id(0) * COLUMNS + get_local_id(0) % COLUMNS) * VW;
  int known = c < channels;
  REAL centre = (REAL)(0.0f);
  REAL sum = (REAL)(0.0f);
  REAL products = (REAL)(0.0f);
  if (known) {
    centre = fetch(mean + mean_offset, c, channels);
  }
  for (int place = slice; known && place < rows; place += SLICES) {
    size_t to = (size_t)place * channels;
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    TAPS tap = fetch_taps(taps + to, c, channels);
    REAL largest = centre;
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        if (row >= 0) {
          REAL value = fetch(x + (size_t)row * channels, c, channels);
          largest = tap == (TAPS)(i * kernel_width + j) ? value : largest;
        }
      }
    }
    REAL d = largest_gradient(d_pooled + to, pooled + to, c, channels, keep_scale);
    sum += d;
    products += d * (largest - centre);
  }
  sum = total(sum, shared);
  products = total(products, shared);
  if (known && slice == 0) {
    put(sum, d_shift + d_shift_offset, c, channels);
    REAL deviation = sqrt(fetch(variance + variance_offset, c, channels) + epsilon);
    put(products / deviation, d_scale + d_scale_offset, c, channels);
  }
}

// Whether a line or column is in a window. What lies before the image is counted.
int covered(int index, int size, int stride, int places) {
  return index % stride < size && index / stride < places;
}

// Stores the derivative by what is normalised at a position, of `d` by what is made of it.
#define BACKWARD(position, d)                                                      \
  {                                                                                \
    size_t row = (size_t)(position) * channels;                                    \
    REAL normal = (fetch(x + row, c, channels) - centre) * inverse;                \
    put(factor * ((d) - mean_d - normal * mean_product), d_x + row, c, channels);  \
  }

// Work-items take channels in dimension 0, a vector each, and the places of windows in dimension 1; then positions that
// are in no window, if there are `gaps`.
kernel void pooled_backward(
    int places,
    int channels,
    WINDOW,
    int rows,
    int gaps,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *scale,
    ulong scale_offset,
    const global float *d_scale,
    ulong d_scale_offset,
    const global float *d_shift,
    ulong d_shift_offset,
    const global float *d_pooled,
    ulong d_pooled_offset,
    const global float *pooled,
    ulong pooled_offset,
    const global int *taps,
    ulong taps_offset,
    global float *d_x,
    ulong d_x_offset,
    float keep_scale,
    float epsilon) {
  x += x_offset;
  d_pooled += d_pooled_offset;
  pooled += pooled_offset;
  taps += taps_offset;
  d_x += d_x_offset;
  WALK(v, (channels + VW - 1) / VW, 0) {
    int c = v * VW;
    REAL inverse = 1.0f / sqrt(fetch(variance + variance_offset, c, channels) + epsilon);
    REAL factor = fetch(scale + scale_offset, c, channels) * inverse;
    REAL centre = fetch(mean + mean_offset, c, channels);
    REAL mean_d = fetch(d_shift + d_shift_offset, c, channels) / rows;
    REAL mean_product = fetch(d_scale + d_scale_offset, c, channels) / rows;
    WALK(place, places, 1) {
      int q = place % out_width;
      int p = place / out_width % out_height;
      int image = place / out_width / out_height;
      size_t from = (size_t)place * channels;
      TAPS tap = fetch_taps(taps + from, c, channels);
      REAL gradient = largest_gradient(d_pooled + from, pooled + from, c, channels, keep_scale);
      for (int i = 0; i < kernel_height; i++) {
        for (int j = 0; j < kernel_width; j++) {
          int position = POSITION(image, p, q, i, j);
          if (position >= 0) {
            REAL d = tap == (TAPS)(i * kernel_width + j) ? gradient : (REAL)(0.0f);
            BACKWARD(position, d)
          }
        }
      }
    }
    if (gaps) {
      WALK(position, rows, 1) {
        if (!covered(position % width + left, kernel_width, stride, out_width)
            || !covered(position / width % height + top, kernel_height, stride, out_height)) {
          BACKWARD(position, (REAL)(0.0f))
        }
      }
    }
  }
}
