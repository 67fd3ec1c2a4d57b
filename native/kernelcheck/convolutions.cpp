// The convolutions of kernels/cuda/matmul.cu, matmul_tf32.cu and matmul_bf16.cu: each tile forward, by input and by weights
// on odd images, k whole and split, on arrays that start on 16 bytes and on some that don't.
#include "products.h"
#include "windows.h"

#include "../../kernels/cuda/convolution.cuh"

namespace checks {

namespace {

Window window(int batch, int height, int width, int channels, int kernel, int stride, bool same) {
  auto places = [&](int size) { return same ? (size - 1) / stride + 1 : (size - kernel) / stride + 1; };
  auto before = [&](int size) { return same ? max(0, (places(size) - 1) * stride + kernel - size) / 2 : 0; };
  return {batch, height, width, channels, kernel, kernel, stride, before(height), before(width), places(height),
          places(width)};
}

struct Case {
  Window w;
  int filters;
};

const Case kCases[] = {{window(1, 1, 1, 1, 1, 1, false), 1},
                       {window(17, 7, 5, 3, 3, 1, true), 25},
                       {window(2, 7, 5, 25, 3, 2, true), 3},
                       {window(2, 7, 5, 25, 5, 1, false), 50},
                       {window(1, 7, 5, 50, 1, 2, true), 75},
                       {window(32, 1, 1, 75, 3, 1, true), 50},
                       {window(1, 28, 28, 1, 5, 2, false), 25},
                       {window(1, 32, 32, 3, 3, 1, true), 3},
                       {window(3, 5, 4, 4, 3, 1, true), 8},
                       {window(2, 9, 8, 20, 3, 2, false), 36}};

Divisor divisor(int d) {
  int bits = 0;
  while (int64_t{1} << bits < d) bits++;
  uint64_t power = uint64_t{1} << (31 + bits);
  return {d, unsigned((power + uint64_t(d) - 1) / uint64_t(d)), 31 + bits};
}

// What of k a line of the kernel takes.
int padded(int run) { return (run + 3) / 4 * 4; }

Convolution convolution(const Window& w, bool by_input, int channels) {
  int run = w.kernel_width * channels;
  return {by_input ? w.out_height : w.height,
          by_input ? w.out_width : w.width,
          by_input ? w.kernel_height - 1 - w.top : w.top,
          by_input ? w.kernel_width - 1 - w.left : w.left,
          w.taps(),
          w.kernel_width,
          run,
          divisor(padded(run)),
          divisor(channels),
          divisor(w.stride),
          divisor(by_input ? w.height * w.width : w.out_height * w.out_width),
          divisor(by_input ? w.width : w.out_width)};
}

// What a sum is, and the sum of the magnitudes of its terms.
struct Sums {
  std::vector<double> value, scale;
  int terms;

  Sums(size_t size, int terms) : value(size), scale(size), terms(terms) {}

  void add(size_t at, double term) {
    value[at] += term;
    scale[at] += std::fabs(term);
  }

  // A few more roundings of float32 than terms, and those of the factors.
  void check(const Array<float>& actual, double rounding, const std::string& what) const {
    std::vector<double> tolerance(value.size());
    for (size_t i = 0; i < value.size(); i++) {
      tolerance[i] = (scale[i] + 1) * (terms + 8) * 0x1p-24 + rounding * scale[i];
    }
    check_close(actual.read(), value, tolerance, what);
  }
};

// Launches a convolution whose product reads `a` and `b`.
template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
void run(Device& device, const std::string& family, const char* layout, Product p, const Convolution& c) {
  unsigned tiles = ceil_div(size_t(p.m), T::M) * ceil_div(size_t(p.n), T::N), parts = ceil_div(size_t(p.k), p.k_part);
  auto workspace = Array<float>::unwritten(device, size_t(tiles) * parts * T::M * T::N);
  Array<unsigned> tickets(device, std::vector<unsigned>(tiles, 0));
  p.workspace = workspace.at();
  p.tickets = tickets.at();
  device.run(family, family + "_" + std::to_string(T::M) + layout, {tiles, 1, parts}, unsigned(T::THREADS),
             shared_bytes<T, TRANSPOSE_A, TRANSPOSE_B>(packs(family)), p, c);
}

template <class T>
void convolve(Device& device, const std::string& family, double rounding, const Case& which, int parts) {
  const Window& w = which.w;
  int f = which.filters, k = w.taps() * w.channels;
  // Every other time on arrays that start anywhere.
  size_t shift = size_t(parts > 1);
  std::vector<float> x = random_floats(size_t(w.positions()) * w.channels), weights = random_floats(size_t(k) * f);
  std::vector<float> d = random_floats(size_t(w.places()) * f), bias = random_floats(size_t(f));
  Sums forward(d.size(), k + 1), by_input(x.size(), w.taps() * f), by_weights(weights.size(), w.places());
  for (size_t i = 0; i < d.size(); i++) forward.add(i, bias[i % f]);
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < w.channels; c++) {
      for (int j = 0; j < f; j++) {
        size_t in = size_t(position) * w.channels + c, out = size_t(place) * f + j;
        size_t weight = (size_t(tap) * w.channels + c) * f + j;
        forward.add(out, double(x[in]) * weights[weight]);
        by_input.add(in, double(d[out]) * weights[weight]);
        by_weights.add(weight, double(x[in]) * d[out]);
      }
    }
  });
  Array<float> images(device, x, shift), filters(device, weights, shift), slopes(device, d, shift);
  Array<float> shifts(device, bias, shift);
  auto out = Array<float>::unwritten(device, d.size(), shift), active = Array<float>::unwritten(device, d.size(), shift);
  auto d_x = Array<float>::unwritten(device, x.size(), shift);
  auto d_w = Array<float>::unwritten(device, weights.size(), shift);
  std::string what = std::to_string(T::M) + " on " + std::to_string(w.batch) + " of " + std::to_string(w.height) +
                     " x " + std::to_string(w.width) + " x " + std::to_string(w.channels) + ", " + std::to_string(f) +
                     " filters of " + std::to_string(w.kernel_height) + ", stride " + std::to_string(w.stride) +
                     ", in " + std::to_string(parts);

  Product p = product_of<T>(w.places(), f, w.kernel_height * padded(w.kernel_width * w.channels), parts);
  p.a = images.at();
  p.b = filters.at();
  p.out = out.at();
  p.bias = shifts.at();
  p.activated = active.at();
  p.which = RELU;
  run<T, false, false>(device, family, "_nn_convolve", p, convolution(w, false, w.channels));
  forward.check(out, rounding, "forward by " + what);
  std::vector<float> values = out.read();
  for (float& value : values) value = value < 0 ? 0 : value;
  check_close(active.read(), values, 0, "forward by " + what + ", activated");

  p = product_of<T>(w.positions(), w.channels, w.kernel_height * padded(w.kernel_width * f), parts);
  p.a = slopes.at();
  p.b = filters.at();
  p.out = d_x.at();
  run<T, false, true>(device, family, "_nt_convolve", p, convolution(w, true, f));
  by_input.check(d_x, rounding, "by input by " + what);

  p = product_of<T>(k, f, w.places(), parts);
  p.a = images.at();
  p.b = slopes.at();
  p.out = d_w.at();
  run<T, true, false>(device, family, "_tn_convolve", p, convolution(w, false, w.channels));
  by_weights.check(d_w, rounding, "by weights by " + what);
}

}  // namespace

void convolutions(Device& device, const std::string& family, double rounding) {
  // The largest tile, most of which is nothing here, takes every other case; each is whole and split in turn.
  int round = 0;
  for (const Case& each : kCases) {
    int parts = 1 + round / 2 % 2 * 2;
    if (round++ % 2 == 0) {
      convolve<Tile128>(device, family, rounding, each, parts);
    } else {
      convolve<Tile64>(device, family, rounding, each, parts);
    }
    convolve<Tile32>(device, family, rounding, each, 4 - parts);
  }
}

}  // namespace checks
