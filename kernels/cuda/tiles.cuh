// What all matrix products share: the tiles, the way from global to shared memory, the pipeline over
// k, and the split-K reduction.
//
// A block computes a tile of the result, a warp a part of that, a thread TM x TN elements, which it
// keeps in registers over the whole of k. k goes by in slices of DEPTH. While one slice is multiplied,
// the next STAGES - 1 are on their way into shared memory by asynchronous copies of 16 bytes, which
// pass no register and fill with zeros what lies beyond an edge; so no size needs a special case. Where
// rows do not start on 16 bytes, copies are of 4.
//
// An operand lies in shared memory the way it lies in global memory, so that copies need not
// transpose: along k (a, or a transposed b) or across it. Lines are padded so that the threads of a
// warp read different banks.
//
// Where the result has too few tiles to fill the device, k is split: block z of a tile sums up its part of k
// and leaves it in the workspace; the block that comes last adds up all parts, in their order whichever
// comes last, and goes on to the epilogue. One launch, no float atomics, the same bits each time.
#pragma once
#include "epilogue.cuh"
#include "ptx.cuh"
#include "update.cuh"

// BLOCKS share a multiprocessor as far as registers go; on Hopper alone, see cmake/CompileCuda.cmake.
template <int WARPS_M_, int WARPS_N_, int TM_, int TN_, int STAGES_, int BLOCKS_>
struct Tile {
  static constexpr int WARPS_N = WARPS_N_;
  static constexpr int TM = TM_;
  static constexpr int TN = TN_;
  static constexpr int STAGES = STAGES_;
  static constexpr int BLOCKS = BLOCKS_;
  static constexpr int DEPTH = 16;
  // A warp's 32 threads are 8 down and 4 across.
  static constexpr int WARP_M = 8 * TM;
  static constexpr int WARP_N = 4 * TN;
  static constexpr int M = WARPS_M_ * WARP_M;
  static constexpr int N = WARPS_N_ * WARP_N;
  static constexpr int THREADS = WARP * WARPS_M_ * WARPS_N_;
  static_assert(N <= THREADS, "a thread has the sum of a column");
};

// 128 x 128 by 256 threads: two reads of shared memory for each four multiply-adds, for results that
// fill the device with such tiles.
using Tile128 = Tile<2, 4, 8, 8, 3, 2>;
// 64 x 64 by 128 threads.
using Tile64 = Tile<2, 2, 4, 8, 4, 4>;
// 32 x 32 by 64 threads: for the small products of small networks, k split.
using Tile32 = Tile<1, 2, 4, 4, 4, 8>;

// A slice of an operand in shared memory: LINES rows of a or columns of b, DEPTH deep.
template <int LINES, int DEPTH, bool ALONG_K>
struct Panel {
  static constexpr int PITCH = ALONG_K ? DEPTH + 4 : LINES + 8;
  static constexpr int SIZE = (ALONG_K ? LINES : DEPTH) * PITCH;

  static __device__ __forceinline__ int at(int line, int k) {
    return ALONG_K ? line * PITCH + k : k * PITCH + line;
  }
};

// A thread's share of an operand's slices: of each the same chunks of four elements, some runs apart.
template <class T, int LINES, bool ALONG_K>
struct Share {
  using In = Panel<LINES, T::DEPTH, ALONG_K>;
  static constexpr int RUNS = ALONG_K ? LINES : T::DEPTH;
  static constexpr int CHUNKS = (ALONG_K ? T::DEPTH : LINES) / 4;
  static constexpr int APART = T::THREADS / CHUNKS;
  static constexpr int EACH = RUNS / APART;
  static_assert(EACH * APART == RUNS && APART * CHUNKS == T::THREADS, "threads share a slice evenly");

  // Its first run, and where in a run it starts.
  static __device__ __forceinline__ int run() { return threadIdx.x / CHUNKS; }
  static __device__ __forceinline__ int at() { return threadIdx.x % CHUNKS * 4; }

  // A chunk of its own in a slice in shared memory.
  static __device__ __forceinline__ int chunk(int c) { return (run() + c * APART) * In::PITCH + at(); }
};

// A thread's share of an operand's way into shared memory. How many chunks they are is known when this is compiled,
// and the addresses are kept from slice to slice, so that a copy costs little more than its instruction.
template <class T, int LINES, bool ALONG_K>
class Loader : public Share<T, LINES, ALONG_K> {
  using Own = Share<T, LINES, ALONG_K>;
  using typename Own::In;

 public:
  using Own::APART;
  using Own::EACH;

  // source: lines x depth, or depth x lines, with rows of `pitch`; the part from `line` and `k` to k_end
  __device__ __forceinline__ Loader(const float *source, int lines, int pitch, int line, int k, int k_end)
      : pitch_(pitch), whole_(aligned16(source) && pitch % 4 == 0) {
    int run = Own::run();
    int at = Own::at();
    runs_left_ = (ALONG_K ? lines - line : k_end - k) - run;
    left_ = (ALONG_K ? k_end - k : lines - line) - at;
    from_ = source + (int64_t)((ALONG_K ? line : k) + run) * pitch + (ALONG_K ? k : line) + at;
    to_ = run * In::PITCH + at;
  }

  // Starts the copies of the next slice, zeros where there is nothing more.
  __device__ __forceinline__ void copy(float *shared) {
#pragma unroll
    for (int c = 0; c < EACH; c++) {
      const float *from = from_ + (int64_t)c * APART * pitch_;
      float *to = shared + to_ + c * APART * In::PITCH;
      bool inside = c * APART < runs_left_;
      if (whole_) {
        // Rows are a multiple of four long, so that a chunk is inside or not.
        cp_async16(to, from, inside && 0 < left_);
      } else {
#pragma unroll
        for (int l = 0; l < 4; l++) {
          cp_async4(to + l, from + l, inside && l < left_);
        }
      }
    }
    if (ALONG_K) {
      from_ += T::DEPTH;
      left_ -= T::DEPTH;
    } else {
      from_ += (int64_t)T::DEPTH * pitch_;
      runs_left_ -= T::DEPTH;
    }
  }

 private:
  const float *from_;
  int pitch_;
  bool whole_;
  int to_;
  int runs_left_;  // from its first run on, and elements of a run from its own on
  int left_;
};

// Where a block's tile starts. Blocks go down 8 tiles before they go across, so that those that run
// at the same time read the same rows and columns, which the cache then has.
static __device__ __forceinline__ void place(int tile, int down, int across, int &i, int &j) {
  constexpr int GROUP = 8;
  int group = tile / (GROUP * across);
  int first = group * GROUP;
  int height = min(GROUP, down - first);
  int within = tile - group * GROUP * across;
  i = first + within % height;
  j = within / height;
}

// Where an element of the tile lies in shared memory on its way out: groups of four columns change
// places within eight from row to row, such that both who writes a tile and who reads it find the threads
// of a warp in different banks, in every layout.
template <class T>
static __device__ __forceinline__ int outgoing(int row, int column) {
  return row * T::N + (column ^ ((row % 8 ^ row % 2 * 4) * 4));
}

// Calls f(element, row, column) for a thread's vectors of four in a tile on its way out: neighbouring threads
// take neighbouring columns, whatever the threads had that computed them.
template <class T, int UNROLL, class F>
static __device__ __forceinline__ void each_four(const Product &p, int i0, int j0, F f) {
  constexpr int ACROSS = T::N / 4;
  constexpr int ROUNDS = T::M * ACROSS / T::THREADS;
#pragma unroll UNROLL
  for (int round = 0; round < ROUNDS; round++) {
    int e = threadIdx.x + round * T::THREADS;
    int row = e / ACROSS;
    int column = e % ACROSS * 4;
    if (i0 + row < p.m && j0 + column < p.n) {
      f(outgoing<T>(row, column), i0 + row, j0 + column);
    }
  }
}

// The same for single elements.
template <class T, class F>
static __device__ __forceinline__ void each_one(const Product &p, int i0, int j0, F f) {
#pragma unroll 1
  for (int e = threadIdx.x; e < T::M * T::N; e += T::THREADS) {
    int row = e / T::N;
    int column = e % T::N;
    if (i0 + row < p.m && j0 + column < p.n) {
      f(outgoing<T>(row, column), i0 + row, j0 + column);
    }
  }
}

// A weight's gradient that only the optimizer reads, with that of the bias that goes along.
struct Gradient {
  Product product;
  Update weight;
  Update bias;  // its p is null where there is none
};

#define GRADIENTS 8

// Several of them in one launch, a block for each tile of each, and the end of the step behind the last. k is split
// only where it is one, which then does not end the step.
struct Gradients {
  int tiles[GRADIENTS];
  Advance advance;
  unsigned *ticket;
  Gradient of[GRADIENTS];
};

// A product that is stored: which it is, and what follows it, its epilogue.
template <class T>
class Store {
 public:
  static constexpr bool SUMS = false;

  __device__ __forceinline__ explicit Store(const Product &p) : p_(p) {}

  __device__ __forceinline__ const Product &product() const { return p_; }
  __device__ __forceinline__ int tile() const { return blockIdx.x; }
  __device__ __forceinline__ void begin() {}
  __device__ __forceinline__ void meanwhile(float *) {}
  __device__ __forceinline__ bool sums_columns(int) const { return false; }

  __device__ __forceinline__ void finish(const float *shared, float, int i0, int j0) {
    const Product &p = p_;
    Epilogue epilogue(p);
    if (!epilogue.whole) {
      each_one<T>(p, i0, j0, [&](int at, int row, int column) { epilogue.store1(row, column, shared[at]); });
      return;
    }
    // The branch stands outside of the loop; long functions are not worth their code four times.
    switch (p.which) {
      case LINEAR:
        return all<LINEAR, 4>(p, epilogue, shared, i0, j0);
      case RELU:
        return all<RELU, 4>(p, epilogue, shared, i0, j0);
      case LEAKY_RELU:
        return all<LEAKY_RELU, 4>(p, epilogue, shared, i0, j0);
      case SIGMOID:
        return all<SIGMOID, 1>(p, epilogue, shared, i0, j0);
      case TANH:
        return all<TANH, 1>(p, epilogue, shared, i0, j0);
      case GELU:
        return all<GELU, 1>(p, epilogue, shared, i0, j0);
    }
  }

 private:
  template <int WHICH, int UNROLL>
  static __device__ __forceinline__ void all(
      const Product &p, const Epilogue &epilogue, const float *shared, int i0, int j0) {
    each_four<T, UNROLL>(p, i0, j0, [&](int at, int row, int column) {
      epilogue.store4<WHICH>(row, column, *(const float4 *)(shared + at));
    });
  }

  const Product &p_;
};

// One of several gradients: its elements update the parameters that they belong to, and are stored only if `keep` says
// so. The gradient of the bias is the sum of b's rows, all of which pass by the blocks of the first row of tiles where
// k is not split: these update the bias too, if there is one.
template <class T>
class Apply {
 public:
  static constexpr bool SUMS = true;

  __device__ __forceinline__ explicit Apply(const Gradients &g) : g_(g) { find(); }

  __device__ __forceinline__ const Product &product() const { return own().product; }
  __device__ __forceinline__ int tile() const { return tile_; }

  // What takes long and needs no product, while the first slices come.
  __device__ __forceinline__ void begin() { correction_ = find_correction(own().weight); }

  // Which gradient this is has been forgotten: products leave no register for it.
  //
  // shared: free for a while
  __device__ __forceinline__ void meanwhile(float *shared) {
    find();
    known_ = find_rate(own().weight, correction_, shared, rate_);
  }

  __device__ __forceinline__ bool sums_columns(int i0) const { return own().bias.p != nullptr && i0 == 0; }

  __device__ __forceinline__ void finish(const float *shared, float column_sum, int i0, int j0) {
    const Product &p = product();
    const Update &u = own().weight;
    const Update &bias = own().bias;
    if (sums_columns(i0)) {
      int j = j0 + threadIdx.x;
      if (threadIdx.x < T::N && j < p.n) {
        use_element(bias, rate_, known_, j, column_sum);
      }
      if (known_ && j0 == 0) {
        update_rest(bias, rate_, p.n);
      }
    }
    if (p.n % 4 != 0 || !u.whole()) {
      each_one<T>(p, i0, j0, [&](int at, int row, int column) {
        use_element(u, rate_, known_, (int64_t)row * p.n + column, shared[at]);
      });
    } else {
      if (u.keep) {
        each_four<T, 4>(p, i0, j0, [&](int at, int row, int column) {
          *(float4 *)(u.g + (int64_t)row * p.n + column) = *(const float4 *)(shared + at);
        });
      }
      if (known_) {
        switch (u.rule) {
          case SGD:
            all<SGD>(p, u, shared, i0, j0);
            break;
          case MOMENTUM:
            all<MOMENTUM>(p, u, shared, i0, j0);
            break;
          case NESTEROV:
            all<NESTEROV>(p, u, shared, i0, j0);
            break;
          case ADAGRAD:
            all<ADAGRAD>(p, u, shared, i0, j0);
            break;
          case RMS_PROP:
            all<RMS_PROP>(p, u, shared, i0, j0);
            break;
          case ADAM:
            all<ADAM>(p, u, shared, i0, j0);
            break;
        }
      }
    }
    if (known_ && i0 == 0 && j0 == 0) {
      update_rest(u, rate_, (int64_t)p.m * p.n);
    }
  }

 private:
  __device__ __forceinline__ const Gradient &own() const { return g_.of[which_]; }

  __device__ __forceinline__ void find() {
    which_ = 0;
    tile_ = blockIdx.x;
#pragma unroll 1
    while (tile_ >= g_.tiles[which_]) {
      tile_ -= g_.tiles[which_++];
    }
  }

  template <int RULE>
  __device__ __forceinline__ void all(const Product &p, const Update &u, const float *shared, int i0, int j0) {
    each_four<T, 2>(p, i0, j0, [&](int at, int row, int column) {
      int64_t i = (int64_t)row * p.n + column;
      update4<RULE>(u, rate_, i, i + 4, true, *(const float4 *)(shared + at));
    });
  }

  const Gradients &g_;
  int which_;
  int tile_;
  Rate rate_;
  float correction_;
  bool known_;
};

// Leaves a part of a split k in the workspace. Returns false for all blocks of the tile but the last to
// come, which then has the sums of all parts in shared memory.
template <class T>
static __device__ bool meet(const Product &p, int tile, float *shared) {
  constexpr int SIZE = T::M * T::N;
  float *parts = p.workspace + (int64_t)tile * gridDim.z * SIZE;
  float *part = parts + blockIdx.z * SIZE;
#pragma unroll 4
  for (int e = 4 * threadIdx.x; e < SIZE; e += 4 * T::THREADS) {
    *(float4 *)(part + e) = *(const float4 *)(shared + e);
  }
  __threadfence();
  __syncthreads();
  bool last = threadIdx.x == 0 && atomicAdd(p.tickets + tile, 1u) == gridDim.z - 1;
  if (last) {
    p.tickets[tile] = 0;
  }
  if (!__syncthreads_or(last)) {
    return false;
  }
  __threadfence();
#pragma unroll 1
  for (int e = 4 * threadIdx.x; e < SIZE; e += 4 * T::THREADS) {
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll 4
    for (unsigned z = 0; z < gridDim.z; z++) {
      sum = map4(sum, __ldcg((const float4 *)(parts + z * SIZE + e)), Add());
    }
    *(float4 *)(shared + e) = sum;
  }
  __syncthreads();
  return true;
}

// The usual operands: they lie in memory as the product takes them.
struct InPlace {
  template <class T, bool ALONG_K>
  using LoaderOf = Loader<T, T::M, ALONG_K>;
  template <class T, bool ALONG_K>
  using ColumnsOf = Loader<T, T::N, ALONG_K>;

  template <class T, bool ALONG_K>
  __device__ __forceinline__ LoaderOf<T, ALONG_K> loader(const Product &p, int i0, int, int k0, int k_end) const {
    return {p.a, p.m, ALONG_K ? p.k : p.m, i0, k0, k_end};
  }

  template <class T, bool ALONG_K>
  __device__ __forceinline__ ColumnsOf<T, ALONG_K> columns(const Product &p, int j0, int k0, int k_end) const {
    return {p.b, p.n, ALONG_K ? p.k : p.n, j0, k0, k_end};
  }

  template <class A>
  __device__ __forceinline__ void arrive(A &, float *) const {}
};

// The kernel. `Math` multiplies slices and knows which elements of a warp's part are a thread's. Where it wants its
// operands in another form, each thread brings the chunks that it has copied itself into that form, in place or
// in one of two buffers of PACKED floats, before all go on. `End` says which
// product and tile of it are the block's and what follows, `Operands` where a and b lie.
template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B, template <class, bool, bool> class MathOf, class End,
          class Operands = InPlace>
static __device__ __forceinline__ void product(End end, Operands operands = {}) {
  using Math = MathOf<T, !TRANSPOSE_A, TRANSPOSE_B>;
  using PanelA = Panel<T::M, T::DEPTH, !TRANSPOSE_A>;
  using PanelB = Panel<T::N, T::DEPTH, TRANSPOSE_B>;
  using LoaderA = typename Operands::template LoaderOf<T, !TRANSPOSE_A>;
  using LoaderB = typename Operands::template ColumnsOf<T, TRANSPOSE_B>;
  constexpr int STAGE = PanelA::SIZE + PanelB::SIZE;
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  float *shared = (float *)dyn_smem;
  const Product &p = end.product();
  int down = (p.m + T::M - 1) / T::M;
  int across = (p.n + T::N - 1) / T::N;
  int tile_i, tile_j;
  place(end.tile(), down, across, tile_i, tile_j);
  int i0 = tile_i * T::M;
  int j0 = tile_j * T::N;
  int k0 = blockIdx.z * p.k_part;
  int k_end = min(p.k, k0 + p.k_part);
  int slices = (k_end - k0 + T::DEPTH - 1) / T::DEPTH;
  LoaderA a = operands.template loader<T, !TRANSPOSE_A>(p, i0, j0, k0, k_end);
  LoaderB b = operands.template columns<T, TRANSPOSE_B>(p, j0, k0, k_end);

  int warp = threadIdx.x / WARP;
  int warp_i = warp / T::WARPS_N * T::WARP_M;
  int warp_j = warp % T::WARPS_N * T::WARP_N;
  typename Math::Sums sums = {};
  // Of this thread's columns of b.
  float4 own_sums = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  bool summing = end.sums_columns(i0);
#pragma unroll
  for (int s = 0; s < T::STAGES - 1; s++) {
    if (s < slices) {
      a.copy(shared + s * STAGE);
      b.copy(shared + s * STAGE + PanelA::SIZE);
    }
    cp_async_commit_group();
  }
  end.begin();
  float *stage = shared;
  float *before = shared + (T::STAGES - 1) * STAGE;
#pragma unroll 1
  for (int slice = 0; slice < slices; slice++) {
    cp_async_wait_group<T::STAGES - 2>();
    operands.arrive(a, stage);
    // What this thread has copied itself it sees already.
    if (End::SUMS && summing) {
#pragma unroll
      for (int c = 0; c < LoaderB::EACH; c++) {
        own_sums = map4(own_sums, *(const float4 *)(stage + PanelA::SIZE + LoaderB::chunk(c)), Add());
      }
    }
    float *packed = shared + T::STAGES * STAGE + slice % 2 * Math::PACKED;
    Math::template arrive<LoaderA, LoaderB>(stage, stage + PanelA::SIZE, packed);
    // All have this slice now, and are done with the one before, whose place the next copy takes.
    __syncthreads();
    if (slice + T::STAGES - 1 < slices) {
      a.copy(before);
      b.copy(before + PanelA::SIZE);
    }
    // Also where there is none, so that the count of groups stays in step.
    cp_async_commit_group();
    Math::multiply(stage, stage + PanelA::SIZE, packed, warp_i, warp_j, sums);
    before = stage;
    stage = stage == shared + (T::STAGES - 1) * STAGE ? shared : stage + STAGE;
  }

  // What was under way is nothing, and all are done with the last slice: its place is free.
  cp_async_wait_group<0>();
  __syncthreads();
  end.meanwhile(shared);
  // Threads with the same columns of b have every APART-th row of it, and so the sums that a kernel of columns.cu
  // has before it adds them up, in the same order. From here on each of the first N threads has one column's.
  float column_sum = 0.0f;
  if (End::SUMS && summing) {
    *(float4 *)(shared + 4 * threadIdx.x) = own_sums;
    __syncthreads();
    if (threadIdx.x < T::N) {
      column_sum = shared[threadIdx.x];
      for (int run = 1; run < LoaderB::APART; run++) {
        column_sum += shared[run * T::N + threadIdx.x];
      }
    }
    __syncthreads();
  }
  Math::leave(warp_i, warp_j, sums, [&](int row, int column) { return shared + outgoing<T>(row, column); });
  __syncthreads();
  if (gridDim.z == 1 || meet<T>(end.product(), end.tile(), shared)) {
    end.finish(shared, column_sum, i0, j0);
  }
}
