// The project's kernels on odd shapes, each array an allocation of its own of just its size: with
// AddressSanitizer, an access past any of them ends the test. (The backend keeps all arrays in one piece of
// memory, where that would not show.)
#include <cstring>

#include "cudasim.h"

#include "../../../kernels/cuda/tiles.cuh"
#include "check.h"

namespace {

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
unsigned shared_bytes() {
  int stage = Panel<T::M, T::DEPTH, !TRANSPOSE_A>::SIZE + Panel<T::N, T::DEPTH, TRANSPOSE_B>::SIZE;
  return unsigned(4 * max(T::STAGES * stage, T::M * T::N));
}

// out = op(a) op(b) + bias against plain loops, k in `parts` parts.
template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
void product(const std::string& kernel, int m, int n, int k, int parts, double tolerance) {
  std::vector<float> a = random_floats(size_t(m) * k), b = random_floats(size_t(k) * n);
  std::vector<float> bias = random_floats(size_t(n)), out(size_t(m) * n, NAN);
  std::vector<double> expected(out.size());
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      double sum = double(bias[size_t(j)]);
      for (int l = 0; l < k; l++) {
        sum += double(a[size_t(TRANSPOSE_A ? l * m + i : i * k + l)]) *
               double(b[size_t(TRANSPOSE_B ? j * k + l : l * n + j)]);
      }
      expected[size_t(i * n + j)] = sum;
    }
  }
  int tiles = (m + T::M - 1) / T::M * ((n + T::N - 1) / T::N);
  std::vector<float> workspace(size_t(tiles) * parts * T::M * T::N, NAN);
  std::vector<unsigned> tickets(size_t(tiles), 0);
  Product p{};
  p.a = a.data();
  p.b = b.data();
  p.out = out.data();
  p.bias = bias.data();
  p.workspace = workspace.data();
  p.tickets = tickets.data();
  p.m = m;
  p.n = n;
  p.k = k;
  // A whole number of slices.
  p.k_part = ((k + parts - 1) / parts + T::DEPTH - 1) / T::DEPTH * T::DEPTH;
  p.alpha = 1;
  std::string name = kernel + (TRANSPOSE_A ? "_t" : "_n") + (TRANSPOSE_B ? "t" : "n");
  unsigned z = unsigned((k + p.k_part - 1) / p.k_part);
  launch_well(name.c_str(), dim3(unsigned(tiles), 1, z), unsigned(T::THREADS),
              shared_bytes<T, TRANSPOSE_A, TRANSPOSE_B>(), p);
  check_close(out, expected, tolerance * std::sqrt(k),
              name + " " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) +
                  " in " + std::to_string(parts));
}

template <class T>
void products(const std::string& kernel, double tolerance) {
  constexpr int kShapes[][3] = {{1, 1, 1},     {7, 10, 17},  {33, 17, 65},
                                {65, 129, 33}, {16, 64, 32}, {129, 5, 100}};
  for (const auto& shape : kShapes) {
    int m = shape[0], n = shape[1], k = shape[2];
    for (int parts : {1, 3}) {
      product<T, false, false>(kernel, m, n, k, parts, tolerance);
      product<T, false, true>(kernel, m, n, k, parts, tolerance);
      product<T, true, false>(kernel, m, n, k, parts, tolerance);
      product<T, true, true>(kernel, m, n, k, parts, tolerance);
    }
  }
}

void sums_of_rows() {
  for (int rows : {1, 7, 100}) {
    for (int columns : {1, 31, 33, 100}) {
      std::vector<float> x = random_floats(size_t(rows) * columns), out(size_t(columns), NAN);
      std::vector<double> expected(out.size());
      for (size_t i = 0; i < x.size(); i++) expected[i % size_t(columns)] += double(x[i]);
      launch_well("sum_rows", unsigned(columns + 31) / 32, 256, 0, rows, columns,
                  (const float*)x.data(), out.data());
      check_close(out, expected, 1e-6 * rows, "sum_rows");
    }
  }
}

// Parameters, a gradient and moments of an optimizer, each in an allocation that ends with it.
struct Optimized {
  static constexpr const char* kKernels[] = {"sgd", "momentum", "nesterov", "adagrad", "rms_prop", "adam"};

  int n, shift, rule;
  std::vector<float> p, g, first, second, rates{0.5f, 0.01f, 0.7f};
  std::vector<int> state{3, 1, 6};
  int status = 0;

  // shift: how many elements lie before the first, so that nothing starts on 16 bytes unless it is 0
  Optimized(int n, int shift, int rule)
      : n(n), shift(shift), rule(rule) {
    size_t all = size_t(n + shift);
    p = random_floats(all);
    g = random_floats(all);
    first = random_floats(rule == SGD ? 0 : all);
    second = random_floats(rule == ADAM ? all : 0);
    for (auto* squares : {&first, &second}) {
      for (float& x : *squares) x = std::fabs(x);
    }
  }

  Update update(bool keep) {
    auto start = [&](std::vector<float>& array) { return array.empty() ? nullptr : array.data() + shift; };
    return {start(p), start(g), start(first), start(second), rates.data(), state.data(), &status,
            n,        int(rates.size()), 1, rule, keep, 0.9f, 0.99f, 0.1f, 0.01f, 1e-7f, 0.1f};
  }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || !std::memcmp(a.data(), b.data(), 4 * a.size()));
}

// A kernel that makes `made` elements of the gradient and updates, against one that makes them and one that
// updates: the same bits, and a gradient that is as it was unless it is to be kept.
template <typename Joined, typename Apart>
void updates_alike(const std::string& name, int made, Joined joined, Apart apart) {
  struct {
    int rest, shift;
    bool keep;
  } cases[] = {{0, 0, true}, {3, 0, false}, {3, 1, true}};
  for (int rule = SGD; rule <= ADAM; rule++) {
    for (const auto& [rest, shift, keep] : cases) {
      Optimized one(made + rest, shift, rule);
      Optimized two = one;
      std::fill_n(one.g.begin() + shift, made, NAN);
      std::vector<float> before = one.g;
      joined(one.update(keep));
      apart(two.g.data() + shift);
      launch_well(Optimized::kKernels[rule], 2, 256, 0, two.update(false));
      std::string what = name + ", " + Optimized::kKernels[rule] + ", rest " + std::to_string(rest) + ", shift " +
                         std::to_string(shift);
      check(same_bits(one.p, two.p), what + ": parameters");
      check(same_bits(one.first, two.first), what + ": first moments");
      check(same_bits(one.second, two.second), what + ": second moments");
      check(same_bits(one.g, keep ? two.g : before), what + ": gradient");
      check(one.status == 0 && two.status == 0, what + ": status");
    }
  }
}

template <class T>
void updating_products(const std::string& kernel) {
  constexpr int kShapes[][3] = {{1, 1, 1}, {7, 10, 17}, {33, 36, 65}, {65, 129, 33}};
  for (const auto& shape : kShapes) {
    int m = shape[0], n = shape[1], k = shape[2];
    std::vector<float> a = random_floats(size_t(m) * k), b = random_floats(size_t(k) * n);
    int tiles = (m + T::M - 1) / T::M * ((n + T::N - 1) / T::N);
    for (int k_part : {(k + T::DEPTH - 1) / T::DEPTH * T::DEPTH, T::DEPTH}) {
      int parts = (k + k_part - 1) / k_part;
      std::vector<float> workspace(size_t(tiles) * parts * T::M * T::N);
      std::vector<unsigned> tickets(size_t(tiles), 0);
      auto with = [&](float* out) {
        Product p{};
        p.a = a.data(), p.b = b.data(), p.out = out;
        p.workspace = workspace.data(), p.tickets = tickets.data();
        p.m = m, p.n = n, p.k = k, p.k_part = k_part;
        p.alpha = 0.3f;
        return p;
      };
      dim3 grid(unsigned(tiles), 1, unsigned(parts));
      unsigned shared = shared_bytes<T, true, false>();
      updates_alike(
          kernel + " " + std::to_string(m) + " x " + std::to_string(n) + " in " + std::to_string(parts),
          m * n,
          [&](Update u) {
            launch_well((kernel + "_tn_update").c_str(), grid, unsigned(T::THREADS), shared,
                        with(u.g), u);
          },
          [&](float* g) {
            launch_well((kernel + "_tn").c_str(), grid, unsigned(T::THREADS), shared, with(g));
          });
    }
  }
}

void updating_sums_of_rows() {
  for (int rows : {1, 100}) {
    for (int columns : {1, 31, 100}) {
      std::vector<float> x = random_floats(size_t(rows) * columns);
      unsigned blocks = unsigned(columns + 31) / 32;
      updates_alike(
          "sum_rows of " + std::to_string(columns), columns,
          [&](Update u) {
            launch_well("sum_rows_update", blocks, 256, 0, rows, columns, (const float*)x.data(), u);
          },
          [&](float* g) {
            launch_well("sum_rows", blocks, 256, 0, rows, columns, (const float*)x.data(), g);
          });
    }
  }
}

// Nothing is updated where the slot is outside, but the gradient is there for who wants it.
void updates_of_no_rate() {
  Optimized one(5, 0, ADAM);
  one.state[SLOT] = 3;
  Optimized before = one;
  std::vector<float> x = random_floats(2 * 5);
  launch_well("sum_rows_update", 1, 256, 0, 2, 5, (const float*)x.data(), one.update(true));
  check(one.status == 4 + FAULT_SLOT, "the slot is reported");
  check(same_bits(one.p, before.p) && same_bits(one.first, before.first), "nothing is updated");
  check(one.g[4] == x[4] + x[9], "the gradient is stored");
}

}  // namespace

int main() {
  for (const char* name : {"matmul", "matmul_tf32", "columns", "updates"}) {
    load_kernels(name, PROJECT_KERNELS);
  }
  // Float's rounding, and tf32's 10 bits, over sums of numbers up to 1.
  products<Tile32>("matmul_32", 1e-6);
  products<Tile64>("matmul_64", 1e-6);
  products<Tile128>("matmul_128", 1e-6);
  products<Tile64>("matmul_tf32_64", 2e-3);
  sums_of_rows();
  updating_products<Tile32>("matmul_32");
  updating_products<Tile64>("matmul_64");
  updating_products<Tile128>("matmul_128");
  updating_products<Tile64>("matmul_tf32_64");
  updating_sums_of_rows();
  updates_of_no_rate();
  return result();
}
