// Every kernel of every instruction set that this machine has, against plain loops in float64, on odd and random
// sizes and strides. Arrays end at a page that can't be touched, begin after elements that must not change, and what
// lies between rows is looked at too.
//
// usage: descent_cpu_test [SEED]
#include <sys/mman.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "amx_converted.h"
#include "descent_cpu.h"

namespace {

std::mt19937 random_bits;
int checks = 0;
int failures = 0;

int below(int n) { return static_cast<int>(random_bits() % static_cast<unsigned>(n)); }

float uniform(float low, float high) {
  return low + (high - low) * (static_cast<float>(random_bits() >> 8) * 0x1p-24f);
}

// A quiet not-a-number of our own: what is read by mistake spoils results, what is written by mistake shows.
constexpr uint32_t kPoison = 0x7FC0BEEF;

// Elements of which the last ends where a page begins that can't be touched.
class Guarded {
 public:
  explicit Guarded(size_t size) : size_(size) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t bytes = (size * sizeof(float) + page - 1) / page * page;
    length_ = bytes + page;
    void *base = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(static_cast<char *>(base) + bytes, page, PROT_NONE) != 0) {
      std::perror("no memory with a guard");
      std::exit(1);
    }
    base_ = base;
    at_ = reinterpret_cast<float *>(static_cast<char *>(base) + bytes) - size;
    for (size_t i = 0; i < size; i++) std::memcpy(at_ + i, &kPoison, sizeof kPoison);
  }
  ~Guarded() { munmap(base_, length_); }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;

  float *data() { return at_; }
  float &operator[](size_t i) { return at_[i]; }
  size_t size() const { return size_; }
  std::vector<float> copy() const { return std::vector<float>(at_, at_ + size_); }

 private:
  void *base_;
  size_t length_;
  size_t size_;
  float *at_;
};

// Rows that start `lead` elements into the array, `ld` apart; the last ends where the array does.
struct Rectangle {
  int lead, ld, rows, columns;

  static Rectangle random(int rows, int columns) {
    return {below(20), columns + below(3) * below(20) + (columns == 0), rows, columns};
  }
  size_t size() const { return static_cast<size_t>(rows == 0 ? lead : lead + (rows - 1) * ld + columns); }
  size_t index(int i, int j) const { return static_cast<size_t>(lead + i * ld + j); }
  bool has(size_t at) const {
    if (at < static_cast<size_t>(lead)) return false;
    size_t from = at - static_cast<size_t>(lead);
    return static_cast<int>(from % static_cast<size_t>(ld)) < columns;
  }
  void fill(Guarded &x, float low, float high) const {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) x[index(i, j)] = uniform(low, high);
    }
  }
};

bool same_bits(float x, float y) { return std::memcmp(&x, &y, sizeof x) == 0; }

void check(bool good, const std::string &what) {
  checks++;
  if (good) return;
  if (++failures <= 20) std::printf("FAIL %s\n", what.c_str());
}

// Elements outside of the rectangle are as they were.
void check_untouched(const Rectangle &r, const std::vector<float> &before, Guarded &after,
                     const std::string &what) {
  for (size_t i = 0; i < after.size(); i++) {
    if (!r.has(i) && !same_bits(before[i], after[i])) {
      check(false, what + " wrote outside, at " + std::to_string(i));
      return;
    }
  }
  check(true, what);
}

// Rounded to the nearest bfloat16, ties to even; below 2^-126 to zero.
float to_bf16(float x) {
  if (std::fabs(x) < std::numeric_limits<float>::min()) return std::copysign(0.0f, x);
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits += 0x7FFF + ((bits >> 16) & 1);
  bits &= 0xFFFF0000;
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}

using Product = void(DESCENT_CPU_PRODUCT);

// Everything of one instruction set.
struct Set {
  const char *name;
  int feature;
  decltype(descent_cpu_avx2_multiply) *multiply;
  decltype(descent_cpu_avx2_multiply_runs) *multiply_runs;
  decltype(descent_cpu_avx2_add_bias) *add_bias;
  decltype(descent_cpu_avx2_relu) *relu;
  decltype(descent_cpu_avx2_relu_backward) *relu_backward;
  decltype(descent_cpu_avx2_copy) *copy;
  decltype(descent_cpu_avx2_exp) *exp;
  decltype(descent_cpu_avx2_transpose) *transpose;
  decltype(descent_cpu_avx2_adam) *adam;
};

#define SET(name, feature)                                                                    \
  {                                                                                           \
#name, feature, descent_cpu_##name##_multiply, descent_cpu_##name##_multiply_runs,        \
        descent_cpu_##name##_add_bias,                                                        \
        descent_cpu_##name##_relu, descent_cpu_##name##_relu_backward,                        \
        descent_cpu_##name##_copy, descent_cpu_##name##_exp,                                  \
        descent_cpu_##name##_transpose, descent_cpu_##name##_adam                             \
  }

const Set kSets[] = {SET(avx2, DESCENT_CPU_AVX2), SET(avx512, DESCENT_CPU_AVX512)};

void multiply_bf16(DESCENT_CPU_PRODUCT) {
  Guarded scratch(static_cast<size_t>(descent_cpu_scratch_floats()));
  descent_cpu_avx512bf16_multiply(columns, rows, count, a, a0, a_row_stride, a_k_stride, b, b0, ldb, c, c0,
                                  ldc, add, p, m, v, at, scratch.data());
}

// Memory for the operands of a product by tiles.
struct Form {
  explicit Form(int32_t bytes) : at(std::aligned_alloc(64, static_cast<size_t>(bytes))) {
    std::memset(at, 0xFF, static_cast<size_t>(bytes));
  }
  ~Form() { std::free(at); }
  Form(const Form &) = delete;
  Form &operator=(const Form &) = delete;
  void *at;
};

using ByTiles = decltype(descent_cpu_amx_multiply);

// With fresh forms, and where they can be kept, once more with those.
template <ByTiles *Multiply, int Parts>
void multiply_by_tiles(DESCENT_CPU_PRODUCT) {
  int32_t kept_k = std::min(count, DESCENT_CPU_KEPT_K);
  Form left(descent_cpu_form_bytes(std::min(rows, DESCENT_CPU_KEPT_ROWS), kept_k, Parts));
  Form right(descent_cpu_form_bytes(DESCENT_CPU_KEPT_COLUMNS, kept_k, Parts));
  bool keep = rows <= DESCENT_CPU_KEPT_ROWS && columns <= DESCENT_CPU_KEPT_COLUMNS && count <= DESCENT_CPU_KEPT_K;
  size_t size = rows == 0 ? 0 : static_cast<size_t>((rows - 1) * ldc + columns);
  std::vector<float> before(c + c0, c + c0 + size);
  for (int32_t ready : {0, DESCENT_CPU_LEFT_READY, DESCENT_CPU_RIGHT_READY,
                        DESCENT_CPU_LEFT_READY | DESCENT_CPU_RIGHT_READY}) {
    if (ready != 0 && !keep) continue;
    std::vector<float> last(c + c0, c + c0 + size);
    std::copy(before.begin(), before.end(), c + c0);
    Multiply(columns, rows, count, a, a0, a_row_stride, a_k_stride, b, b0, ldb, c, c0, ldc, add, p, m, v, at, Parts,
             left.at, right.at, ready);
    if (ready != 0) check(std::memcmp(last.data(), c + c0, size * sizeof(float)) == 0, "operands that are kept");
  }
}

// layout: 0 rows of a side by side, 1 columns, 2 neither
// ahead: with what an update takes next, in memory that can't be touched, so that it is seen not to be read
void test_product(const std::string &set, Product *multiply, bool bf16, bool ahead, int rows, int columns, int count,
                  int layout) {
  std::string what = set + " multiply " + std::to_string(rows) + " x " + std::to_string(count) + " x " +
                     std::to_string(columns) + " layout " + std::to_string(layout) + (ahead ? " ahead" : "");
  Rectangle ra = layout == 1 ? Rectangle::random(count, rows) : Rectangle::random(rows, count * (layout == 2 ? 2 : 1));
  int row_stride = layout == 1 ? 1 : ra.ld;
  int k_stride = layout == 1 ? ra.ld : layout == 2 ? 2 : 1;
  Rectangle rb = Rectangle::random(count, columns);
  Rectangle rc = Rectangle::random(rows, columns);
  Guarded a(ra.size()), b(rb.size()), c(rc.size());
  ra.fill(a, -1, 1);
  rb.fill(b, -1, 1);
  bool add = below(2) == 1;
  if (add) rc.fill(c, -1, 1);
  std::vector<float> before = c.copy();
  Guarded nothing(0);
  const float *next = ahead ? nothing.data() : nullptr;
  multiply(columns, rows, count, a.data(), ra.lead, row_stride, k_stride, b.data(), rb.lead, rb.ld, c.data(),
           rc.lead, rc.ld, add, next, next, next, ahead ? below(1000) : 0);
  bool fused_order = set == "avx2" || set == "avx512";
  bool good = true;
  for (int i = 0; i < rows && good; i++) {
    for (int j = 0; j < columns && good; j++) {
      float start = add ? before[rc.index(i, j)] : 0;
      double sum = start, scale = std::fabs(start);
      float fused = start;
      for (int k = 0; k < count; k++) {
        float x = a[static_cast<size_t>(ra.lead + i * row_stride + k * k_stride)], y = b[rb.index(k, j)];
        if (bf16) {
          x = to_bf16(x);
          y = to_bf16(y);
        }
        sum += static_cast<double>(x) * y;
        scale += std::fabs(static_cast<double>(x) * y);
        fused = std::fma(x, y, fused);
      }
      float got = c[rc.index(i, j)];
      good = std::fabs(got - sum) <= 0x1p-24 * (count + 4) * scale + 1e-37;
      // In float32 the order of the sum is part of the contract.
      if (fused_order) good = good && same_bits(got, fused);
      if (!good) {
        what += ": (" + std::to_string(i) + ", " + std::to_string(j) + ") is " + std::to_string(got) +
                ", not " + std::to_string(sum);
      }
    }
  }
  check(good, what);
  check_untouched(rc, before, c, what);
}

void test_products(const std::string &set, Product *multiply, bool bf16, bool ahead) {
  const int odd[] = {1, 2, 5, 6, 7, 13, 16, 17, 33, 49, 64, 65, 97, 129};
  for (int rows : odd) {
    for (int columns : odd) test_product(set, multiply, bf16, ahead, rows, columns, odd[below(14)], below(3));
  }
  for (int i = 0; i < 100; i++) {
    test_product(set, multiply, bf16, ahead, 1 + below(60), 1 + below(150), below(300), below(3));
  }
  // More than one block of k, even and odd.
  test_product(set, multiply, bf16, ahead, 50, 70, 1024, 0);
  test_product(set, multiply, bf16, ahead, 50, 70, 2049, 0);
  test_product(set, multiply, bf16, ahead, 50, 70, 1025, 1);
  test_product(set, multiply, bf16, ahead, 5, 10, 1, 2);
}

// Where the elements of an operand of runs lie: line, run, then row and k of a, or k and column of b. Lines and runs may
// overlap, as those of a convolution do.
struct RunLayout {
  int lead, line, run, outer, inner;
  // As large as it must be for so many of each.
  size_t size(int lines, int runs, int outers, int inners) const {
    return static_cast<size_t>(lead + (lines - 1) * line + (runs - 1) * run + (outers - 1) * outer + (inners - 1) * inner + 1);
  }
  size_t index(int n, int r, int i, int j) const {
    return static_cast<size_t>(lead + n * line + r * run + i * outer + j * inner);
  }
};

// Sums by runs, in memory that ends with the last element.
void test_runs(const std::string &set, decltype(descent_cpu_avx2_multiply_runs) *multiply, int columns, int lines, int rows,
               int runs, int count) {
  bool side_by_side = below(2) == 1;
  RunLayout in_a{below(5), below(40), below(40), side_by_side ? 1 + below(20) : 1, side_by_side ? 1 : 1 + below(20)};
  RunLayout in_b{below(5), below(40), below(40), columns + below(9), 1};
  Rectangle rc = Rectangle::random(lines * rows, columns);
  int bias0 = below(9);
  Guarded a(in_a.size(lines, runs, rows, count)), b(in_b.size(lines, runs, count, columns)), c(rc.size()),
      bias(static_cast<size_t>(bias0 + columns));
  for (size_t i = 0; i < a.size(); i++) a[i] = uniform(-1, 1);
  for (size_t i = 0; i < b.size(); i++) b[i] = uniform(-1, 1);
  for (int j = 0; j < columns; j++) bias[static_cast<size_t>(bias0 + j)] = uniform(-1, 1);
  bool add = below(2) == 1, biased = below(2) == 1;
  if (add) rc.fill(c, -1, 1);
  std::vector<float> before = c.copy();
  multiply(columns, lines, rows, runs, count, a.data(), in_a.lead, in_a.line, in_a.outer, in_a.inner, in_a.run,
           b.data(), in_b.lead, in_b.line, in_b.outer, in_b.run, biased ? bias.data() : nullptr, biased ? bias0 : 0,
           c.data(), rc.lead, rc.ld, add);
  std::string what = set + " runs: " + std::to_string(columns) + " columns, " + std::to_string(lines) + " lines of " +
                     std::to_string(rows) + ", " + std::to_string(runs) + " runs of " + std::to_string(count);
  bool good = true;
  for (int i = 0; i < lines * rows && good; i++) {
    for (int j = 0; j < columns && good; j++) {
      float want = add ? before[rc.index(i, j)] : 0;
      for (int r = 0; r < runs; r++) {
        for (int k = 0; k < count; k++) {
          want = std::fma(a[in_a.index(i / rows, r, i % rows, k)], b[in_b.index(i / rows, r, k, j)], want);
        }
      }
      if (biased) want += bias[static_cast<size_t>(bias0 + j)];
      good = same_bits(c[rc.index(i, j)], want);
    }
  }
  check(good, what);
  check_untouched(rc, before, c, what);
}

void test_runs(const std::string &set, decltype(descent_cpu_avx2_multiply_runs) *multiply) {
  for (int columns : {1, 8, 11, 16, 25, 32, 50, 64, 75, 130}) {
    for (int rows : {1, 5, 7, 14, 28}) test_runs(set, multiply, columns, 1 + below(4), rows, 1 + below(5), 1 + below(30));
  }
  for (int i = 0; i < 100; i++) {
    test_runs(set, multiply, 1 + below(140), 1 + below(4), 1 + below(40), 1 + below(6), 1 + below(80));
  }
}

// A product of `rows x count` with `count x columns` by each of two functions.
struct Pair {
  int rows, count, columns;
  std::vector<float> a, b, first, second;

  Pair(int rows, int count, int columns)
      : rows(rows), count(count), columns(columns), a(static_cast<size_t>(rows * count)),
        b(static_cast<size_t>(count * columns)) {}
  void run(Product *one, Product *other) {
    first = run(one);
    second = run(other);
  }
  std::vector<float> run(Product *multiply) const {
    std::vector<float> c(static_cast<size_t>(rows * columns));
    multiply(columns, rows, count, a.data(), 0, count, 1, b.data(), 0, columns, c.data(), 0, columns, 0, nullptr,
             nullptr, nullptr, 0);
    return c;
  }
  // Root mean square of the distance from float64, of the sum of magnitudes.
  double distance(const std::vector<float> &c) const {
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0, scale = 0;
        for (int k = 0; k < count; k++) {
          double x = static_cast<double>(a[static_cast<size_t>(i * count + k)]) * b[static_cast<size_t>(k * columns + j)];
          sum += x;
          scale += std::fabs(x);
        }
        if (scale == 0) continue;
        double d = (c[static_cast<size_t>(i * columns + j)] - sum) / scale;
        squares += d * d;
      }
    }
    return std::sqrt(squares / (rows * columns));
  }
};

bool same_numbers(const std::vector<float> &x, const std::vector<float> &y) {
  for (size_t i = 0; i < x.size(); i++) {
    if (!same_bits(x[i], y[i]) && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
  }
  return true;
}

// Three parts: no further from float64 than fused multiply-adds in float32, whatever the numbers.
void test_parts(const std::string &set, Product *by_parts, Product *fma) {
  struct Numbers {
    const char *name;
    float (*a)();
    float (*b)();
  };
  const Numbers kinds[] = {
      {"mixed signs", [] { return uniform(-1, 1); }, [] { return uniform(-1, 1); }},
      {"positive", [] { return uniform(0, 1); }, [] { return uniform(0, 1); }},
      {"whole numbers of a byte", [] { return static_cast<float>(below(256)); }, [] { return uniform(-1, 1); }},
      {"an exact right operand", [] { return uniform(-1, 1); }, [] { return static_cast<float>(below(256)); }},
      {"magnitudes from 2^-20 to 2^20", [] { return std::ldexp(uniform(-1, 1), below(41) - 20); },
       [] { return std::ldexp(uniform(-1, 1), below(41) - 20); }},
      {"gradients", [] { return uniform(-1e-6f, 1e-6f); }, [] { return uniform(-0.1f, 0.1f); }},
      {"below 2^-40", [] { return uniform(-1e-15f, 1e-15f); }, [] { return uniform(-1, 1); }},
      {"parts below 2^-126", [] { return uniform(-1e-36f, 1e-36f); }, [] { return uniform(-1, 1); }},
      {"the largest", [] { return uniform(3e38f, 3.4e38f); }, [] { return uniform(-1e-3f, 1e-3f); }},
  };
  for (const Numbers &numbers : kinds) {
    Pair x(65, 784, 50);
    for (float &e : x.a) e = numbers.a();
    for (float &e : x.b) e = numbers.b();
    x.run(by_parts, fma);
    double parts = x.distance(x.first), floats = x.distance(x.second);
    check(parts <= 1.1 * floats, set + ", " + numbers.name + ": " + std::to_string(parts * 1e8) + "e-8, float32 " +
                                     std::to_string(floats * 1e8) + "e-8");
  }
}

// A row of a or a column of b: for some kinds three parts do, of some the second and third are zero, and the others go by
// fused multiply-adds. Returns whether it is one of these.
bool fill(float *at, int step, int count, int kind) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float wild[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 3.4e38f, 1e-42f};
  int some = below(count);
  float largest = 0;
  for (int k = 0; k < count; k++) {
    float usual = uniform(-1, 1);
    bool here = k == some;
    float values[] = {usual,
                      0,
                      static_cast<float>(below(256)),
                      here ? 1.0f : 0.0f,
                      usual * 1e-15f,
                      usual * 1e-36f,
                      usual * 3.4e38f,
                      here ? wild[below(5)] : 0.0f,
                      here ? wild[below(5)] : usual,
                      k < 1024 ? usual : usual * 1e-15f};
    float value = values[kind];
    at[k * step] = value;
    largest = std::max(largest, std::isnan(value) ? infinity : std::fabs(value));
  }
  return largest != 0 && (largest < 0x1p-40f || largest >= 0x1p127f);
}
constexpr int kKinds = 10;

// An element has the bits that its row and its column give alone, whatever their neighbours are: float32's where either
// has no parts.
void test_neighbours(const std::string &set, Product *by_parts, Product *fma) {
  for (int round = 0; round < 60; round++) {
    Pair x(1 + below(80), round % 6 == 0 ? 1025 + below(100) : 1 + below(70), 1 + below(80));
    // A few of one kind among many of another, and all kinds.
    int most = below(kKinds);
    auto kind = [&] { return round % 3 == 0 || below(10) == 0 ? below(kKinds) : most; };
    std::vector<bool> rows, columns;
    for (int i = 0; i < x.rows; i++) rows.push_back(fill(&x.a[static_cast<size_t>(i * x.count)], 1, x.count, kind()));
    for (int j = 0; j < x.columns; j++) columns.push_back(fill(&x.b[static_cast<size_t>(j)], x.columns, x.count, kind()));
    x.run(by_parts, fma);
    int wrong = 0, wild = 0;
    for (int i = 0; i < x.rows; i++) {
      Pair row(1, x.count, x.columns);
      row.b = x.b;
      std::copy_n(x.a.begin() + i * x.count, x.count, row.a.begin());
      std::vector<float> alone = row.run(by_parts);
      for (int j = 0; j < x.columns; j++) {
        size_t at = static_cast<size_t>(i * x.columns + j), column = static_cast<size_t>(j);
        wrong += !same_numbers({alone[column]}, {x.first[at]});
        if ((rows[static_cast<size_t>(i)] || columns[column]) && x.count <= 1024) {
          wild += !same_numbers({x.first[at]}, {x.second[at]});
        }
      }
    }
    for (int j = 0; j < x.columns; j++) {
      Pair column(x.rows, x.count, 1);
      column.a = x.a;
      for (int k = 0; k < x.count; k++) {
        column.b[static_cast<size_t>(k)] = x.b[static_cast<size_t>(k * x.columns + j)];
      }
      std::vector<float> alone = column.run(by_parts);
      for (int i = 0; i < x.rows; i++) {
        wrong += !same_numbers({alone[static_cast<size_t>(i)]}, {x.first[static_cast<size_t>(i * x.columns + j)]});
      }
    }
    std::string what = set + ", " + std::to_string(x.rows) + " x " + std::to_string(x.count) + " x " + std::to_string(x.columns);
    check(wrong == 0, what + ": " + std::to_string(wrong) + " elements have other bits alone");
    check(wild == 0, what + ": " + std::to_string(wild) + " elements without parts lack float32's bits");
  }
}

// The processor's tiles and their twin, to the bit.
void test_twins(Product *tiles, Product *twin, const std::string &what) {
  for (int i = 0; i < 200; i++) {
    Pair x(1 + below(100), 1 + below(300), 1 + below(150));
    int exponents = 1 + below(120);
    for (float &e : x.a) e = std::ldexp(uniform(-1, 1), below(2 * exponents) - exponents);
    for (float &e : x.b) e = std::ldexp(uniform(-1, 1), below(2 * exponents) - exponents);
    if (below(4) == 0) x.a[static_cast<size_t>(below(x.rows * x.count))] = std::numeric_limits<float>::infinity();
    x.run(tiles, twin);
    check(same_numbers(x.first, x.second), what + ", " + std::to_string(x.rows) + " x " + std::to_string(x.count) +
                                               " x " + std::to_string(x.columns));
  }
}

void test_tiles(const std::string &set, Product *one, Product *three) {
  for (bool ahead : {false, true}) {
    test_products(set, one, true, ahead);
    test_products(set + " in three parts", three, false, ahead);
  }
  test_parts(set, three, descent_cpu_avx2_multiply);
  test_neighbours(set, three, descent_cpu_avx2_multiply);
}

// What products by forms take.
struct ByForms {
  std::string name;
  decltype(descent_cpu_amx_twin_multiply_forms) *multiply;
  decltype(descent_cpu_amx_twin_convert) *convert;
  decltype(descent_cpu_amx_twin_adam_forms) *adam;
  decltype(descent_cpu_amx_twin_multiply_epilogue) *epilogue;
  int parts;
};

#define BY_FORMS(set, parts)                                                                                     \
  {#set, descent_cpu_##set##_multiply_forms, descent_cpu_##set##_convert, descent_cpu_##set##_adam_forms, \
   descent_cpu_##set##_multiply_epilogue, parts}

// A matrix's forms.
struct Forms {
  Form left, left_turned, right, right_turned;
  descent_cpu_forms all;

  Forms(int rows, int columns, int parts)
      : left(descent_cpu_form_bytes(rows, columns, parts)), left_turned(descent_cpu_form_bytes(columns, rows, parts)),
        right(descent_cpu_form_bytes(columns, rows, parts)), right_turned(descent_cpu_form_bytes(rows, columns, parts)),
        all{left.at, left_turned.at, right.at, right_turned.at, rows, columns, parts} {}

  // Some of them at least.
  descent_cpu_forms some(void *wanted) const {
    descent_cpu_forms few = all;
    for (void **form : {&few.left, &few.left_turned, &few.right, &few.right_turned}) {
      if (*form != wanted && below(2) == 0) *form = nullptr;
    }
    return few;
  }
};

// Calls `f(row, column, rows, columns)` for parts that make up a matrix.
template <class F>
void in_parts(int rows, int columns, const F &f) {
  int unit = DESCENT_CPU_FORM_LANES;
  int height = unit * (1 + below(4)), width = unit * (1 + below(4));
  for (int j = 0; j < columns; j += width) {
    for (int i = 0; i < rows; i += height) f(i, j, std::min(height, rows - i), std::min(width, columns - j));
  }
}

// A product by forms has the bits of the one that converts its operands, be they transposed or not.
void test_product_by_forms(const ByForms &set, Product *direct, int rows, int count, int columns) {
  Pair x(rows, count, columns);
  for (float &e : x.a) e = uniform(-1, 1);
  for (float &e : x.b) e = below(3) == 0 ? 0 : uniform(-1, 1);
  x.second = x.run(direct);
  for (int turned = 0; turned < 4; turned++) {
    bool a_turned = turned % 2 != 0, b_turned = turned / 2 != 0;
    auto transposed = [](const std::vector<float> &from, int m, int n) {
      std::vector<float> to(from.size());
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) to[static_cast<size_t>(j * m + i)] = from[static_cast<size_t>(i * n + j)];
      }
      return to;
    };
    std::vector<float> a = a_turned ? transposed(x.a, rows, count) : x.a;
    std::vector<float> b = b_turned ? transposed(x.b, count, columns) : x.b;
    int a_rows = a_turned ? count : rows, a_columns = a_turned ? rows : count;
    int b_rows = b_turned ? columns : count, b_columns = b_turned ? count : columns;
    Forms left(a_rows, a_columns, set.parts), right(b_rows, b_columns, set.parts);
    void *a_form = a_turned ? left.all.left_turned : left.all.left;
    void *b_form = b_turned ? right.all.right_turned : right.all.right;
    auto convert = [&](std::vector<float> &from, int m, int n, const descent_cpu_forms &to) {
      in_parts(m, n, [&](int i, int j, int height, int width) {
        set.convert(from.data(), i * n + j, n, i, j, height, width, &to);
      });
    };
    convert(a, a_rows, a_columns, left.some(a_form));
    convert(b, b_rows, b_columns, right.some(b_form));
    Rectangle rc = Rectangle::random(rows, columns);
    Guarded c(rc.size()), nothing(0);
    std::vector<float> before = c.copy();
    const float *next = below(2) == 0 ? nothing.data() : nullptr;
    int done = set.multiply(columns, rows, count, a_form, b_form, c.data(), rc.lead, rc.ld, next, next, next, 0, set.parts);
    bool good = done == 1;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) good = good && same_bits(c[rc.index(i, j)], x.second[static_cast<size_t>(i * columns + j)]);
    }
    std::string what = set.name + " in " + std::to_string(set.parts) + " parts by forms, " + std::to_string(rows) + " x " +
                       std::to_string(count) + " x " + std::to_string(columns) + ", turned " + std::to_string(turned);
    check(good, what);
    check_untouched(rc, before, c, what);
  }
}

// Numbers that have no parts are left to others.
void test_refusals(const ByForms &set) {
  for (float wild : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 3.4e38f, 1e-42f}) {
    for (bool on_left : {false, true}) {
      Pair x(70, 40, 70);
      std::vector<float> &numbers = on_left ? x.a : x.b;
      int lane = below(70);
      for (int k = 0; k < x.count; k++) numbers[static_cast<size_t>(on_left ? lane * x.count + k : k * x.columns + lane)] = 0;
      int k = below(x.count);
      numbers[static_cast<size_t>(on_left ? lane * x.count + k : k * x.columns + lane)] = wild;
      Forms left(x.rows, x.count, set.parts), right(x.count, x.columns, set.parts), result(x.rows, x.columns, set.parts);
      set.convert(x.a.data(), 0, x.count, 0, 0, x.rows, x.count, &left.all);
      set.convert(x.b.data(), 0, x.columns, 0, 0, x.count, x.columns, &right.all);
      float c[1] = {7};
      int done = set.multiply(x.columns, x.rows, x.count, left.left.at, right.right.at, c, 0, x.columns, nullptr, nullptr,
                              nullptr, 0, set.parts);
      done += set.epilogue(x.columns, x.rows, x.count, left.left.at, right.right.at, nullptr, 0, 1, nullptr, 0, c, 0,
                           x.columns, 0, 0, &result.all);
      check(done == 0 && c[0] == 7, set.name + " by forms takes " + std::to_string(wild));
    }
  }
}

// Product, epilogue and conversion in one have the bits of one after the other, each element by itself.
void test_epilogue(const ByForms &set, int rows, int count, int columns) {
  Pair x(rows, count, columns);
  for (float &e : x.a) e = below(4) == 0 ? static_cast<float>(below(256)) : uniform(-1, 1);
  if (below(3) == 0) std::fill(x.a.begin(), x.a.end(), 0.5f);
  for (float &e : x.b) e = uniform(-1, 1);
  if (set.parts == 1 && below(3) == 0 && !x.a.empty()) {
    x.a[static_cast<size_t>(below(rows * count))] = std::numeric_limits<float>::infinity();
  }
  Forms left(rows, count, set.parts), right(count, columns, set.parts);
  set.convert(x.a.data(), 0, count, 0, 0, rows, count, &left.all);
  set.convert(x.b.data(), 0, columns, 0, 0, count, columns, &right.all);
  bool relu = below(2) == 0;
  Rectangle ro = Rectangle::random(rows, columns);
  Guarded bias(static_cast<size_t>(columns)), saved(ro.size()), out(ro.size());
  for (int j = 0; j < columns; j++) bias[static_cast<size_t>(j)] = uniform(-1, 1);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) saved[ro.index(i, j)] = below(3) == 0 ? 0 : uniform(-1, 1);
  }
  const float *added = below(3) == 0 ? nullptr : bias.data(), *derived = below(2) == 0 ? nullptr : saved.data();
  float *kept = below(4) == 0 ? nullptr : out.data();

  std::vector<float> want(static_cast<size_t>(rows * columns));
  int done = set.multiply(columns, rows, count, left.left.at, right.right.at, want.data(), 0, columns, nullptr, nullptr,
                          nullptr, 0, set.parts);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      float &e = want[static_cast<size_t>(i * columns + j)];
      if (added != nullptr) e = e + bias[static_cast<size_t>(j)];
      if (relu && !(e > 0) && !std::isnan(e)) e = 0;
      if (derived != nullptr) e = e * (saved[ro.index(i, j)] > 0 ? 1.0f : 0.0f);
    }
  }
  Forms one(rows, columns, set.parts), two(rows, columns, set.parts);
  set.convert(want.data(), 0, columns, 0, 0, rows, columns, &two.all);

  std::string what = set.name + " in " + std::to_string(set.parts) + " parts, product and epilogue, " +
                     std::to_string(rows) + " x " + std::to_string(count) + " x " + std::to_string(columns);
  std::vector<float> before = out.copy();
  descent_cpu_forms some = one.some(one.left.at);
  auto strip = [&](const Form &form, int lane) {
    int unit = DESCENT_CPU_FORM_LANES;
    return static_cast<const char *>(form.at) + lane / unit * descent_cpu_form_bytes(unit, count, set.parts);
  };
  bool all = done == 1;
  in_parts(rows, columns, [&](int i, int j, int height, int width) {
    int at = ro.lead + i * ro.ld + j;
    all = all && set.epilogue(width, height, count, strip(left.left, i), strip(right.right, j), added, j, relu, derived, at,
                              kept, at, ro.ld, i, j, &some) == 1;
  });
  check(all, what);
  auto same = [&](const Form &first, const Form &second, int lanes_of_it, int k, const void *wanted) {
    return wanted == nullptr ||
           std::memcmp(first.at, second.at, static_cast<size_t>(descent_cpu_form_bytes(lanes_of_it, k, set.parts))) == 0;
  };
  check(same(one.left, two.left, rows, columns, some.left) &&
            same(one.left_turned, two.left_turned, columns, rows, some.left_turned) &&
            same(one.right, two.right, columns, rows, some.right) &&
            same(one.right_turned, two.right_turned, rows, columns, some.right_turned),
        what + ", forms");
  bool good = true;
  for (int i = 0; i < rows && kept != nullptr; i++) {
    for (int j = 0; j < columns; j++) {
      good = good && same_bits(out[ro.index(i, j)], want[static_cast<size_t>(i * columns + j)]);
    }
  }
  check(good, what + ", result");
  if (kept == nullptr) {
    good = true;
    for (size_t i = 0; i < before.size(); i++) good = good && same_bits(before[i], out[i]);
    check(good, what + " wrote what is not kept");
  } else {
    check_untouched(ro, before, out, what);
  }
}

// Adam's bits, and forms of the new parameters.
void test_adam_by_forms(const ByForms &set, int rows, int columns) {
  size_t size = static_cast<size_t>(rows * columns);
  Guarded p(size), m(size), v(size), g(size);
  for (size_t i = 0; i < size; i++) {
    p[i] = uniform(-1, 1), m[i] = uniform(-1, 1), v[i] = uniform(0, 1), g[i] = uniform(-1, 1);
    if (below(50) == 0) m[i] = 0x1p-126f, v[i] = 0x1p-126f, g[i] = 0;
  }
  std::vector<float> p1 = p.copy(), m1 = m.copy(), v1 = v.copy(), g1 = g.copy();
  Forms made(rows, columns, set.parts), wanted(rows, columns, set.parts);
  // In panels of 64 columns, each part side by side, as weights lie.
  for (int j = 0; j < columns; j += 64) {
    int width = std::min(64, columns - j);
    for (int i = 0; i < rows; i += 64) {
      int height = std::min(64, rows - i), at = j * rows + i * width;
      set.adam(p.data(), m.data(), v.data(), at, g.data(), at, height, width, 0.9999f, 0.002f, 1.5f, 0.9f, 0.999f, 1e-8f, i,
               j, &made.all);
    }
  }
  descent_cpu_avx2_adam(p1.data(), m1.data(), v1.data(), 0, g1.data(), 0, rows * columns, 0.9999f, 0.002f, 1.5f, 0.9f, 0.999f,
                        1e-8f);
  std::string what = set.name + " adam by forms, " + std::to_string(rows) + " x " + std::to_string(columns);
  check(p.copy() == p1 && m.copy() == m1 && v.copy() == v1, what);
  for (int j = 0; j < columns; j += 64) {
    int width = std::min(64, columns - j);
    set.convert(p1.data(), j * rows, width, 0, j, rows, width, &wanted.all);
  }
  auto same = [&](const Form &one, const Form &other, int lanes, int count) {
    return std::memcmp(one.at, other.at, static_cast<size_t>(descent_cpu_form_bytes(lanes, count, set.parts))) == 0;
  };
  check(same(made.left, wanted.left, rows, columns) && same(made.left_turned, wanted.left_turned, columns, rows) &&
            same(made.right, wanted.right, columns, rows) && same(made.right_turned, wanted.right_turned, rows, columns),
        what + ", forms");
}

// Product and Adam in one have the bits of one after the other.
void test_multiply_adam(const ByForms &set, decltype(descent_cpu_amx_twin_multiply_adam) *both, int rows, int count,
                        int columns) {
  columns = std::min(columns, 64);
  size_t size = static_cast<size_t>(rows * columns);
  Pair x(rows, count, columns);
  for (float &e : x.a) e = below(4) == 0 ? static_cast<float>(below(256)) : uniform(-1, 1);
  if (below(2) == 0) std::fill(x.a.begin(), x.a.end(), 0.5f);
  for (float &e : x.b) e = uniform(-1, 1);
  Forms left(rows, count, set.parts), right(count, columns, set.parts);
  set.convert(x.a.data(), 0, count, 0, 0, rows, count, &left.all);
  set.convert(x.b.data(), 0, columns, 0, 0, count, columns, &right.all);
  std::vector<float> p(size), m(size), v(size), g(size);
  for (size_t i = 0; i < size; i++) p[i] = uniform(-1, 1), m[i] = uniform(-1, 1), v[i] = uniform(0, 1);
  std::vector<float> p1 = p, m1 = m, v1 = v;
  Forms one(rows, columns, set.parts), two(rows, columns, set.parts);
  int done = set.multiply(columns, rows, count, left.left.at, right.right.at, g.data(), 0, columns, nullptr, nullptr,
                          nullptr, 0, set.parts);
  set.adam(p.data(), m.data(), v.data(), 0, g.data(), 0, rows, columns, 0.9999f, 0.002f, 1.5f, 0.9f, 0.999f, 1e-8f, 0, 0,
           &two.all);
  done += both(columns, rows, count, left.left.at, right.right.at, p1.data(), m1.data(), v1.data(), 0, 0.9999f, 0.002f,
               1.5f, 0.9f, 0.999f, 1e-8f, 0, 0, &one.all);
  size_t bytes = static_cast<size_t>(descent_cpu_form_bytes(columns, rows, set.parts));
  check(done == 2 && p == p1 && m == m1 && v == v1 && std::memcmp(one.right.at, two.right.at, bytes) == 0,
        set.name + " product and adam, " + std::to_string(rows) + " x " + std::to_string(count) + " x " +
            std::to_string(columns));
}

void test_forms(const ByForms &set, Product *direct,
                decltype(descent_cpu_amx_twin_multiply_adam) *both = nullptr) {
  const int odd[] = {1, 2, 15, 16, 17, 31, 32, 33, 50, 63, 64, 65, 130};
  for (int i = 0; i < 60; i++) test_product_by_forms(set, direct, odd[below(13)], odd[below(13)], odd[below(13)]);
  test_product_by_forms(set, direct, 33, 1060, 40);
  if (set.parts > 1) test_refusals(set);
  for (int i = 0; i < 60; i++) test_epilogue(set, odd[below(13)], odd[below(13)], odd[below(13)]);
  test_epilogue(set, 70, 1060, 100);
  for (int rows : {0, 33}) test_epilogue(set, rows, 40, rows == 0 ? 33 : 0);
  for (int i = 0; i < 20; i++) test_adam_by_forms(set, odd[below(13)], odd[below(13)]);
  for (int i = 0; i < 40 && both != nullptr; i++) {
    test_multiply_adam(set, both, odd[below(13)], i < 5 ? 700 : odd[below(13)], odd[below(13)]);
  }
}

// Runs an element-by-element kernel on x and checks each element of out, in place too.
template <class Run, class Expected>
void test_elements(const std::string &what, int rows, int columns, Run run, Expected expected) {
  for (bool in_place : {false, true}) {
    Rectangle rx = Rectangle::random(rows, columns);
    Rectangle ro = in_place ? rx : Rectangle::random(rows, columns);
    Guarded x(rx.size()), apart(ro.size());
    rx.fill(x, -2, 2);
    x[rx.index(below(rows), below(columns))] = -0.0f;
    x[rx.index(below(rows), below(columns))] = std::numeric_limits<float>::quiet_NaN();
    x[rx.index(below(rows), below(columns))] = std::numeric_limits<float>::infinity();
    Guarded &out = in_place ? x : apart;
    std::vector<float> in = x.copy(), before = out.copy();
    run(x.data(), rx.lead, rx.ld, out.data(), ro.lead, ro.ld);
    bool good = true;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        float want = expected(i, j, in[rx.index(i, j)]);
        float got = out[ro.index(i, j)];
        good = good && (same_bits(want, got) || (std::isnan(want) && std::isnan(got)));
      }
    }
    check(good, what + (in_place ? " in place" : ""));
    check_untouched(ro, before, out, what);
  }
}

void test_elementwise(const Set &set, int rows, int columns) {
  std::string what = std::string(set.name) + " on " + std::to_string(rows) + " x " + std::to_string(columns) + ": ";
  Guarded bias(static_cast<size_t>(columns + 3));
  for (int j = 0; j < columns; j++) bias[static_cast<size_t>(j + 3)] = uniform(-1, 1);
  test_elements(
      what + "add_bias", rows, columns,
      [&](float *x, int x0, int ldx, float *out, int out0, int ldout) {
        set.add_bias(x, x0, ldx, bias.data(), 3, out, out0, ldout, rows, columns);
      },
      [&](int, int j, float x) { return x + bias[static_cast<size_t>(j + 3)]; });
  test_elements(
      what + "relu", rows, columns,
      [&](float *x, int x0, int ldx, float *out, int out0, int ldout) {
        set.relu(x, x0, ldx, out, out0, ldout, rows, columns);
      },
      [&](int, int, float x) { return std::isnan(x) ? x : x > 0 ? x : 0.0f; });
  Rectangle rs = Rectangle::random(rows, columns);
  Guarded saved(rs.size());
  rs.fill(saved, -1, 1);
  saved[rs.index(0, 0)] = 0;
  test_elements(
      what + "relu_backward", rows, columns,
      [&](float *x, int x0, int ldx, float *out, int out0, int ldout) {
        set.relu_backward(saved.data(), rs.lead, rs.ld, x, x0, ldx, out, out0, ldout, rows, columns);
      },
      [&](int i, int j, float x) { return x * (saved[rs.index(i, j)] > 0 ? 1.0f : 0.0f); });
  test_elements(
      what + "copy", rows, columns,
      [&](float *x, int x0, int ldx, float *out, int out0, int ldout) {
        set.copy(x, x0, ldx, out, out0, ldout, rows, columns);
      },
      [&](int, int, float x) { return x; });
}

void test_exp(const Set &set, int count) {
  Guarded x(static_cast<size_t>(count)), out(static_cast<size_t>(count + 2));
  float shift = uniform(-5, 5);
  for (int i = 0; i < count; i++) x[static_cast<size_t>(i)] = uniform(-110, 85) + shift;
  x[static_cast<size_t>(below(count))] = -std::numeric_limits<float>::infinity();
  set.exp(x.data(), 0, shift, out.data(), 2, count);
  bool good = true;
  for (int i = 0; i < count; i++) {
    double want = std::exp(static_cast<double>(x[static_cast<size_t>(i)]) - shift);
    double got = out[static_cast<size_t>(i + 2)];
    good = good && std::fabs(got - want) <= want * 3e-7 + 1.5e-45;
  }
  check(good, std::string(set.name) + " exp of " + std::to_string(count));
  uint32_t first;
  std::memcpy(&first, &out[1], sizeof first);
  check(first == kPoison, "exp wrote before its output");
}

void test_transpose(const Set &set, int rows, int columns) {
  std::string what = std::string(set.name) + " transpose " + std::to_string(rows) + " x " + std::to_string(columns);
  Rectangle rx = Rectangle::random(rows, columns), ro = Rectangle::random(columns, rows);
  Guarded x(rx.size()), out(ro.size());
  rx.fill(x, -1, 1);
  std::vector<float> before = out.copy();
  set.transpose(x.data(), rx.lead, rx.ld, out.data(), ro.lead, ro.ld, rows, columns);
  bool good = true;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) good = good && same_bits(x[rx.index(i, j)], out[ro.index(j, i)]);
  }
  check(good, what);
  check_untouched(ro, before, out, what);
}

void test_adam(const Set &set, int count) {
  size_t n = static_cast<size_t>(count + 1);
  Guarded p(n), m(n), v(n), g(n + 2);
  float beta1 = 0.9f, beta2 = 0.999f, shrink = 0.9999f, step_size = 0.002f, scale = 1.5f, epsilon = 1e-8f;
  for (size_t i = 1; i < n; i++) {
    p[i] = uniform(-1, 1);
    m[i] = uniform(-1, 1);
    v[i] = uniform(0, 1);
    g[i + 2] = uniform(-1, 1);
  }
  // A moment that has decayed to almost nothing.
  size_t dead = 1 + static_cast<size_t>(below(count));
  m[dead] = 0x1p-126f;
  v[dead] = 0x1p-126f;
  g[dead + 2] = 0;
  auto p0 = p.copy(), m0 = m.copy(), v0 = v.copy();
  unsigned mode = _mm_getcsr() & ~0x3Fu;  // but for the flags of what has happened
  set.adam(p.data(), m.data(), v.data(), 1, g.data(), 3, count, shrink, step_size, scale, beta1, beta2, epsilon);
  bool good = (_mm_getcsr() & ~0x3Fu) == mode;
  for (size_t i = 1; i < n; i++) {
    double gradient = g[i + 2];
    double first = static_cast<double>(beta1) * m0[i] + (1 - static_cast<double>(beta1)) * gradient;
    double second = static_cast<double>(beta2) * v0[i] + (1 - static_cast<double>(beta2)) * gradient * gradient;
    double want = static_cast<double>(shrink) * p0[i] - step_size * first / (std::sqrt(second) * scale + epsilon);
    good = good && std::fabs(m[i] - first) <= 1e-6 && std::fabs(v[i] - second) <= 1e-6 &&
           std::fabs(p[i] - want) <= 1e-6;
  }
  good = good && m[dead] == 0 && v[dead] == 0;
  check(good, std::string(set.name) + " adam of " + std::to_string(count));
  check(same_bits(p0[0], p[0]) && same_bits(m0[0], m[0]) && same_bits(v0[0], v[0]), "adam wrote before its part");
}

void test_set(const Set &set) {
  for (bool ahead : {false, true}) test_products(set.name, set.multiply, false, ahead);
  test_runs(set.name, set.multiply_runs);
  const int odd[] = {1, 7, 8, 15, 16, 17, 33, 65};
  for (int rows : odd) {
    for (int columns : odd) {
      test_elementwise(set, rows, columns);
      test_transpose(set, rows, columns);
    }
  }
  for (int count : {1, 7, 8, 9, 16, 17, 31, 100, 5003}) {
    test_exp(set, count);
    test_adam(set, count);
  }
}

}  // namespace

int main(int count, char **arguments) {
  unsigned seed = count > 1 ? static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)) : std::random_device()();
  random_bits.seed(seed);
  int features = descent_cpu_features();
  bool avx2 = (features & DESCENT_CPU_AVX2) != 0, bf16 = (features & DESCENT_CPU_AVX512_BF16) != 0;
  check(descent_cpu_abi() == DESCENT_CPU_ABI, "library and header belong together");
  if (avx2) check(descent_cpu_avx2_peak() > 0 && descent_cpu_amx_twin_peak() > 0, "peaks of AVX2");
  if (bf16) check(descent_cpu_avx512_peak() > 0 && descent_cpu_avx512bf16_peak() > 0, "peaks of AVX-512");
  for (const Set &set : kSets) {
    bool there = (features & set.feature) != 0;
    std::printf("%s: %s\n", set.name, there ? "tested" : "NOT TESTED, this machine lacks it");
    if (there) test_set(set);
  }
  for (bool ahead : {false, true}) {
    if ((features & DESCENT_CPU_AVX512) != 0) {
      test_products("avx512 by tall tiles", descent_cpu_avx512_multiply_tall, false, ahead);
      test_runs("avx512 by tall tiles", descent_cpu_avx512_multiply_tall_runs);
    }
  }
  std::printf("avx512bf16: %s\n", bf16 ? "tested" : "NOT TESTED, this machine lacks it");
  for (bool ahead : {false, true}) {
    if (bf16) test_products("avx512bf16", multiply_bf16, true, ahead);
  }
  if (bf16) test_forms(BY_FORMS(avx512bf16, 1), multiply_bf16);
  auto *one = multiply_by_tiles<descent_cpu_amx_multiply, 1>, *three = multiply_by_tiles<descent_cpu_amx_multiply, 3>;
  auto *twin_one = multiply_by_tiles<descent_cpu_amx_twin_multiply, 1>;
  auto *twin_three = multiply_by_tiles<descent_cpu_amx_twin_multiply, 3>;
  if (avx2) {
    test_tiles("amx_twin", twin_one, twin_three);
    test_forms(BY_FORMS(amx_twin, 1), twin_one, descent_cpu_amx_twin_multiply_adam);
    test_forms(BY_FORMS(amx_twin, 3), twin_three, descent_cpu_amx_twin_multiply_adam);
  }
  if (bf16) {
    test_twins(multiply_by_tiles<descent_cpu_amx_converted_multiply, 1>, twin_one, "operands by AVX512_BF16");
    test_twins(multiply_by_tiles<descent_cpu_amx_converted_multiply, 3>, twin_three,
               "operands in three parts by AVX512_BF16");
    test_forms(BY_FORMS(amx_converted, 1), twin_one, descent_cpu_amx_converted_multiply_adam);
    test_forms(BY_FORMS(amx_converted, 3), twin_three, descent_cpu_amx_converted_multiply_adam);
  }
  bool amx = descent_cpu_amx_permission() == 0;
  std::printf("amx: %s\n", amx ? "tested" : "NOT TESTED, this machine lacks it");
  if (amx) {
    check(descent_cpu_amx_peak() > 0, "peak of amx");
    test_tiles("amx", one, three);
    test_forms(BY_FORMS(amx, 1), one, descent_cpu_amx_multiply_adam);
    test_forms(BY_FORMS(amx, 3), three, descent_cpu_amx_multiply_adam);
    test_twins(one, twin_one, "amx and its twin");
    test_twins(three, twin_three, "amx and its twin in three parts");
  } else {
    check((features & DESCENT_CPU_AMX_BF16) == 0, "the processor has AMX, and the system refuses it");
  }
  std::printf("%d checks, %d failed; seed %u\n", checks, failures, seed);
  return failures == 0 && checks > 1 ? 0 : 1;
}
