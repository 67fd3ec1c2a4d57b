// Pictures changed at random: see the host's Augment, whose formulas these are. LANES work-items of a
// group share a sample, each taking every LANES-th position, and each changes the values that it wrote
// itself.

// A word as a number from 0 to below 1, and from -1 to below 1.
#define UNIT(word) ((float)((word) >> 8) * 0x1p-24f)
#define SYMMETRIC(word) (2.0f * UNIT(word) - 1.0f)

kernel void augment(
    int rows,
    int picture_height,
    int picture_width,
    int channels,
    const global float *x,
    ulong x_offset,
    const global int *state,
    ulong state_offset,
    global float *out,
    ulong out_offset,
    float rotation,
    float shift,
    float zoom,
    float crop,
    int flip,
    float brightness,
    float contrast,
    float low,
    float high,
    uint stream,
    uint seed_low,
    uint seed_high) {
  local float shared[GROUP];
  int positions = picture_height * picture_width;
  uint step = state[state_offset + STEP];
  uint2 seed = (uint2)(seed_low, seed_high);
  float middle_x = 0.5f * (picture_width - 1);
  float middle_y = 0.5f * (picture_height - 1);
  // `width` counts the positions of the row, or is 0 beyond the last one.
  FOR_ROWS(row, rows, positions) {
    uint4 word = philox((uint4)((uint)row, 0u, step, stream), seed);
    float angle = rotation * SYMMETRIC(word.s0);
    float ex = shift * picture_width * SYMMETRIC(word.s1);
    float ey = shift * picture_height * SYMMETRIC(word.s2);
    float mirror = flip && UNIT(word.s3) < 0.5f ? -1.0f : 1.0f;
    word = philox((uint4)((uint)row, 1u, step, stream), seed);
    float zx = 1.0f + zoom * SYMMETRIC(word.s0);
    float zy = 1.0f + zoom * SYMMETRIC(word.s1);
    float light = 1.0f + brightness * SYMMETRIC(word.s2);
    float distance = 1.0f + contrast * SYMMETRIC(word.s3);
    word = philox((uint4)((uint)row, 2u, step, stream), seed);
    float side = sqrt(crop + (1.0f - crop) * UNIT(word.s0));
    ex += 0.5f * (1.0f - side) * picture_width * SYMMETRIC(word.s1);
    ey += 0.5f * (1.0f - side) * picture_height * SYMMETRIC(word.s2);
    float c = cos(angle);
    float s = sin(angle);
    float x0 = c * ex - s * ey + middle_x;
    float y0 = s * ex + c * ey + middle_y;
    const global float *from = x + x_offset + (size_t)row * positions * channels;
    global float *to = out + out_offset + (size_t)row * positions * channels;
    float sum = 0.0f;
    float lost = 0.0f;
    for (int p = LANE; p < width; p += LANES) {
      float u = side * zx * mirror * (p % picture_width - middle_x);
      float v = side * zy * (p / picture_width - middle_y);
      float px = clamp(c * u - s * v + x0, 0.0f, (float)(picture_width - 1));
      float py = clamp(s * u + c * v + y0, 0.0f, (float)(picture_height - 1));
      int j = (int)px;
      int i = (int)py;
      float across = px - j;
      float down = py - i;
      const global float *at = from + (size_t)(i * picture_width + j) * channels;
      int next = j < picture_width - 1 ? channels : 0;
      int under = i < picture_height - 1 ? picture_width * channels : 0;
      for (int k = 0; k < channels; k++) {
        float upper = at[k] + across * (at[next + k] - at[k]);
        float lower = at[under + k] + across * (at[under + next + k] - at[under + k]);
        float value = upper + down * (lower - upper);
        to[p * channels + k] = value;
        float error;
        TWO_SUM(sum, error, sum, value);
        lost += error;
      }
    }
    if (brightness > 0.0f || contrast > 0.0f) {
      float mean = lanes_sum(corrected(sum, lost), shared) / (positions * channels);
      for (int p = LANE; p < width; p += LANES) {
        for (int k = 0; k < channels; k++) {
          float contrasted = mean + distance * (to[p * channels + k] - mean);
          to[p * channels + k] = clamp(low + light * (contrasted - low), low, high);
        }
      }
    }
  }
}
