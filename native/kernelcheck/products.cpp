// kernels/cuda/matmul.cu, matmul_tf32.cu and matmul_bf16.cu: each tile in each layout on odd shapes, k whole and split, with
// each kind of epilogue, on arrays that start on 16 bytes and on some that don't.
#include "products.h"

#include <array>

#include "slabs.h"
#include "updates.h"

#include "../../kernels/cuda/gathered.cuh"

namespace checks {

namespace {

// m, n and k.
using Shape = std::array<int, 3>;

// All of them, or every third.
template <size_t N>
std::vector<Shape> chosen(const Shape (&shapes)[N]) {
  std::vector<Shape> result;
  for (size_t i = brief ? 2 : 0; i < N; i += brief ? 3 : 1) result.push_back(shapes[i]);
  return result;
}

// What follows the product.
enum Kind { BIAS, ACTIVATED, DERIVED };

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
void product(Device& device, const std::string& family, const std::string& kernel, double rounding, int m,
             int n, int k, int parts, Kind kind) {
  // Every other case on arrays whose rows start anywhere.
  size_t shift = size_t(parts > 1), size = size_t(m) * n;
  std::vector<float> a = random_floats(size_t(m) * k), b = random_floats(size_t(k) * n);
  std::vector<float> bias = random_floats(size_t(n)), saved = random_floats(size);

  Array<float> left(device, a, shift), right(device, b, shift), shifts(device, bias, shift);
  Array<float> derived(device, saved, shift);
  auto out = Array<float>::unwritten(device, size, shift);
  auto activated = Array<float>::unwritten(device, size, shift);
  int tiles = int(ceil_div(size_t(m), T::M) * ceil_div(size_t(n), T::N));
  auto workspace = Array<float>::unwritten(device, size_t(tiles) * parts * T::M * T::N);
  Array<unsigned> tickets(device, std::vector<unsigned>(size_t(tiles), 0));

  Product p = product_of<T>(m, n, k, parts);
  p.a = left.at();
  p.b = right.at();
  p.out = out.at();
  p.bias = kind == DERIVED ? nullptr : shifts.at();
  p.activated = kind == ACTIVATED ? activated.at() : nullptr;
  p.saved = kind == DERIVED ? derived.at() : nullptr;
  p.workspace = workspace.at();
  p.tickets = tickets.at();
  p.which = kind == ACTIVATED ? RELU : kind == DERIVED ? SIGMOID : LINEAR;
  Grid grid{unsigned(tiles), 1, unsigned((k + p.k_part - 1) / p.k_part)};
  device.run(family, kernel, grid, unsigned(T::THREADS), shared_bytes<T, TRANSPOSE_A, TRANSPOSE_B>(packs(family)), p);

  std::vector<double> expected(size), tolerance(size);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0, scale = 0;
      for (int l = 0; l < k; l++) {
        double term = double(a[size_t(TRANSPOSE_A ? l * m + i : i * k + l)]) *
                      double(b[size_t(TRANSPOSE_B ? j * k + l : l * n + j)]);
        sum += term;
        scale += std::fabs(term);
      }
      size_t at = size_t(i) * n + j;
      double factor = kind == DERIVED ? slope(SIGMOID, double(saved[at])) : 1;
      double more = kind == DERIVED ? 0 : double(bias[size_t(j)]);
      expected[at] = (sum + more) * factor;
      tolerance[at] = product_tolerance(scale, k, rounding, factor);
    }
  }
  std::string what = kernel + " " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) +
                     " in " + std::to_string(parts) + ", epilogue " + std::to_string(kind);
  std::vector<float> actual = out.read();
  check_close(actual, expected, tolerance, what);
  if (kind == ACTIVATED) {
    std::vector<double> active(size);
    for (size_t i = 0; i < size; i++) active[i] = activation(RELU, double(actual[i]));
    check_close(activated.read(), active, 0, what + ", activated");
  }
  check(tickets.read() == std::vector<unsigned>(size_t(tiles), 0), what + ": tickets are left");
}

template <class T>
void tile(Device& device, const std::string& family, const std::string& kernel, double rounding) {
  constexpr Shape kShapes[] = {{1, 1, 1}, {7, 10, 17}, {33, 17, 65}, {65, 129, 33}, {16, 64, 32}, {129, 5, 100}};
  int round = 0;
  for (const auto& [m, n, k] : chosen(kShapes)) {
    for (int parts : {1, 3}) {
      Kind kind = Kind(round++ / 2 % 3);
      product<T, false, false>(device, family, kernel + "_nn", rounding, m, n, k, parts, kind);
      product<T, false, true>(device, family, kernel + "_nt", rounding, m, n, k, parts, kind);
      product<T, true, false>(device, family, kernel + "_tn", rounding, m, n, k, parts, kind);
      product<T, true, true>(device, family, kernel + "_tt", rounding, m, n, k, parts, kind);
    }
  }
}

// A product whose left operand is gathered on the way, against one of rows that were gathered before: the same bits,
// and the same batch left. A wrong order is reported, and read as row 0.
template <class T>
void gathering(Device& device, const std::string& family, const std::string& kernel) {
  constexpr Shape kShapes[] = {{1, 1, 1}, {7, 10, 20}, {33, 36, 68}, {65, 129, 33}, {130, 5, 40}};
  constexpr int kCursor = 2, kPlace = 5;
  constexpr float kScale = 0.37f;
  for (const auto& [m, n, k] : chosen(kShapes)) {
    for (bool bytes : {false, true}) {
      for (int parts : {1, 3}) {
        if (bytes && k % 4 != 0) continue;
        int available = m + kCursor + 1;
        std::vector<int> numbers = random_ints(size_t(available) * k, 0, 255), order(static_cast<size_t>(available));
        for (int i = 0; i < available; i++) order[size_t(i)] = (i * 7 + 3) % available;
        std::vector<unsigned char> pixels(numbers.begin(), numbers.end());
        std::vector<float> values = random_floats(pixels.size());
        Array<unsigned char> of_bytes(device, pixels);
        // Every other case on rows that start anywhere.
        Array<float> of_floats(device, values, size_t(parts > 1)), right(device, random_floats(size_t(k) * n));
        Array<int> orders(device, order), counters(device, state(kCursor, 0, 0)), status(device, {0});
        auto batch = Array<float>::unwritten(device, size_t(m) * k);
        auto gathered = Array<float>::unwritten(device, size_t(m) * k);
        auto out = Array<float>::unwritten(device, size_t(m) * n);
        auto expected = Array<float>::unwritten(device, size_t(m) * n);
        int tiles = int(ceil_div(size_t(m), T::M) * ceil_div(size_t(n), T::N));
        auto workspace = Array<float>::unwritten(device, size_t(tiles) * parts * T::M * T::N);
        Array<unsigned> tickets(device, std::vector<unsigned>(size_t(tiles), 0));
        Product p = product_of<T>(m, n, k, parts);
        p.a = batch.at();
        p.b = right.at();
        p.out = expected.at();
        p.workspace = workspace.at();
        p.tickets = tickets.at();
        Grid grid{unsigned(tiles), 1, unsigned((k + p.k_part - 1) / p.k_part)};
        unsigned shared = shared_bytes<T, false, false>(packs(family));
        std::string what = kernel + "_nn_gather " + std::to_string(m) + " x " + std::to_string(n) + " x " +
                           std::to_string(k) + " in " + std::to_string(parts) + (bytes ? " of bytes" : "");
        const int *by = orders.at(), *from = counters.at();
        if (bytes) {
          device.run("gather", "gather_bytes", Grid{1, unsigned(m)}, kThreads, 0, m, k, available,
                     (const unsigned char*)of_bytes.at(), by, from, batch.at(), kScale, status.at(), kPlace);
        } else {
          device.run("gather", "gather_floats", Grid{1, unsigned(m)}, kThreads, 0, m, k, available,
                     (const float*)of_floats.at(), by, from, batch.at(), kScale, status.at(), kPlace);
        }
        device.run(family, kernel + "_nn", grid, unsigned(T::THREADS), shared, p);
        p.out = out.at();
        Gather g{bytes ? (const void*)of_bytes.at() : of_floats.at(), by, from, status.at(),
                 gathered.at(), available, kPlace, bytes, kScale};
        device.run(family, kernel + "_nn_gather", grid, unsigned(T::THREADS), shared, p, g);
        check(same_bits(out.read(), expected.read()), what + ": differs from a product of gathered rows");
        check(same_bits(gathered.read(), batch.read()), what + ": the batch");
        check(status.read()[0] == 0, what + ": reports a fault");
        order[kCursor] = available;
        orders.write(order);
        device.run(family, kernel + "_nn_gather", grid, unsigned(T::THREADS), shared, p, g);
        check(status.read()[0] == kPlace * 4 + FAULT_ROW, what + ": does not report the order");
      }
    }
  }
}

// Gradients of weights that are used as they are made, with or without those of the biases, one or two at a time.
template <class T>
void updating(Device& device, const std::string& family, const std::string& kernel) {
  constexpr Shape kShapes[] = {{1, 1, 1}, {7, 10, 17}, {33, 36, 65}, {65, 129, 33}, {130, 5, 40}};
  for (const auto& [m, n, k] : chosen(kShapes)) {
    for (int parts : {1, 3}) {
      Array<float> left(device, random_floats(size_t(m) * k)), right(device, random_floats(size_t(k) * n));
      int tiles = int(ceil_div(size_t(m), T::M) * ceil_div(size_t(n), T::N));
      auto workspace = Array<float>::unwritten(device, size_t(tiles) * parts * T::M * T::N);
      Array<unsigned> tickets(device, std::vector<unsigned>(size_t(tiles), 0));
      Product p = product_of<T>(m, n, k, parts);
      p.a = left.at();
      p.b = right.at();
      p.workspace = workspace.at();
      p.tickets = tickets.at();
      Grid grid{unsigned(tiles), 1, unsigned((k + p.k_part - 1) / p.k_part)};
      unsigned shared = shared_bytes<T, true, false>(packs(family));
      std::string what = kernel + "_tn_update " + std::to_string(m) + " x " + std::to_string(n) + " in " +
                         std::to_string(parts);
      updates_alike(
          device, what, m * n,
          [&](const Update& u) {
            device.run(family, kernel + "_tn_update", grid, unsigned(T::THREADS), shared,
                       Gradients{{tiles}, {}, nullptr, {{p, u, {}}}});
          },
          [&](float* g) {
            p.out = g;
            device.run(family, kernel + "_tn", grid, unsigned(T::THREADS), shared, p);
            p.out = nullptr;
          });
      // Behind another one, and with the bias, whose gradient is summed from what was read, before operands are
      // rounded. The last block ends the step.
      if (parts > 1) continue;
      Array<unsigned> ticket(device, {0});
      Array<int> counters(device, state(0, 0, 0));
      Optimized weight(device, m * n, 0), other(device, m * n, 0);
      int launches = 0;
      updates_alike(
          device, what + ", bias", n,
          [&](const Update& u) {
            Update w = weight.update(u.rule, false), first = other.update(u.rule, false);
            device.run(family, kernel + "_tn_update", Grid{2 * grid.x}, unsigned(T::THREADS), shared,
                       Gradients{{tiles, tiles}, {counters.at(), 3, 1}, ticket.at(), {{p, first, {}}, {p, w, u}}});
            launches++;
          },
          [&](float* g) {
            device.run("columns", "sum_rows", Grid{ceil_div(size_t(n), kWarp)}, kThreads, 0, k, n,
                       static_cast<const float*>(right.at()), g, Meeting(device, k, n, 1).slabs());
          });
      check(counters.read() == state(3 * launches, launches, launches), what + ": the end of the step");
      check(ticket.read()[0] == 0, what + ": the ticket is left");
    }
  }
}

// rounding: how far a term may be off because its factors are rounded, relative
void all_tiles(Device& device, const std::string& family, double rounding) {
  tile<Tile128>(device, family, family + "_128", rounding);
  tile<Tile64>(device, family, family + "_64", rounding);
  tile<Tile32>(device, family, family + "_32", rounding);
  gathering<Tile128>(device, family, family + "_128");
  gathering<Tile64>(device, family, family + "_64");
  gathering<Tile32>(device, family, family + "_32");
  updating<Tile128>(device, family, family + "_128");
  updating<Tile64>(device, family, family + "_64");
  updating<Tile32>(device, family, family + "_32");
  convolutions(device, family, rounding);
}

}  // namespace

void products(Device& device) { all_tiles(device, "matmul", 0); }

// Each factor is rounded to 11 bits, so it is off by 2^-11 at most.
void tf32_products(Device& device) { all_tiles(device, "matmul_tf32", 0x1.01p-10); }

// To 8 bits, so off by 2^-8.
void bf16_products(Device& device) { all_tiles(device, "matmul_bf16", 0x1.02p-7); }

}  // namespace checks
