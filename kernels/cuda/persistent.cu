// Many training steps of a small classifier in one cooperative launch, for models whose weights and moments fit the
// shared memory of all multiprocessors. Dense layers with ReLU between them, softmax with cross-entropy, Adam.
//
// The weights of each layer are cut into tiles of k_tile x n_tile, one a block, which stay in its shared memory with
// their moments from the first step to the last. A block multiplies its share of what goes in by its tile and leaves
// partial sums; what the tiles of a column have left is added in their order, so the bits depend on the number of
// blocks alone. On the way back the same tile serves the gradient of what goes in, and the gradient of the weights is
// made and used where they lie. What passes between blocks goes through the second-level cache, with a barrier of the
// grid after each phase:
//
//   for each layer but the last:  partial products | sums with bias and ReLU; for the last of these, row by row, also
//                                 the scores, the loss, its gradient and what leads back
//   from the last layer down:     weights and bias by Adam, partial products back | sums with ReLU's derivative
//
// That is 4 (layers - 1) - 2 barriers a step. The last layer's weights lie in memory too, since each row's scores take
// all of them; so do biases, which are few. The last step leaves batch and gradients in memory, as kernels of their own
// would.
#include "persistent.cuh"

#include "ptx.cuh"

#define SIDE 16  // threads of a block in each dimension of a product

// A block's tile of a layer.
struct Tile {
  int k0;
  int n0;
  int k;      // rows and columns of it; 0 where there is no tile for this block
  int n;
  int part;   // its number among those of its column, and of its row
  int n_part;

  __device__ explicit Tile(const Layer &l) {
    int across = (l.n + l.n_tile - 1) / l.n_tile;
    part = blockIdx.x / across;
    n_part = blockIdx.x % across;
    k0 = part * l.k_tile;
    n0 = n_part * l.n_tile;
    k = max(0, min(l.k_tile, l.k - k0));
    n = k == 0 ? 0 : min(l.n_tile, l.n - n0);
  }
};

// Four steps of k of a thread's lines of an operand in shared memory, lines being rows of the left and columns of the
// right one. ALONG_K: a line lies along k, and the thread's are SIDE apart; else lines lie side by side, and the
// thread's are in fours. Beyond the end the last ones are read again.
template <bool ALONG_K, int EACH>
static __device__ __forceinline__ void fetch(
    float (&to)[EACH][4], const float *from, int pitch, int first, int lines, int k) {
  if constexpr (ALONG_K) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      float4 four = *(const float4 *)(from + min(first + i * SIDE, lines - 1) * pitch + k);
      to[i][0] = four.x;
      to[i][1] = four.y;
      to[i][2] = four.z;
      to[i][3] = four.w;
    }
  } else {
#pragma unroll
    for (int i = 0; i < EACH; i += 4) {
      int line = min(first + i * SIDE, (lines + 3) / 4 * 4 - 4);
#pragma unroll
      for (int l = 0; l < 4; l++) {
        float4 four = *(const float4 *)(from + (k + l) * pitch + line);
        to[i][l] = four.x;
        to[i + 1][l] = four.y;
        to[i + 2][l] = four.z;
        to[i + 3][l] = four.w;
      }
    }
  }
}

// Which line of the thread's is how far from its first.
template <bool ALONG_K>
static __device__ __forceinline__ int distance_of(int i) {
  return ALONG_K ? i * SIDE : i / 4 * 4 * SIDE + i % 4;
}

// The product of a (m x k) and b (k x n) in shared memory to `use`, element by element. What lies along k there is full
// of zeros from k up to a multiple of four. Each thread makes EACH x ACROSS elements at a time, adding in the order of k.
template <int EACH, bool A_ALONG_K, int ACROSS, bool B_ALONG_K, class F>
static __device__ __forceinline__ void multiply(
    int m, int n, int k, const float *a, int a_pitch, const float *b, int b_pitch, F use) {
  int x = threadIdx.x % SIDE * (B_ALONG_K ? 1 : 4);
  int y = threadIdx.x / SIDE * (A_ALONG_K ? 1 : 4);
  for (int row = y; row < m; row += EACH * SIDE) {
    for (int column = x; column < n; column += ACROSS * SIDE) {
      float sum[EACH][ACROSS] = {};
      for (int l = 0; l < k; l += 4) {
        float left[EACH][4];
        float right[ACROSS][4];
        fetch<A_ALONG_K>(left, a, a_pitch, row, m, l);
        fetch<B_ALONG_K>(right, b, b_pitch, column, n, l);
#pragma unroll
        for (int four = 0; four < 4; four++) {
#pragma unroll
          for (int i = 0; i < EACH; i++) {
#pragma unroll
            for (int j = 0; j < ACROSS; j++) {
              sum[i][j] = fmaf(left[i][four], right[j][four], sum[i][j]);
            }
          }
        }
      }
#pragma unroll
      for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < ACROSS; j++) {
          int at_row = row + distance_of<A_ALONG_K>(i);
          int at_column = column + distance_of<B_ALONG_K>(j);
          if (at_row < m && at_column < n) {
            use(at_row, at_column, sum[i][j]);
          }
        }
      }
    }
  }
}

// Copies columns of a matrix to shared memory, zeros beyond its rows and the columns up to `lines` and `pitch`. The
// caller waits for them.
static __device__ __forceinline__ void copy_columns(
    float *to, int lines, int pitch, const float *from, int rows, int across, int first, int columns) {
  // By fours where rows start on 16 bytes: tiles do, too.
  bool whole = across % 4 == 0 && aligned16(from);
  int width = whole ? 4 : 1;
  int in_row = pitch / width;
  for (int e = threadIdx.x; e < lines * in_row; e += BLOCK) {
    int row = e / in_row;
    int column = e % in_row * width;
    bool inside = row < rows && column < columns;
    const float *at = from + (inside ? (int64_t)row * across + first + column : 0);
    if (whole) {
      cp_async16(to + 4 * e, at, inside);
    } else {
      cp_async4(to + e, at, inside);
    }
  }
}

// The sum of what the tiles have left of an element.
static __device__ __forceinline__ float add_parts(const float *partial, int64_t at, int64_t apart, int parts) {
  float sum = partial[at];
#pragma unroll 8
  for (int i = 1; i < parts; i++) {
    sum += partial[at + i * apart];
  }
  return sum;
}

class Run {
 public:
  __device__ Run(const Steps &s, const Metrics &m, const Update &u, float *shared)
      : s_(s), m_(m), u_(u), shared_(shared), last_(s.layers_size - 1) {}

  // The tiles from memory to where they stay, or back.
  template <bool BACK>
  __device__ void move() const {
    for (int l = 0; l <= last_; l++) {
      const Layer &layer = s_.layers[l];
      Tile tile(layer);
      int size = layer.k_tile * layer.n_pitch;
      for (int e = threadIdx.x; e < 3 * size; e += BLOCK) {
        int k = e % size / layer.n_pitch;
        int n = e % size % layer.n_pitch;
        bool inside = k < tile.k && n < tile.n;
        float *there = layer.w[e / size] + (inside ? (int64_t)(tile.k0 + k) * layer.n + tile.n0 + n : 0);
        float &here = shared_[layer.tile + e];
        if (!BACK) {
          here = inside ? *there : 0.0f;
        } else if (inside) {
          *there = here;
        }
      }
    }
  }

  // keep: whether batch and gradients are left in memory
  __device__ void step(bool keep) const {
    Rate rate;
    bool known = find_rate(u_, rate);
    int *rows = (int *)(shared_ + s_.rows_of);
    for (int i = threadIdx.x; i < m_.rows; i += BLOCK) {
      rows[i] = (int)source_row(i, s_.order, m_.state, s_.available, s_.status, s_.place);
    }
    for (int l = 0; l < last_; l++) {
      forward(l, keep);
      grid_barrier(s_.arrived);
      if (l + 1 < last_) {
        add_forward(s_.layers[l]);
      } else {
        head();
      }
      grid_barrier(s_.arrived);
    }
    if (blockIdx.x == 0) {
      add_losses();
    }
    for (int l = last_; l >= 0; l--) {
      bool leads_back = l > 0 && l < last_;
      backward(l, leads_back, known, keep, rate);
      if (leads_back) {
        grid_barrier(s_.arrived);
        add_backward(s_.layers[l], s_.layers[l - 1]);
        grid_barrier(s_.arrived);
      }
    }
  }

 private:
  // Rows of a share, the last ones of zeros: a multiple of four.
  __device__ int lines() const { return (m_.rows + 3) / 4 * 4; }

  // The block's share of what goes into a layer.
  __device__ void copy_in(int l, const Tile &tile, bool keep) const {
    const Layer &layer = s_.layers[l];
    float *x = shared_ + s_.x;
    // What the phase before has read of it, and the numbers of the rows.
    __syncthreads();
    if (l > 0) {
      copy_columns(x, lines(), layer.k_tile, s_.layers[l - 1].out, m_.rows, layer.k, tile.k0, tile.k);
      return;
    }
    keep = keep && tile.n_part == 0;
    if (s_.bytes) {
      gather_bytes(layer, tile, x, keep);
      return;
    }
    const int *rows = (const int *)(shared_ + s_.rows_of);
#pragma unroll 8
    for (int e = threadIdx.x; e < lines() * layer.k_tile; e += BLOCK) {
      int row = e / layer.k_tile;
      int k = e % layer.k_tile;
      float value = 0.0f;
      if (row < m_.rows && k < tile.k) {
        int64_t from = (int64_t)rows[row] * layer.k + tile.k0 + k;
        value = s_.scale * ((const float *)s_.source)[from];
        if (keep) {
          s_.batch[(int64_t)row * layer.k + tile.k0 + k] = value;
        }
      }
      x[e] = value;
    }
  }

  // Rows of bytes start on multiples of four, as tiles do.
  __device__ void gather_bytes(const Layer &layer, const Tile &tile, float *x, bool keep) const {
    const int *rows = (const int *)(shared_ + s_.rows_of);
    int in_row = layer.k_tile / 4;
#pragma unroll 8
    for (int e = threadIdx.x; e < lines() * in_row; e += BLOCK) {
      int row = e / in_row;
      int k = e % in_row * 4;
      float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
      if (row < m_.rows && k < tile.k) {
        int64_t from = (int64_t)rows[row] * layer.k + tile.k0 + k;
        uchar4 bytes = *(const uchar4 *)((const char *)s_.source + from);
        value = make_float4(s_.scale * bytes.x, s_.scale * bytes.y, s_.scale * bytes.z, s_.scale * bytes.w);
        if (keep) {
          store4(s_.batch, (int64_t)row * layer.k + tile.k0 + k, (int64_t)m_.rows * layer.k, aligned16(s_.batch), value);
        }
      }
      *(float4 *)(x + 4 * e) = value;
    }
  }

  static __device__ void await_copies() {
    cp_async_wait_all();
    __syncthreads();
  }

  __device__ void forward(int l, bool keep) const {
    const Layer &layer = s_.layers[l];
    Tile tile(layer);
    if (tile.k == 0) {
      return;
    }
    copy_in(l, tile, keep);
    await_copies();
    float *to = s_.partial + (int64_t)tile.part * m_.rows * layer.n + tile.n0;
    multiply<8, true, 4, false>(
        m_.rows, tile.n, layer.k_tile, shared_ + s_.x, layer.k_tile, shared_ + layer.tile, layer.n_pitch,
        [&](int row, int column, float sum) { to[(int64_t)row * layer.n + column] = sum; });
  }

  __device__ float result(const Layer &layer, int64_t at, int column) const {
    int parts = (layer.k + layer.k_tile - 1) / layer.k_tile;
    float sum = add_parts(s_.partial, at, (int64_t)m_.rows * layer.n, parts);
    return activation(RELU, sum + layer.b[0][column]);
  }

  __device__ void add_forward(const Layer &layer) const {
    for (int e = blockIdx.x * BLOCK + threadIdx.x; e < m_.rows * layer.n; e += gridDim.x * BLOCK) {
      layer.out[e] = result(layer, e, e % layer.n);
    }
  }

  // Row by row: the last layer's input, scores, loss, its gradient, and what leads back.
  __device__ void head() const {
    __shared__ float parts[BLOCK];
    __shared__ float scores[FEW];
    const Layer &layer = s_.layers[last_];
    const Layer &before = s_.layers[last_ - 1];
    float *x = shared_ + s_.x;
    double loss = 0.0;
    int count = 0;
    for (int row = blockIdx.x; row < m_.rows; row += gridDim.x) {
      int64_t start = (int64_t)row * layer.k;
      __syncthreads();
      for (int k = threadIdx.x; k < layer.k; k += BLOCK) {
        x[k] = result(before, start + k, k);
        before.out[start + k] = x[k];
      }
      __syncthreads();
      find_scores(layer, x, parts, scores);
      if (threadIdx.x < WARP) {
        take_loss(row, scores, loss, count);
      }
      __syncthreads();
      for (int k = threadIdx.x; k < layer.k; k += BLOCK) {
        const float *w = layer.w[0] + (int64_t)k * layer.n;
        float sum = 0.0f;
#pragma unroll 8
        for (int j = 0; j < layer.n; j++) {
          sum = fmaf(scores[j], w[j], sum);
        }
        before.d[start + k] = sum * slope(RELU, x[k]);
      }
    }
    if (threadIdx.x == 0) {
      m_.partial[blockIdx.x] = loss;
      m_.partial[gridDim.x + blockIdx.x] = count;
    }
  }

  // Adds up what all blocks have left of the loss, always in the same order. One block calls it.
  __device__ void add_losses() const {
    double loss = 0.0;
    double count = 0.0;
    for (unsigned b = threadIdx.x; b < gridDim.x; b += BLOCK) {
      loss += m_.partial[b];
      count += m_.partial[gridDim.x + b];
    }
    loss = reduce<BLOCK>(loss, Add());
    count = reduce<BLOCK>(count, Add());
    if (threadIdx.x == 0) {
      store_totals(m_, loss, (int64_t)count);
    }
  }

  // A row's scores: threads share them by classes, the first powers of two that hold them, and by steps of k.
  __device__ void find_scores(
      const Layer &layer, const float *x, float (&parts)[BLOCK], float (&scores)[FEW]) const {
    int across = 1;
    while (across < layer.n) {
      across *= 2;
    }
    int j = threadIdx.x % across;
    int apart = BLOCK / across;
    float sum = 0.0f;
    if (j < layer.n) {
#pragma unroll 8
      for (int k = threadIdx.x / across; k < layer.k; k += apart) {
        sum = fmaf(x[k], layer.w[0][(int64_t)k * layer.n + j], sum);
      }
    }
    parts[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x < layer.n) {
      for (int i = 1; i < apart; i++) {
        sum += parts[i * across + threadIdx.x];
      }
      scores[threadIdx.x] = sum + layer.b[0][threadIdx.x];
    }
    __syncthreads();
  }

  // A warp replaces a row's scores by the loss's gradient there.
  __device__ void take_loss(int row, float (&scores)[FEW], double &loss, int &count) const {
    int lane = threadIdx.x % WARP;
    float score[FEW / WARP];
#pragma unroll
    for (int i = 0; i < FEW / WARP; i++) {
      int j = lane + i * WARP;
      score[i] = j < m_.columns ? scores[j] : -INFINITY;
      if (s_.scores != nullptr && j < m_.columns) {
        s_.scores[(int64_t)row * m_.columns + j] = score[i];
      }
    }
    softmax_row(m_, row, label_of(m_, row), score, loss, count);
#pragma unroll
    for (int i = 0; i < FEW / WARP; i++) {
      int j = lane + i * WARP;
      if (j < m_.columns) {
        scores[j] = score[i];
        s_.layers[last_].d[(int64_t)row * m_.columns + j] = score[i];
      }
    }
  }

  // What leads back through a layer, as partial sums, where that is wanted; then the layer's update.
  __device__ void backward(int l, bool leads_back, bool known, bool keep, const Rate &rate) const {
    const Layer &layer = s_.layers[l];
    Tile tile(layer);
    if (tile.k == 0) {
      return;
    }
    copy_in(l, tile, false);
    float *x = shared_ + s_.x;
    float *d = shared_ + s_.d;
    copy_columns(d, lines(), layer.n_tile, layer.d, m_.rows, layer.n, tile.n0, tile.n);
    await_copies();
    float *w = shared_ + layer.tile;
    int apart = layer.k_tile * layer.n_pitch;
    if (leads_back) {
      float *to = s_.partial + (int64_t)tile.n_part * m_.rows * layer.k + tile.k0;
      multiply<8, true, 2, true>(
          m_.rows, tile.k, layer.n_tile, d, layer.n_tile, w, layer.n_pitch,
          [&](int row, int column, float sum) { to[(int64_t)row * layer.k + column] = sum; });
      __syncthreads();
    }
    auto use = [&](int k, int n, float g) {
      int at = k * layer.n_pitch + n;
      int64_t there = (int64_t)(tile.k0 + k) * layer.n + tile.n0 + n;
      if (keep) {
        layer.g[there] = g;
      }
      if (known) {
        update1<ADAM>(u_, rate, g, w[at], w[at + apart], w[at + 2 * apart]);
        if (l == last_) {
          layer.w[0][there] = w[at];
        }
      }
    };
    multiply<4, false, 4, false>(tile.k, tile.n, lines(), x, layer.k_tile, d, layer.n_tile, use);
    if (tile.part != 0) {
      return;
    }
    if (known && tile.n_part == 0) {
      update_rest(rate, layer.w, layer.g, layer.k * layer.n, layer.w_size);
      update_rest(rate, layer.b, layer.g_bias, layer.n, layer.b_size);
    }
    for (int n = threadIdx.x; n < tile.n; n += BLOCK) {
      float g = 0.0f;
#pragma unroll 8
      for (int i = 0; i < m_.rows; i++) {
        g += d[i * layer.n_tile + n];
      }
      int at = tile.n0 + n;
      if (keep) {
        layer.g_bias[at] = g;
      }
      if (known) {
        update1<ADAM>(u_, rate, g, layer.b[0][at], layer.b[1][at], layer.b[2][at]);
      }
    }
  }

  // Updates the few elements behind a tensor, whose gradient lies in memory.
  __device__ void update_rest(const Rate &rate, float *const (&p)[3], const float *g, int made, int size) const {
    for (int i = made + threadIdx.x; i < size; i += BLOCK) {
      update1<ADAM>(u_, rate, g[i], p[0][i], p[1][i], p[2][i]);
    }
  }

  __device__ void add_backward(const Layer &layer, const Layer &before) const {
    int parts = (layer.n + layer.n_tile - 1) / layer.n_tile;
    int size = m_.rows * layer.k;
    for (int e = blockIdx.x * BLOCK + threadIdx.x; e < size; e += gridDim.x * BLOCK) {
      before.d[e] = add_parts(s_.partial, e, size, parts) * slope(RELU, before.out[e]);
    }
  }

  const Steps &s_;
  const Metrics &m_;
  const Update &u_;
  float *shared_;
  int last_;
};

// m: the loss's arguments, whose state is that of `steps`; u: the constants of Adam, and its rates
extern "C" __global__ void __launch_bounds__(BLOCK, 1) persistent_steps(Steps steps, Metrics m, Update u) {
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  // Each block counts for itself.
  __shared__ int state[3];
  if (threadIdx.x < 3) {
    state[threadIdx.x] = steps.state[threadIdx.x];
  }
  m.state = state;
  u.state = state;
  Advance next = {state, m.rows, 1};
  Run run(steps, m, u, (float *)dyn_smem);
  run.move<false>();
  __syncthreads();
  for (int i = 0; i < steps.count; i++) {
    run.step(i == steps.count - 1);
    __syncthreads();
    if (threadIdx.x == 0) {
      move_on(next);
    }
    __syncthreads();
  }
  run.move<true>();
  if (blockIdx.x == 0 && threadIdx.x < 3) {
    steps.state[threadIdx.x] = state[threadIdx.x];
  }
}
