// The project's kernels on odd shapes, each array an allocation of its own of just its size: with
// AddressSanitizer, an access past any of them ends the test. (The backend keeps all arrays in one piece of
// memory, where that would not show.)
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

}  // namespace

int main() {
  for (const char* name : {"matmul", "matmul_tf32", "columns"}) load_kernels(name, PROJECT_KERNELS);
  // Float's rounding, and tf32's 10 bits, over sums of numbers up to 1.
  products<Tile32>("matmul_32", 1e-6);
  products<Tile64>("matmul_64", 1e-6);
  products<Tile128>("matmul_128", 1e-6);
  products<Tile64>("matmul_tf32_64", 2e-3);
  sums_of_rows();
  return result();
}
