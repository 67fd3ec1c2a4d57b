// kernels/cuda/elementwise.cu, gather.cu and augment.cu.
#include <algorithm>

#include "checks.h"
#include "philox.h"

namespace checks {

namespace {

constexpr size_t kSizes[] = {1, 7, 33, 1000, 4099};
constexpr size_t kShifts[] = {0, 1};

// A grid over rows in y and columns in x, `width` columns a thread; fewer blocks than rows.
Grid matrix(size_t rows, size_t columns, size_t width) {
  return {ceil_div(ceil_div(columns, width), kThreads), ceil_div(rows, 2), 1};
}

void add_bias(Device& device) {
  for (int rows : {1, 7, 33}) {
    for (int columns : {1, 10, 65, 513}) {
      std::vector<float> x = random_floats(size_t(rows) * columns), bias = random_floats(size_t(columns));
      std::vector<double> expected(x.size());
      for (size_t i = 0; i < x.size(); i++) expected[i] = double(x[i]) + double(bias[i % size_t(columns)]);
      Array<float> from(device, x), shift(device, bias);
      auto out = Array<float>::unwritten(device, x.size());
      device.run("elementwise", "add_bias", matrix(size_t(rows), size_t(columns), 1), kThreads, 0, rows,
                 columns, (const float*)from.at(), (const float*)shift.at(), out.at());
      check_close(out.read(), expected, 0x1p-23, "add_bias");
    }
  }
}

void activations(Device& device) {
  for (int which = 0; which < kActivations; which++) {
    for (size_t size : kSizes) {
      for (size_t shift : kShifts) {
        std::string what = " " + std::to_string(which) + " of " + std::to_string(size);
        std::vector<float> x = random_floats(size, -4, 4), gradient = random_floats(size);
        std::vector<double> expected(size), slopes(size);
        for (size_t i = 0; i < size; i++) {
          expected[i] = activation(which, double(x[i]));
          slopes[i] = double(gradient[i]) * slope(which, double(x[i]));
        }
        Array<float> from(device, x, shift), d_out(device, gradient, shift);
        auto out = Array<float>::unwritten(device, size, shift);
        auto d_x = Array<float>::unwritten(device, size, shift);
        for (unsigned blocks : kBlocks) {
          device.run("elementwise", "activate", {blocks}, kThreads, 0, int(size), (const float*)from.at(),
                     out.at(), which);
          // From the results for some, but any number will do.
          device.run("elementwise", "activate_backward", {blocks}, kThreads, 0, int(size),
                     (const float*)from.at(), (const float*)d_out.at(), d_x.at(), which);
        }
        check_close(out.read(), expected, 4 * kFunctionError, "activate" + what);
        check_close(d_x.read(), slopes, 20 * kFunctionError, "activate_backward" + what);
        device.run("elementwise", "activate", {1}, kThreads, 0, int(size), (const float*)from.at(), from.at(),
                   which);
        check_close(from.read(), expected, 4 * kFunctionError, "activate in place" + what);
      }
    }
  }
}

void dropout(Device& device) {
  // The published answer for zeros.
  check(philox({{0, 0, 0, 0}}, 0, 0).word[0] == 0x6627e8d5u, "Philox");
  for (size_t size : kSizes) {
    for (size_t shift : kShifts) {
      uint32_t threshold = 0x40000000u, stream = 5, low = random_source()(), high = random_source()();
      std::vector<float> x = random_floats(size), expected(size);
      for (size_t i = 0; i < size; i++) {
        Words drawn = philox({{uint32_t(i / 4), 0, 17, stream}}, low, high);
        expected[i] = drawn.word[i % 4] >= threshold ? x[i] * 1.25f : 0;
      }
      Array<float> from(device, x, shift);
      Array<int> counters(device, state(0, 0, 17));
      auto out = Array<float>::unwritten(device, size, shift);
      device.run("elementwise", "dropout", {3}, kThreads, 0, int(size), (const float*)from.at(), out.at(),
                 (const int*)counters.at(), threshold, 1.25f, stream, low, high);
      check_close(out.read(), expected, 0, "dropout of " + std::to_string(size));
    }
  }
}

struct Pictures {
  int rows, height, width, channels;
};

// What the host calls them, the rotation in radians.
struct Ranges {
  float rotation, shift, zoom, crop;
  int flip;
  float brightness, contrast;
};

const Ranges kRanges[] = {{0, 0, 0, 1, 0, 0, 0},
                          {0.0872665f, 0, 0, 0.9f, 1, 0.2f, 0.5f},
                          {0.1745329f, 0.1f, 0.1f, 1, 1, 0, 0},
                          {3.1415927f, 0.5f, 0.5f, 0.25f, 1, 1, 1},
                          {0, 0, 0, 1, 1, 0, 0.5f}};

// The value of a channel between four pixels, brought into the picture.
double between(const float* picture, const Pictures& p, double x, double y, int channel) {
  x = std::clamp(x, 0.0, p.width - 1.0), y = std::clamp(y, 0.0, p.height - 1.0);
  auto pixel = [&](int i, int j) {
    i = std::min(i, p.height - 1), j = std::min(j, p.width - 1);
    return double(picture[(i * p.width + j) * p.channels + channel]);
  };
  int i = int(y), j = int(x);
  double down = y - i, across = x - j;
  return (1 - down) * ((1 - across) * pixel(i, j) + across * pixel(i, j + 1)) +
         down * ((1 - across) * pixel(i + 1, j) + across * pixel(i + 1, j + 1));
}

void augmented(Device& device, const Pictures& p, const Ranges& r) {
  int size = p.height * p.width * p.channels, step = 17;
  float low = -0.5f, high = 0.75f;
  uint32_t stream = 5, seed_low = random_source()(), seed_high = random_source()();
  std::vector<float> x = random_floats(size_t(p.rows) * size);
  std::vector<double> expected(x.size());
  for (int row = 0; row < p.rows; row++) {
    double u[3][4], s[3][4];
    for (uint32_t block = 0; block < 3; block++) {
      Words drawn = philox({{uint32_t(row), block, uint32_t(step), stream}}, seed_low, seed_high);
      for (int w = 0; w < 4; w++) {
        u[block][w] = (drawn.word[w] >> 8) / 16777216.0;
        s[block][w] = 2 * u[block][w] - 1;
      }
    }
    double angle = r.rotation * s[0][0], side = std::sqrt(r.crop + (1.0 - r.crop) * u[2][0]);
    double ex = (r.shift * s[0][1] + (1 - side) / 2 * s[2][1]) * p.width;
    double ey = (r.shift * s[0][2] + (1 - side) / 2 * s[2][2]) * p.height;
    double zx = side * (1 + r.zoom * s[1][0]) * (r.flip && u[0][3] < 0.5 ? -1 : 1);
    double zy = side * (1 + r.zoom * s[1][1]);
    double middle_x = (p.width - 1) / 2.0, middle_y = (p.height - 1) / 2.0, sum = 0;
    double* out = expected.data() + size_t(row) * size;
    for (int e = 0; e < size; e++) {
      int position = e / p.channels;
      double a = zx * (position % p.width - middle_x) + ex, b = zy * (position / p.width - middle_y) + ey;
      out[e] = between(x.data() + size_t(row) * size, p, a * std::cos(angle) - b * std::sin(angle) + middle_x,
                       a * std::sin(angle) + b * std::cos(angle) + middle_y, e % p.channels);
      sum += out[e];
    }
    if (r.brightness == 0 && r.contrast == 0) continue;
    for (int e = 0; e < size; e++) {
      double contrasted = sum / size + (1 + r.contrast * s[1][3]) * (out[e] - sum / size);
      double lit = double(low) + (1 + r.brightness * s[1][2]) * (contrasted - double(low));
      out[e] = std::clamp(lit, double(low), double(high));
    }
  }
  Array<float> from(device, x, 1);
  Array<int> counters(device, state(0, 0, step));
  for (unsigned blocks : kBlocks) {
    auto out = Array<float>::unwritten(device, x.size());
    device.run("augment", "augment", {blocks}, kThreads, 0, p.rows, p.height, p.width, p.channels,
               (const float*)from.at(), (const int*)counters.at(), out.at(), r.rotation, r.shift, r.zoom, r.crop,
               r.flip, r.brightness, r.contrast, low, high, stream, seed_low, seed_high);
    // A place is off by some roundings of the sides, and a value by that times the steepest slope.
    double roundoff = 1e-6 * (p.height + p.width) * 2 * (1 + r.brightness) * (1 + r.contrast);
    check_close(out.read(), expected, roundoff,
                "augment " + std::to_string(p.height) + " x " + std::to_string(p.width) + " x " +
                    std::to_string(p.channels));
  }
}

// A gather of `rows` rows out of `available`; T is the data's type, U the result's.
template <typename T, typename U>
void gather_rows(Device& device, const std::string& kernel, int rows, int columns, size_t shift) {
  constexpr bool kScaled = !std::is_same_v<U, int>;
  int available = rows + 5, cursor = 3;
  std::vector<T> source(size_t(available) * columns);
  for (T& value : source) value = T(random_ints(1, 0, 255)[0]);
  std::vector<int> order = random_ints(size_t(available), 0, available - 1);
  float scale = 1 / 256.0f;
  std::vector<U> expected;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      T value = source[size_t(order[size_t(cursor + i)]) * columns + j];
      expected.push_back(kScaled ? U(scale * float(value)) : U(value));
    }
  }
  Array<T> from(device, source, shift);
  Array<int> rows_order(device, order), counters(device, state(cursor, 0, 0)), status(device, {0});
  auto out = Array<U>::unwritten(device, expected.size());
  Grid grid = kScaled ? matrix(size_t(rows), size_t(columns), 4) : Grid{3};
  auto run = [&] {
    if constexpr (kScaled) {
      device.run("gather", kernel, grid, kThreads, 0, rows, columns, available, (const T*)from.at(),
                 (const int*)rows_order.at(), (const int*)counters.at(), out.at(), scale, status.at(), 7);
    } else {
      device.run("gather", kernel, grid, kThreads, 0, rows, columns, available, (const T*)from.at(),
                 (const int*)rows_order.at(), (const int*)counters.at(), out.at(), status.at(), 7);
    }
  };
  std::string what = kernel + " of " + std::to_string(rows) + " x " + std::to_string(columns);
  run();
  check_close(out.read(), expected, 0, what);
  check(status.read()[0] == 0, what + ": reports a fault");
  // A cursor outside is reported, with nothing read outside.
  counters.write(state(available, 0, 0));
  run();
  check(status.read()[0] == 7 * 4 + 1, what + ": does not report the cursor");
}

}  // namespace

void augment(Device& device) {
  for (const Pictures& pictures : {Pictures{2, 1, 1, 1}, {5, 7, 5, 1}, {2, 5, 7, 3}, {4, 28, 28, 1}, {1, 17, 32, 3}}) {
    for (const Ranges& ranges : kRanges) augmented(device, pictures, ranges);
  }
}

void elementwise(Device& device) {
  add_bias(device);
  activations(device);
  dropout(device);
}

void gather(Device& device) {
  for (int rows : {1, 7, 33}) {
    for (int columns : {1, 13, 16, 784}) {
      for (size_t shift : kShifts) {
        gather_rows<uint8_t, float>(device, "gather_bytes", rows, columns, shift);
        gather_rows<float, float>(device, "gather_floats", rows, columns, shift);
        gather_rows<int, int>(device, "gather_ints", rows, columns, shift);
      }
    }
  }
}

}  // namespace checks
