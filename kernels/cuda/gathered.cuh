// A left operand that a product gathers on the way: rows of a data set by their places in the step's order, scaled,
// bytes becoming numbers. That spares a kernel and the batch's way through memory before the product can start.
//
// Elements are copied as they are to where the numbers will stand; the thread that has copied them makes numbers of
// them when they have come. Blocks of the first column of tiles leave the batch in memory too, where the gradient of
// the weights reads it.
#pragma once
#include "gather.cuh"
#include "tiles.cuh"

struct Gather {
  const void *source;  // available x k of the product, floats or bytes
  const int *order;
  const int *state;
  int *status;
  float *batch;        // m x k of the product
  int available;
  int place;
  int bytes;           // whether the source is of bytes; then its rows start on multiples of four
  float scale;
};

template <class T>
class GatherLoader : public Share<T, T::M, true> {
  using Own = Share<T, T::M, true>;

 public:
  using Own::APART;
  using Own::chunk;
  using Own::EACH;

  __device__ __forceinline__ GatherLoader(const Gather &g, const Product &p, int i0, int j0, int k0, int k_end)
      : g_(g), pitch_(p.k), whole_(aligned16(g.source) && aligned16(g.batch) && p.k % 4 == 0) {
    int run = Own::run();
    int at = k0 + Own::at();
    lines_left_ = p.m - i0 - run;
    left_ = k_end - at;
    kept_left_ = j0 == 0 ? left_ : 0;
    batch_ = g.batch + (int64_t)(i0 + run) * p.k + at;
#pragma unroll
    for (int c = 0; c < EACH; c++) {
      int line = i0 + run + c * APART;
      int64_t from =
          line < p.m ? source_row(line, g.order, g.state, g.available, g.status, g.place) * p.k + at : 0;
      from_[c] = (const char *)g.source + (g.bytes ? from : 4 * from);
    }
  }

  // Starts the copies of the next slice, zeros where there is nothing more.
  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int c = 0; c < EACH; c++) {
      float *to = shared + chunk(c);
      bool inside = c * APART < lines_left_;
      if (g_.bytes) {
        cp_async4(to, from_[c], inside && 0 < left_);
      } else if (whole_) {
        cp_async16(to, from_[c], inside && 0 < left_);
      } else {
#pragma unroll
        for (int l = 0; l < 4; l++) {
          cp_async4(to + l, from_[c] + 4 * l, inside && l < left_);
        }
      }
      from_[c] += g_.bytes ? T::DEPTH : 4 * T::DEPTH;
    }
    left_ -= T::DEPTH;
  }

  // Makes numbers of the chunks of the oldest slice that has not been made numbers of.
  __device__ __forceinline__ void arrive(float *shared) {
#pragma unroll
    for (int c = 0; c < EACH; c++) {
      float *at = shared + chunk(c);
      uchar4 bytes = *(const uchar4 *)at;
      float4 four = g_.bytes ? make_float4(bytes.x, bytes.y, bytes.z, bytes.w) : *(const float4 *)at;
      four = map4(four, [this](float v) { return g_.scale * v; });
      *(float4 *)at = four;
      if (c * APART < lines_left_) {
        store4(batch_ + (int64_t)c * APART * pitch_, 0, kept_left_, whole_, four);
      }
    }
    batch_ += T::DEPTH;
    kept_left_ -= T::DEPTH;
  }

 private:
  const Gather &g_;
  const char *from_[EACH];
  float *batch_;
  int pitch_;
  bool whole_;
  int lines_left_;  // from its first run on, and elements of a run from its own on: to copy, and to keep
  int left_;
  int kept_left_;
};

// What `product` takes for its rows.
struct Gathered : InPlace {
  const Gather &g;

  __device__ __forceinline__ explicit Gathered(const Gather &gather) : g(gather) {}

  template <class T, bool ALONG_K>
  using LoaderOf = GatherLoader<T>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ GatherLoader<T> loader(
      const Product &p, int i0, int j0, int k0, int k_end) const {
    static_assert(ALONG_K, "rows are gathered as they lie");
    return {g, p, i0, j0, k0, k_end};
  }

  template <class A>
  __device__ __forceinline__ void arrive(A &a, float *shared) const {
    a.arrive(shared);
  }
};
