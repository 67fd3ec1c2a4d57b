// kernels/cuda/persistent.cu: many steps of a small classifier, against the same steps in float64.
#include <algorithm>

#include "updates.h"

#include "../../kernels/cuda/persistent.cuh"

namespace checks {

namespace {

constexpr double kKink = 1e-4;
constexpr int kLaunches = 2, kCount = 2, kAvailable = 520;

// Weights, or a bias, with gradients and moments, as float64.
struct Numbers {
  std::vector<double> p, g, first, second;

  explicit Numbers(const Optimized& o)
      : p(o.p.begin(), o.p.end()),
        g(o.g.begin(), o.g.end()),
        first(o.first.begin(), o.first.end()),
        second(o.second.begin(), o.second.end()) {}

  // Adam, as UpdateOperation.AdamUpdate says.
  void update(double rate, int t) {
    for (size_t i = 0; i < p.size(); i++) {
      first[i] = double(kBeta1) * first[i] + (1 - double(kBeta1)) * g[i];
      second[i] = double(kBeta2) * second[i] + (1 - double(kBeta2)) * g[i] * g[i];
      double mean = first[i] / (1 - std::pow(double(kBeta1), t));
      double square = second[i] / (1 - std::pow(double(kBeta2), t));
      p[i] -= rate * (double(kDecay) * p[i] + mean / (std::sqrt(square) + double(kEpsilon)));
    }
  }

  void check_near(const Optimized& actual, const std::string& what) const {
    std::vector<std::vector<float>> read = actual.read();
    const std::vector<double>* expected[] = {&p, &first, &second};
    for (size_t i = 0; i < 3; i++) check_close(read[i], *expected[i], 2e-5, what + std::to_string(i));
    check_close(actual.gradients.read(), g, 2e-5, what + ", gradient");
  }
};

// c (m x n) = a (m x k) b (k x n), whose elements lie apart as is said.
std::vector<double> product(int m, int n, int k, const std::vector<double>& a, int a_row, int a_k,
                            const std::vector<double>& b, int b_k, int b_column) {
  std::vector<double> c(size_t(m) * size_t(n), 0);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      for (int l = 0; l < k; l++) {
        c[size_t(i * n + j)] += a[size_t(i * a_row + l * a_k)] * b[size_t(l * b_k + j * b_column)];
      }
    }
  }
  return c;
}

// tiles: a layer's k_tile and n_tile, each
//
// Returns false, and has checked nothing, where a value lies so near the kink of ReLU that rounding decides its side.
bool tried(Device& device, const std::vector<int>& sizes, int rows, unsigned blocks,
           const std::vector<int>& tiles, bool bytes) {
  std::string what = "persistent_steps of " + std::to_string(sizes.size() - 1) + " layers by " +
                     std::to_string(blocks);
  int count = int(sizes.size()) - 1, classes = sizes.back();
  constexpr float kScale = 0.5f;
  std::vector<float> floats = random_floats(size_t(kAvailable * sizes[0]));
  std::vector<uint8_t> small(floats.size());
  for (size_t i = 0; i < small.size(); i++) small[i] = uint8_t(random_ints(1, 0, 3)[0]);
  std::vector<int> order(kAvailable), labels = random_ints(kAvailable, 0, classes - 1);
  for (int i = 0; i < kAvailable; i++) order[size_t(i)] = i;
  std::shuffle(order.begin(), order.end(), random_source());
  constexpr int kSlots = kLaunches * kCount + 1, kFirst = 3;
  std::vector<float> rates = random_floats(kSlots, 0.01f, 0.1f);

  std::vector<Optimized> weights, biases;
  std::vector<Numbers> w, b;
  std::vector<Array<float>> outs, ds;
  for (int l = 0; l < count; l++) {
    size_t i = size_t(l);
    // Some have elements behind the last.
    weights.emplace_back(device, sizes[i] * sizes[i + 1] + 3 * l, i);
    biases.emplace_back(device, sizes[i + 1] + 2, 0);
    w.emplace_back(weights.back());
    b.emplace_back(biases.back());
    size_t size = size_t(rows * sizes[i + 1]);
    outs.push_back(Array<float>::unwritten(device, size));
    ds.push_back(Array<float>::unwritten(device, size));
  }
  Array<float> source(device, floats), rate(device, rates), losses(device, std::vector<float>(kSlots, 0));
  Array<uint8_t> pixels(device, small);
  Array<int> orders(device, order), all_labels(device, labels), counters(device, state(0, 1, kFirst)),
      status(device, {0}), counts(device, std::vector<int>(kSlots, 0));
  auto batch = Array<float>::unwritten(device, size_t(rows * sizes[0]));
  auto scores = Array<float>::unwritten(device, size_t(rows * classes));
  auto batch_labels = Array<int>::unwritten(device, size_t(rows));
  auto sums = Array<double>::unwritten(device, 2 * blocks);

  Steps s{};
  int lines = (rows + 3) / 4 * 4;
  int at = 0, widest_k = (sizes[sizes.size() - 2] + 3) / 4 * 4, widest_n = 0;
  size_t partial = 1;
  for (int l = 0; l < count; l++) {
    size_t i = size_t(l);
    int k = sizes[i], n = sizes[i + 1], k_tile = tiles[2 * i], n_tile = tiles[2 * i + 1];
    int n_pitch = n_tile % 8 ? n_tile : n_tile + 4;
    Layer& layer = s.layers[l];
    layer = {{weights[i].parameters.at(), weights[i].firsts.at(), weights[i].seconds.at()},
             {biases[i].parameters.at(), biases[i].firsts.at(), biases[i].seconds.at()},
             weights[i].gradients.at(), biases[i].gradients.at(), outs[i].at(), ds[i].at(),
             k, n, weights[i].size, biases[i].size, k_tile, n_tile, n_pitch, at};
    check(ceil_div(size_t(k), size_t(k_tile)) * ceil_div(size_t(n), size_t(n_tile)) <= blocks, what + ": tiles");
    at += 3 * k_tile * n_pitch;
    widest_k = std::max(widest_k, lines * k_tile);
    widest_n = std::max(widest_n, lines * n_tile);
    partial = std::max({partial, size_t(ceil_div(size_t(k), size_t(k_tile))) * size_t(rows * n),
                        size_t(ceil_div(size_t(n), size_t(n_tile))) * size_t(rows * k)});
  }
  auto partials = Array<float>::unwritten(device, partial);
  s.source = bytes ? (const void*)pixels.at() : source.at();
  s.order = orders.at();
  s.state = counters.at();
  s.status = status.at();
  s.batch = batch.at();
  s.scores = scores.at();
  s.partial = partials.at();
  s.layers_size = count;
  s.count = kCount;
  s.available = kAvailable;
  s.place = kPlace;
  s.bytes = bytes;
  s.scale = kScale;
  s.x = at;
  s.d = s.x + widest_k;
  s.rows_of = s.d + widest_n;
  Metrics m{};
  m.labels = all_labels.at();
  m.order = orders.at();
  m.gathered = batch_labels.at();
  m.losses = losses.at();
  m.correct = counts.at();
  m.partial = sums.at();
  m.status = status.at();
  m.rows = rows;
  m.columns = classes;
  m.available = kAvailable;
  m.losses_size = m.correct_size = kSlots;
  m.place = kPlace;
  Update u = weights[0].update(ADAM, true);
  u.rates = rate.at();
  u.rates_size = kSlots;
  u.status = status.at();
  u.place = kPlace;
  for (int launch = 0; launch < kLaunches; launch++) {
    Array<unsigned> arrived(device, {0});
    s.arrived = arrived.at();
    device.run_together("persistent", "persistent_steps", {blocks}, kThreads,
                        unsigned(s.rows_of + rows) * unsigned(sizeof(float)), s, m, u);
  }

  std::vector<double> expected_losses(kSlots, 0), x, z;
  std::vector<std::vector<double>> out(size_t(count) + 1), d(size_t(count) + 1);
  for (int step = 0; step < kLaunches * kCount; step++) {
    std::vector<double>& in = out[0];
    in.clear();
    for (int i = 0; i < rows; i++) {
      size_t from = size_t(order[size_t(step * rows + i)] * sizes[0]);
      for (size_t j = from; j < from + size_t(sizes[0]); j++) {
        in.push_back(double(kScale) * (bytes ? double(small[j]) : double(floats[j])));
      }
    }
    for (int l = 0; l < count; l++) {
      size_t i = size_t(l);
      int k = sizes[i], n = sizes[i + 1];
      out[i + 1] = product(rows, n, k, out[i], k, 1, w[i].p, n, 1);
      for (size_t e = 0; e < out[i + 1].size(); e++) {
        double value = out[i + 1][e] + b[i].p[e % size_t(n)];
        if (l < count - 1 && std::fabs(value) < kKink) return false;
        out[i + 1][e] = l < count - 1 ? std::max(0.0, value) : value;
      }
    }
    d[size_t(count)] = out[size_t(count)];
    for (int i = 0; i < rows; i++) {
      double* row = &d[size_t(count)][size_t(i * classes)];
      double most = *std::max_element(row, row + classes), sum = 0;
      int label = labels[size_t(order[size_t(step * rows + i)])];
      for (int j = 0; j < classes; j++) sum += std::exp(row[j] - most);
      expected_losses[size_t(step) + 1] += most + std::log(sum) - row[label];
      for (int j = 0; j < classes; j++) row[j] = (std::exp(row[j] - most) / sum - (j == label)) / rows;
    }
    for (int l = count - 1; l >= 0; l--) {
      size_t i = size_t(l);
      int k = sizes[i], n = sizes[i + 1];
      d[i] = product(rows, k, n, d[i + 1], n, 1, w[i].p, 1, n);
      for (size_t e = 0; l > 0 && e < d[i].size(); e++) d[i][e] *= out[i][e] > 0;
      std::vector<double> g = product(k, n, rows, out[i], 1, k, d[i + 1], n, 1);
      std::copy(g.begin(), g.end(), w[i].g.begin());
      for (int j = 0; j < n; j++) {
        b[i].g[size_t(j)] = 0;
        for (int r = 0; r < rows; r++) b[i].g[size_t(j)] += d[i + 1][size_t(r * n + j)];
      }
      w[i].update(double(rates[size_t(step) + 1]), kFirst + step + 1);
      b[i].update(double(rates[size_t(step) + 1]), kFirst + step + 1);
    }
  }

  for (size_t i = 0; i < size_t(count); i++) {
    w[i].check_near(weights[i], what + ": weights " + std::to_string(i) + ", ");
    b[i].check_near(biases[i], what + ": bias " + std::to_string(i) + ", ");
    check_close(ds[i].read(), d[i + 1], 2e-5, what + ": gradient " + std::to_string(i));
    if (i + 1 < size_t(count)) check_close(outs[i].read(), out[i + 1], 2e-5, what + ": result " + std::to_string(i));
  }
  check_close(batch.read(), out[0], 1e-6, what + ": batch");
  check_close(scores.read(), out[size_t(count)], 2e-5, what + ": scores");
  check_close(losses.read(), expected_losses, 2e-4, what + ": losses");
  int steps = kLaunches * kCount;
  check(counters.read() == state(steps * rows, 1 + steps, kFirst + steps), what + ": counters");
  check(status.read()[0] == 0, what + ": reports a fault");
  return true;
}

void persistent(Device& device, const std::vector<int>& sizes, int rows, unsigned blocks,
                const std::vector<int>& tiles, bool bytes) {
  while (!tried(device, sizes, rows, blocks, tiles, bytes)) {
  }
}

}  // namespace

void persistent_steps(Device& device) {
  // A tile for all; larger than a block makes at a time; a row or a column of tiles, both, and blocks without one.
  persistent(device, {1, 1, 1}, 1, 1, {4, 4, 4, 4}, false);
  persistent(device, {12, 9, 5}, 7, 1, {12, 12, 12, 8}, true);
  persistent(device, {36, 68, 3}, 5, 1, {36, 68, 68, 4}, true);
  persistent(device, {68, 36, 3}, 33, 1, {68, 36, 36, 4}, false);
  persistent(device, {12, 9, 5}, 130, 1, {12, 12, 12, 8}, false);
  persistent(device, {13, 21, 3}, 9, 4, {4, 24, 8, 4}, false);
  persistent(device, {20, 11, 6, 10}, 15, 4, {12, 8, 12, 4, 4, 12}, true);
  persistent(device, {9, 70, 5, 4, 128}, 10, 4, {12, 20, 20, 8, 4, 4, 4, 32}, false);
}

}  // namespace checks
