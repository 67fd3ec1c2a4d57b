// kernels/cuda/images.cu and normalisation.cu.
#include <algorithm>

#include "philox.h"
#include "slabs.h"
#include "windows.h"

namespace checks {

namespace {

const Window kWindows[] = {
    {1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},  {2, 5, 4, 3, 3, 3, 1, 1, 1, 5, 4},  {3, 7, 5, 33, 2, 2, 2, 0, 0, 4, 3},
    {2, 6, 7, 5, 3, 2, 2, 0, 0, 2, 3},  {1, 1, 1, 4, 3, 3, 1, 1, 1, 1, 1},  {2, 9, 9, 2, 1, 1, 4, 0, 0, 3, 3}};

template <typename... Tensors>
void run(Device& device, const char* kernel, unsigned blocks, const Window& w, size_t size, Tensors... tensors) {
  device.run("images", kernel, {blocks}, kThreads, 0, int(size), w.channels, w.height, w.width, w.kernel_height,
             w.kernel_width, w.stride, w.top, w.left, w.out_height, w.out_width, tensors...);
}

void unfold_and_fold(Device& device, const Window& w) {
  size_t in = size_t(w.positions()) * w.channels, unfolded = size_t(w.places()) * w.taps() * w.channels;
  std::vector<float> x = random_floats(in), pieces = random_floats(unfolded);
  std::vector<double> expected(unfolded), folded(in);
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < w.channels; c++) {
      size_t piece = (size_t(place) * w.taps() + tap) * w.channels + c;
      expected[piece] = x[size_t(position) * w.channels + c];
      folded[size_t(position) * w.channels + c] += pieces[piece];
    }
  });
  Array<float> from(device, x, 1), parts(device, pieces);
  for (unsigned blocks : kBlocks) {
    auto out = Array<float>::unwritten(device, unfolded), sums = Array<float>::unwritten(device, in, 1);
    run(device, "unfold", blocks, w, unfolded, (const float*)from.at(), out.at());
    run(device, "fold", blocks, w, in, (const float*)parts.at(), sums.at());
    check_close(out.read(), expected, 0, "unfold");
    check_close(sums.read(), folded, 2e-6, "fold");
  }
}

void pools(Device& device, const Window& w) {
  size_t in = size_t(w.positions()) * w.channels, size = size_t(w.places()) * w.channels;
  std::vector<float> x(in), d = random_floats(size);
  // Few distinct values: of equal ones the first tap counts.
  std::vector<int> few = random_ints(in, -2, 2);
  for (size_t i = 0; i < in; i++) x[i] = float(few[i]);
  std::vector<double> largest(size, -1e9), mean(size), count(size), d_max(in), d_mean(in);
  std::vector<int> taps(size, -1);
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < w.channels; c++) {
      size_t to = size_t(place) * w.channels + c;
      double value = x[size_t(position) * w.channels + c];
      if (value > largest[to]) largest[to] = value, taps[to] = tap;
      mean[to] += value;
      count[to]++;
    }
  });
  for (size_t i = 0; i < size; i++) mean[i] /= count[i];
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < w.channels; c++) {
      size_t from = size_t(place) * w.channels + c, to = size_t(position) * w.channels + c;
      if (taps[from] == tap) d_max[to] += d[from];
      d_mean[to] += d[from] / count[from];
    }
  });
  Array<float> from(device, x), slopes(device, d);
  for (unsigned blocks : kBlocks) {
    auto out = Array<float>::unwritten(device, size), average = Array<float>::unwritten(device, size);
    auto d_x = Array<float>::unwritten(device, in), d_average = Array<float>::unwritten(device, in);
    auto which = Array<int>::unwritten(device, size);
    run(device, "max_pool", blocks, w, size, (const float*)from.at(), out.at(), which.at());
    run(device, "max_pool_backward", blocks, w, in, (const float*)slopes.at(), (const int*)which.at(), d_x.at());
    run(device, "average_pool", blocks, w, size, (const float*)from.at(), average.at());
    run(device, "average_pool_backward", blocks, w, in, (const float*)slopes.at(), d_average.at());
    check_close(out.read(), largest, 0, "max_pool");
    check_close(which.read(), taps, 0, "max_pool: taps");
    check_close(d_x.read(), d_max, 2e-6, "max_pool_backward");
    check_close(average.read(), mean, 2e-6, "average_pool");
    check_close(d_average.read(), d_mean, 2e-6, "average_pool_backward");
  }
}

// Batch normalisation with an activation behind it, the rows of sums in so many slabs.
void normalise(Device& device, int rows, int columns, int parts, int which) {
  constexpr float kEpsilon = 0.01f, kMomentum = 0.75f;
  size_t size = size_t(rows) * columns;
  std::vector<float> x = random_floats(size, 9, 11), d = random_floats(size), scale = random_floats(columns);
  std::vector<float> shift = random_floats(columns), old_mean = random_floats(columns), old = random_floats(columns);
  std::vector<double> mean(columns), variance(columns), running_mean(columns), running(columns);
  std::vector<double> d_scale(columns), d_shift(columns), out(size), d_x(size), d_out(size), active(size);
  std::vector<float> saved = random_floats(size);
  // A linear one's derivative is not taken.
  for (size_t i = 0; i < size; i++) d_out[i] = which == LINEAR ? d[i] : d[i] * slope(which, saved[i]);
  for (size_t i = 0; i < size; i++) mean[i % columns] += double(x[i]) / rows;
  for (size_t i = 0; i < size; i++) variance[i % columns] += std::pow(x[i] - mean[i % columns], 2) / rows;
  for (int j = 0; j < columns; j++) {
    running_mean[j] = kMomentum * old_mean[j] + (1 - double(kMomentum)) * mean[j];
    running[j] = kMomentum * old[j] + (1 - double(kMomentum)) * variance[j];
  }
  auto normal = [&](size_t i) {
    return (x[i] - mean[i % columns]) / std::sqrt(variance[i % columns] + double(kEpsilon));
  };
  for (size_t i = 0; i < size; i++) {
    out[i] = scale[i % columns] * normal(i) + shift[i % columns];
    active[i] = activation(which, out[i]);
    d_scale[i % columns] += d_out[i] * normal(i);
    d_shift[i % columns] += d_out[i];
  }
  for (size_t i = 0; i < size; i++) {
    size_t j = i % columns;
    d_x[i] = scale[j] / std::sqrt(variance[j] + double(kEpsilon)) *
             (d_out[i] - d_shift[j] / rows - normal(i) * d_scale[j] / rows);
  }
  Array<float> from(device, x, 1), slopes(device, d), scales(device, scale), shifts(device, shift);
  Array<float> follows_mean(device, old_mean), follows(device, old), was(device, saved);
  auto m = Array<float>::unwritten(device, columns), v = Array<float>::unwritten(device, columns);
  auto ds = Array<float>::unwritten(device, columns), db = Array<float>::unwritten(device, columns);
  auto y = Array<float>::unwritten(device, size), dx = Array<float>::unwritten(device, size);
  auto z = Array<float>::unwritten(device, size);
  Meeting meeting(device, rows, columns, parts);
  Grid grid = meeting.grid();
  unsigned threads = 32 * kWarp;
  std::string what = " of " + std::to_string(rows) + " x " + std::to_string(columns) + " in " + std::to_string(parts);
  device.run("normalisation", "batch_statistics", grid, threads, 0, rows, columns, (const float*)from.at(), m.at(),
             v.at(), follows_mean.at(), follows.at(), kMomentum, meeting.slabs());
  check_close(m.read(), mean, 1e-5, "batch_statistics: mean" + what);
  check_close(v.read(), variance, 1e-5, "batch_statistics: variance" + what);
  check_close(follows_mean.read(), running_mean, 1e-5, "batch_statistics: running mean" + what);
  check_close(follows.read(), running, 1e-5, "batch_statistics: running variance" + what);
  device.run("normalisation", "normalise_backward_weights", grid, threads, 0, rows, columns,
             (const float*)from.at(), (const float*)m.at(), (const float*)v.at(), (const float*)slopes.at(),
             which == LINEAR ? (const float*)nullptr : was.at(), slopes.at(), ds.at(), db.at(), which, kEpsilon,
             meeting.slabs());
  meeting.check_tickets("normalisation" + what);
  check_close(slopes.read(), d_out, kFunctionError, "normalise_backward_weights: of the activation" + what);
  check_close(ds.read(), d_scale, 2e-4 * (1 + rows * 0.01), "normalise_backward_weights: scale" + what);
  check_close(db.read(), d_shift, 1e-5 * (1 + rows * 0.01), "normalise_backward_weights: shift" + what);
  for (unsigned blocks : kBlocks) {
    device.run("normalisation", "normalise", {blocks}, kThreads, 0, int(size), columns, (const float*)from.at(),
               (const float*)m.at(), (const float*)v.at(), (const float*)scales.at(), (const float*)shifts.at(),
               y.at(), z.at(), which, kEpsilon);
    check_close(y.read(), out, 2e-4, "normalise" + what);
    check_close(z.read(), active, 3e-4, "normalise, activated apart" + what);
    device.run("normalisation", "normalise", {blocks}, kThreads, 0, int(size), columns, (const float*)from.at(),
               (const float*)m.at(), (const float*)v.at(), (const float*)scales.at(), (const float*)shifts.at(),
               y.at(), (float*)nullptr, which, kEpsilon);
    check_close(y.read(), active, 3e-4, "normalise, activated in place" + what);
    device.run("normalisation", "normalise_backward", {blocks}, kThreads, 0, int(size), columns, rows,
               (const float*)from.at(), (const float*)m.at(), (const float*)v.at(), (const float*)scales.at(),
               (const float*)ds.at(), (const float*)db.at(), (const float*)slopes.at(), dx.at(), kEpsilon);
    // Of one row nothing is left but what rounding makes, times 1 over the root of epsilon.
    check_close(dx.read(), d_x, 5e-3, "normalise_backward" + what);
  }
}

// The arguments that normalisation.cu knows by this name.
struct Dropout {
  const int* state;
  uint32_t threshold;
  float scale;
  uint32_t stream, seed_low, seed_high;
};

std::vector<float> whole_numbers(size_t count) {
  std::vector<int> numbers = random_ints(count, -2, 2);
  return {numbers.begin(), numbers.end()};
}

// Windows that do not overlap, some of which leave gaps or stand out of the image.
const Window kApart[] = {{1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},    {3, 7, 5, 33, 2, 2, 2, 0, 0, 4, 3},
                         {2, 9, 9, 2, 1, 1, 4, 0, 0, 3, 3},    {2, 7, 8, 70, 3, 3, 3, 1, 0, 3, 3},
                         {2, 6, 7, 25, 2, 2, 3, 0, 0, 2, 2},   {5, 12, 12, 25, 2, 2, 2, 0, 0, 6, 6}};

// Batch normalisation, ReLU or nothing, dropout or none, and the largest of each window, with the derivatives. The
// numbers are such that nothing is rounded but the derivative by the input: it is clear which is the largest.
void pooled_normalisation(Device& device, const Window& w, int parts, int which, bool has_dropout) {
  constexpr float kEpsilon = 0.25f;
  constexpr int kStep = 17;
  int rows = w.positions(), columns = w.channels;
  size_t in = size_t(rows) * columns, size = size_t(w.places()) * columns;
  Dropout dropout = {nullptr, 0x40000000u, has_dropout ? 2.0f : 1.0f, 5, uint32_t(random_source()()),
                     uint32_t(random_source()())};
  std::vector<float> x = whole_numbers(in), mean = whole_numbers(columns), variance(columns, 1 - kEpsilon);
  std::vector<float> scale = whole_numbers(columns), shift = whole_numbers(columns), d = whole_numbers(size);
  std::vector<double> largest(size), d_largest(size), d_scale(columns), d_shift(columns), d_active(in), d_x(in);
  std::vector<int> taps(size, -1);
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < columns; c++) {
      size_t to = size_t(place) * columns + c, at = size_t(position) * columns + c;
      double value = activation(which, double(scale[c]) * (x[at] - mean[c]) + shift[c]);
      if (has_dropout) {
        Words drawn = philox({{uint32_t(at / 4), 0, kStep, dropout.stream}}, dropout.seed_low, dropout.seed_high);
        value = drawn.word[at % 4] >= dropout.threshold ? value * dropout.scale : 0;
      }
      if (taps[to] < 0 || value > largest[to]) largest[to] = value, taps[to] = tap;
    }
  });
  for (size_t i = 0; i < size; i++) d_largest[i] = d[i] * dropout.scale * slope(which, largest[i]);
  visit(w, [&](int place, int tap, int position) {
    for (int c = 0; c < columns; c++) {
      size_t from = size_t(place) * columns + c, at = size_t(position) * columns + c;
      if (taps[from] != tap) continue;
      d_active[at] = d_largest[from];
      d_shift[c] += d_largest[from];
      d_scale[c] += d_largest[from] * (x[at] - mean[c]);
    }
  });
  for (size_t i = 0; i < in; i++) {
    size_t c = i % columns;
    d_x[i] = scale[c] * (d_active[i] - d_shift[c] / rows - (x[i] - mean[c]) * d_scale[c] / rows);
  }
  Array<float> from(device, x, 1), means(device, mean), variances(device, variance), scales(device, scale);
  Array<float> shifts(device, shift), slopes(device, d);
  Array<int> counters(device, state(0, 0, kStep));
  if (has_dropout) dropout.state = counters.at();
  std::string what = " of " + std::to_string(rows) + " x " + std::to_string(columns) + ", activation " +
                     std::to_string(which) + (has_dropout ? ", dropout" : "");
  auto out = Array<float>::unwritten(device, size, 1);
  auto tap = Array<int>::unwritten(device, size);
  auto ds = Array<float>::unwritten(device, columns), db = Array<float>::unwritten(device, columns);
  for (unsigned blocks : kBlocks) {
    device.run("normalisation", "normalise_pool", {blocks}, kThreads, 0, int(size), columns, w.height, w.width,
               w.kernel_height, w.kernel_width, w.stride, w.top, w.left, w.out_height, w.out_width,
               (const float*)from.at(), (const float*)means.at(), (const float*)variances.at(),
               (const float*)scales.at(), (const float*)shifts.at(), out.at(), tap.at(), which, kEpsilon, dropout);
    check_close(out.read(), largest, 0, "normalise_pool" + what);
    check_close(tap.read(), taps, 0, "normalise_pool: taps" + what);
  }
  Meeting meeting(device, w.places(), columns, parts);
  device.run("normalisation", "pooled_backward_weights", meeting.grid(), 32 * kWarp, 0, w.places(), columns, w.height,
             w.width, w.kernel_height, w.kernel_width, w.stride, w.top, w.left, w.out_height, w.out_width,
             (const float*)from.at(), (const float*)means.at(), (const float*)variances.at(),
             (const float*)slopes.at(), (const float*)out.at(), (const int*)tap.at(), ds.at(), db.at(), which,
             dropout.scale, kEpsilon, meeting.slabs());
  meeting.check_tickets("pooled_backward_weights" + what);
  check_close(ds.read(), d_scale, 0, "pooled_backward_weights: scale" + what);
  check_close(db.read(), d_shift, 0, "pooled_backward_weights: shift" + what);
  for (unsigned blocks : kBlocks) {
    auto dx = Array<float>::unwritten(device, in, 1);
    device.run("normalisation", "pooled_backward", {blocks}, kThreads, 0, int(in), columns, w.height, w.width,
               w.kernel_height, w.kernel_width, w.stride, w.top, w.left, w.out_height, w.out_width,
               (const float*)from.at(), (const float*)means.at(), (const float*)variances.at(),
               (const float*)scales.at(), (const float*)ds.at(), (const float*)db.at(), (const float*)slopes.at(),
               (const float*)out.at(), (const int*)tap.at(), dx.at(), which, dropout.scale, kEpsilon);
    check_close(dx.read(), d_x, 1e-4, "pooled_backward" + what);
  }
}

}  // namespace

void images(Device& device) {
  for (const Window& window : kWindows) {
    unfold_and_fold(device, window);
    pools(device, window);
  }
}

void normalisation(Device& device) {
  for (int rows : {1, 7, 33, 1000}) {
    int round = 0;
    for (int columns : {1, 25, 33, 70}) {
      int which = round++ % kActivations;
      normalise(device, rows, columns, 1, which);
      normalise(device, rows, columns, 3, kActivations - 1 - which);
    }
  }
  for (const Window& window : kApart) {
    for (int parts : {1, 3}) {
      pooled_normalisation(device, window, parts, LINEAR, false);
      pooled_normalisation(device, window, parts, RELU, false);
      pooled_normalisation(device, window, parts, RELU, true);
    }
  }
}

}  // namespace checks
