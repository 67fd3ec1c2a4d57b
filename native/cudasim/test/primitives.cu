// A kernel for each primitive, small enough to be checked against plain loops. Everything here is CUDA:
// nvcc compiles it too.
#include "../../../kernels/cuda/ptx.cuh"

extern "C" __global__ void __launch_bounds__(256)
    saxpy(float a, const float* __restrict__ x, float* __restrict__ y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = fmaf(a, x[i], y[i]);
}

// What each thread sees of itself, at its place in the grid.
extern "C" __global__ void indices(int* out) {
  int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  int at = block * (blockDim.x * blockDim.y * blockDim.z) + thread;
  out[at] = ((((blockIdx.z * 10 + blockIdx.y) * 10 + blockIdx.x) * 10 + threadIdx.z) * 10 +
             threadIdx.y) * 10 + threadIdx.x;
}

// Each block's values backwards, through shared memory.
extern "C" __global__ void backwards(const int* in, int* out) {
  __shared__ int values[1024];
  int first = blockIdx.x * blockDim.x, t = threadIdx.x;
  values[t] = in[first + t];
  __syncthreads();
  out[first + t] = values[blockDim.x - 1 - t];
}

// Sums of each block in a tree, in dynamic shared memory, with a barrier a step.
extern "C" __global__ void block_sums(const float* in, float* out) {
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  float* values = reinterpret_cast<float*>(dyn_smem);
  int t = threadIdx.x;
  values[t] = in[blockIdx.x * blockDim.x + t];
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (t < half) values[t] += values[t + half];
  }
  if (t == 0) out[blockIdx.x] = values[0];
}

// Three results a thread: how many of the block's values are odd, whether one is, whether all are.
extern "C" __global__ void odd(const int* in, int* out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[3 * i] = __syncthreads_count(in[i] & 1);
  out[3 * i + 1] = __syncthreads_or(in[i] & 1);
  out[3 * i + 2] = __syncthreads_and(in[i] & 1);
}

// Ten results a thread.
extern "C" __global__ void warp_operations(const int* in, int* out, int width, int delta) {
  constexpr unsigned ALL = 0xffffffffu;
  int t = threadIdx.x, value = in[t];
  int* mine = out + 10 * t;
  mine[0] = __shfl_sync(ALL, value, delta, width);
  mine[1] = __shfl_up_sync(ALL, value, delta, width);
  mine[2] = __shfl_down_sync(ALL, value, delta, width);
  mine[3] = __shfl_xor_sync(ALL, value, delta, width);
  mine[4] = __ballot_sync(ALL, value & 1);
  mine[5] = __any_sync(ALL, value == 3);
  mine[6] = __all_sync(ALL, value >= 0);
#if defined(CUDASIM) || __CUDA_ARCH__ >= 700
  mine[7] = __match_any_sync(ALL, value & 3);
#endif
#if defined(CUDASIM) || __CUDA_ARCH__ >= 800
  mine[8] = __reduce_add_sync(ALL, value);
  mine[9] = __reduce_max_sync(ALL, value);
#endif
}

// The two halves of a warp sum up apart, in different branches.
extern "C" __global__ void half_warps(const float* in, float* out) {
  int t = threadIdx.x;
  float sum = in[t];
  if (t < 16) {
    for (int d = 8; d > 0; d /= 2) sum += __shfl_down_sync(0x0000ffffu, sum, d, 16);
  } else {
    for (int d = 8; d > 0; d /= 2) sum = fmaxf(sum, __shfl_down_sync(0xffff0000u, sum, d, 16));
  }
  __syncwarp();
  if (t % 16 == 0) out[t / 16] = sum;
}

extern "C" __global__ void atomics(const int* in, unsigned* counts, float* sum, int* largest,
                                   unsigned* tickets, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  atomicAdd(counts + in[i] % 16, 1u);
  atomicAdd(sum, 1.0f);
  atomicMax(largest, in[i]);
  tickets[i] = atomicAdd(counts + 16, 1u);
  unsigned before = counts[17], assumed;
  do {
    assumed = before;
    before = atomicCAS(counts + 17, assumed, assumed ^ unsigned(in[i]));
  } while (before != assumed);
}

// Eight results a thread.
extern "C" __global__ void conversions(const float* in, int* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float x = in[i];
  int* mine = out + 8 * i;
  mine[0] = __float2int_rn(x);
  mine[1] = __float2int_rz(x);
  mine[2] = __float2int_rd(x);
  mine[3] = __float2int_ru(x);
  mine[4] = int(__float2uint_rn(x));
  mine[5] = __float_as_int(__fadd_rn(__fmul_rn(x, x), -x));
  mine[6] = __float_as_int(__fmaf_rn(x, x, -x));
  mine[7] = int(__bfloat16_as_ushort(__float2bfloat16_rn(x)));
}

// Nine results a thread, of pairs of words.
extern "C" __global__ void bit_operations(const unsigned* in, unsigned* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned a = in[2 * i], b = in[2 * i + 1];
  unsigned* mine = out + 9 * i;
  mine[0] = __popc(a);
  mine[1] = __clz(int(a));
  mine[2] = __ffs(int(a));
  mine[3] = __brev(a);
  mine[4] = __umulhi(a, b);
  mine[5] = unsigned(__mulhi(int(a), int(b)));
  mine[6] = __byte_perm(a, b, 0x6152);
  mine[7] = __funnelshift_l(a, b, a);
  mine[8] = __funnelshift_r(a, b, a);
}

// Copies n floats in tiles of 4 a thread through two buffers, by copies of BYTES; beyond the end zeros.
template <int BYTES>
static __device__ void copy_tiles(const float* in, float* out, int n) {
  __shared__ __align__(16) float buffer[2][256];
  int t = threadIdx.x, tiles = (n + 255) / 256;
  auto start = [&](int tile) {
    for (int part = 0; part < 16 / BYTES; part++) {
      int at = 4 * t + part * (BYTES / 4), from = tile * 256 + at;
      int left = min(BYTES / 4, max(0, n - from));
      cp_async<BYTES>(&buffer[tile % 2][at], left ? in + from : nullptr, 4 * left);
    }
    cp_async_commit_group();
  };
  start(0);
  for (int tile = 0; tile < tiles; tile++) {
    if (tile + 1 < tiles) {
      start(tile + 1);
      cp_async_wait_group<1>();
    } else {
      cp_async_wait_group<0>();
    }
    __syncthreads();
    // Values that other threads have copied.
    for (int i = t; i < 256; i += 64) out[tile * 256 + i] = buffer[tile % 2][i];
    __syncthreads();
  }
}
extern "C" __global__ void __launch_bounds__(64) copy4(const float* in, float* out, int n) {
  copy_tiles<4>(in, out, n);
}
extern "C" __global__ void __launch_bounds__(64) copy8(const float* in, float* out, int n) {
  copy_tiles<8>(in, out, n);
}
extern "C" __global__ void __launch_bounds__(64) copy16(const float* in, float* out, int n) {
  copy_tiles<16>(in, out, n);
}

// d[16,8] = a[16,8] b[8,8] for a warp; a and d by rows, b by rows. `rounded`: operands go through
// to_tf32 first.
extern "C" __global__ void multiply_tf32(const float* a, const float* b, float* d, int rounded) {
  int group = threadIdx.x / 4, place = threadIdx.x % 4;
  auto bits = [&](float x) { return rounded ? to_tf32(x) : __float_as_uint(x); };
  uint32_t left[4] = {bits(a[group * 8 + place]), bits(a[(group + 8) * 8 + place]),
                      bits(a[group * 8 + place + 4]), bits(a[(group + 8) * 8 + place + 4])};
  uint32_t right[2] = {bits(b[place * 8 + group]), bits(b[(place + 4) * 8 + group])};
  float sums[4] = {0, 0, 0, 0};
  mma_tf32(sums, left, right);
  d[group * 8 + 2 * place] = sums[0];
  d[group * 8 + 2 * place + 1] = sums[1];
  d[(group + 8) * 8 + 2 * place] = sums[2];
  d[(group + 8) * 8 + 2 * place + 1] = sums[3];
}

// d[16,8] = a[16,16] b[16,8] for a warp, bf16, the fragments by ldmatrix.
extern "C" __global__ void multiply_bf16(const __nv_bfloat16* a, const __nv_bfloat16* b, float* d) {
  __shared__ __align__(16) __nv_bfloat16 left[16][16], right[16][8];
  int t = threadIdx.x, group = t / 4, place = t % 4;
  for (int i = t; i < 256; i += 32) left[i / 16][i % 16] = a[i];
  for (int i = t; i < 128; i += 32) right[i / 8][i % 8] = b[i];
  __syncwarp();
  uint32_t fragment_a[4], fragment_b[2];
  // The four quarters of a in the order of the registers: rows first, then k.
  ldmatrix<4>(fragment_a, &left[t % 8 + t / 8 % 2 * 8][t / 16 * 8]);
  // b lies by rows and is wanted by columns.
  ldmatrix<2, true>(fragment_b, &right[t % 16][0]);
  float sums[4] = {0, 0, 0, 0};
  mma_bf16(sums, fragment_a, fragment_b);
  d[group * 8 + 2 * place] = sums[0];
  d[group * 8 + 2 * place + 1] = sums[1];
  d[(group + 8) * 8 + 2 * place] = sums[2];
  d[(group + 8) * 8 + 2 * place + 1] = sums[3];
}

// One 8 x 8 matrix each way: out has 32 words of the one and 32 of the other.
extern "C" __global__ void load_matrix(const uint16_t* in, uint32_t* out) {
  __shared__ __align__(16) uint16_t matrix[8][8];
  int t = threadIdx.x;
  for (int i = t; i < 64; i += 32) matrix[i / 8][i % 8] = in[i];
  __syncwarp();
  uint32_t plain[1], transposed[1];
  ldmatrix<1>(plain, &matrix[t % 8][0]);
  ldmatrix<1, true>(transposed, &matrix[t % 8][0]);
  out[t] = plain[0];
  out[32 + t] = transposed[0];
}

// Blocks pass values on, `rounds` times: values[i] of block i becomes the sum of both its neighbours.
extern "C" __global__ void neighbours(unsigned* values, unsigned* next, unsigned* arrived, int rounds) {
  unsigned blocks = gridDim.x, i = blockIdx.x;
  for (int round = 0; round < rounds; round++) {
    if (threadIdx.x == 0) {
      next[i] = __ldcg(values + (i + 1) % blocks) + __ldcg(values + (i + blocks - 1) % blocks);
    }
    grid_barrier(arrived);
    if (threadIdx.x == 0) values[i] = __ldcg(next + i);
    grid_barrier(arrived);
  }
}

__device__ int shared_counter = 7;
