// Pictures changed at random: see the host's Augment, whose formulas these are. A block takes a
// sample, its threads take positions, and each changes the values that it wrote itself.
#include "common.cuh"
#include "philox.cuh"

#define BLOCK 256

// What is drawn for a sample: where the position (u, v), counted from the picture's middle, comes
// from, counted from its corner; and the factors of brightness and contrast.
struct Draw {
  float xx, xy, x0, yx, yy, y0, brightness, contrast;
};

// A word as a number from 0 to below 1, and from -1 to below 1.
static __device__ float unit(uint32_t word) { return (word >> 8) * 0x1p-24f; }
static __device__ float symmetric(uint32_t word) { return 2.0f * unit(word) - 1.0f; }

static __device__ Draw draw(
    uint32_t row,
    uint32_t step,
    int height,
    int width,
    float rotation,
    float shift,
    float zoom,
    float crop,
    int flip,
    float brightness,
    float contrast,
    uint32_t stream,
    uint2 seed) {
  uint4 word = philox(make_uint4(row, 0u, step, stream), seed);
  float angle = rotation * symmetric(word.x);
  float ex = shift * width * symmetric(word.y);
  float ey = shift * height * symmetric(word.z);
  float mirror = flip && unit(word.w) < 0.5f ? -1.0f : 1.0f;
  word = philox(make_uint4(row, 1u, step, stream), seed);
  float zx = 1.0f + zoom * symmetric(word.x);
  float zy = 1.0f + zoom * symmetric(word.y);
  Draw d;
  d.brightness = 1.0f + brightness * symmetric(word.z);
  d.contrast = 1.0f + contrast * symmetric(word.w);
  word = philox(make_uint4(row, 2u, step, stream), seed);
  float side = sqrtf(crop + (1.0f - crop) * unit(word.x));
  ex += 0.5f * (1.0f - side) * width * symmetric(word.y);
  ey += 0.5f * (1.0f - side) * height * symmetric(word.z);
  float c = cosf(angle), s = sinf(angle);
  d.xx = c * side * zx * mirror;
  d.xy = -s * side * zy;
  d.yx = s * side * zx * mirror;
  d.yy = c * side * zy;
  d.x0 = c * ex - s * ey + 0.5f * (width - 1);
  d.y0 = s * ex + c * ey + 0.5f * (height - 1);
  return d;
}

extern "C" __global__ void __launch_bounds__(BLOCK) augment(
    int rows,
    int height,
    int width,
    int channels,
    const float *x,
    const int *state,
    float *out,
    float rotation,
    float shift,
    float zoom,
    float crop,
    int flip,
    float brightness,
    float contrast,
    float low,
    float high,
    uint32_t stream,
    uint32_t seed_low,
    uint32_t seed_high) {
  int positions = height * width;
  uint32_t step = state[STEP];
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    Draw d = draw(row, step, height, width, rotation, shift, zoom, crop, flip, brightness, contrast, stream,
                  make_uint2(seed_low, seed_high));
    const float *from = x + (int64_t)row * positions * channels;
    float *to = out + (int64_t)row * positions * channels;
    float sum = 0.0f;
    for (int p = threadIdx.x; p < positions; p += BLOCK) {
      float u = p % width - 0.5f * (width - 1), v = p / width - 0.5f * (height - 1);
      float px = fminf(fmaxf(d.xx * u + d.xy * v + d.x0, 0.0f), width - 1);
      float py = fminf(fmaxf(d.yx * u + d.yy * v + d.y0, 0.0f), height - 1);
      int j = (int)px, i = (int)py;
      float across = px - j, down = py - i;
      const float *at = from + (int64_t)(i * width + j) * channels;
      int next = j < width - 1 ? channels : 0, under = i < height - 1 ? width * channels : 0;
      for (int c = 0; c < channels; c++) {
        float upper = at[c] + across * (at[next + c] - at[c]);
        float lower = at[under + c] + across * (at[under + next + c] - at[under + c]);
        float value = upper + down * (lower - upper);
        to[p * channels + c] = value;
        sum += value;
      }
    }
    if (brightness > 0.0f || contrast > 0.0f) {
      float mean = reduce<BLOCK>(sum, Add()) / (positions * channels);
      for (int p = threadIdx.x; p < positions; p += BLOCK) {
        for (int c = 0; c < channels; c++) {
          float contrasted = mean + d.contrast * (to[p * channels + c] - mean);
          float lit = low + d.brightness * (contrasted - low);
          to[p * channels + c] = fminf(fmaxf(lit, low), high);
        }
      }
    }
  }
}
