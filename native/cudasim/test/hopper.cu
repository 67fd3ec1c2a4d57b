// What only compute capability 9.0 has, a kernel for each primitive; then kernels with a bug each, which the simulator
// must find.
#include "../../../kernels/cuda/ptx.cuh"

static __device__ unsigned char* shared_memory() {
  extern __shared__ __align__(1024) unsigned char dyn_smem[];
  return dyn_smem;
}

static __device__ void prepare(uint64_t* barrier, unsigned arrivals) {
  if (threadIdx.x == 0) {
    barrier_init(barrier, arrivals);
    fence_barriers();
  }
  __syncthreads();
}

// A box as it lies in shared memory.
extern "C" __global__ void copy_box(const __grid_constant__ TensorMap map, int x, int y, unsigned bytes, float* out) {
  uint64_t* barrier = reinterpret_cast<uint64_t*>(shared_memory() + bytes);
  prepare(barrier, 1);
  if (threadIdx.x == 0) {
    barrier_arrive_expect(barrier, bytes);
    tensor_copy(shared_memory(), map, barrier, x, y);
  }
  barrier_wait(barrier, 0);
  for (unsigned i = threadIdx.x; i < bytes / 4; i += blockDim.x) {
    out[i] = reinterpret_cast<const float*>(shared_memory())[i];
  }
}

// Passes the numbers from 0 on through a ring of two places: a warp writes, the other one reads and sums up.
extern "C" __global__ void ring(int count, int* sum) {
  int* places = reinterpret_cast<int*>(shared_memory());
  uint64_t* full = reinterpret_cast<uint64_t*>(places + 2 * 32);
  uint64_t* empty = full + 2;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; i++) barrier_init(full + i, 32), barrier_init(empty + i, 32);
    fence_barriers();
  }
  __syncthreads();
  int lane = threadIdx.x % 32, total = 0;
  for (int i = 0; i < count; i++) {
    int place = i % 2, parity = i / 2 % 2;
    if (threadIdx.x < 32) {
      barrier_wait(empty + place, parity ^ 1);
      places[place * 32 + lane] = i;
      barrier_arrive(full + place);
    } else {
      barrier_wait(full + place, parity);
      total += places[place * 32 + 31 - lane];
      barrier_arrive(empty + place);
    }
  }
  if (threadIdx.x >= 32) sum[lane] = total;
}

// out[64,256] = a b, plus what was in out if `accumulate`. Operands of 128 bytes of k along k, or of 16 of k across it,
// as the maps bring them; each in one copy of all lines, or of 128 bytes of lines at a time.
template <bool TF32, bool A_ACROSS_K, bool B_ACROSS_K>
static __device__ void multiply(const TensorMap& left, const TensorMap& right, float* out, int accumulate) {
  constexpr int STEPS = A_ACROSS_K || B_ACROSS_K ? 1 : 4, BOX = 16 * 128;
  constexpr unsigned A_BYTES = A_ACROSS_K ? BOX : 64 * 128, B_BYTES = B_ACROSS_K ? 4 * BOX : 256 * 128;
  unsigned char *a = shared_memory(), *b = a + 64 * 128;
  uint64_t* barrier = reinterpret_cast<uint64_t*>(b + 256 * 128);
  prepare(barrier, 1);
  if (threadIdx.x == 0) {
    barrier_arrive_expect(barrier, A_BYTES + B_BYTES);
    tensor_copy(a, left, barrier, 0, 0);
    for (int part = 0; part < (B_ACROSS_K ? 4 : 1); part++) {
      tensor_copy(b + part * BOX, right, barrier, part * 64, 0);
    }
  }
  barrier_wait(barrier, 0);
  int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
  float sums[128];
  for (int i = 0; i < 128; i++) {
    sums[i] = out[(row + i / 2 % 2 * 8) * 256 + column + i / 4 * 8 + i % 2];
  }
  wgmma_fence();
  for (int step = 0; step < STEPS; step++) {
    uint64_t left_step = wgmma_operand(a + 32 * step, 1024, 0);
    uint64_t right_step = wgmma_operand(b + 32 * step, 1024, BOX);
    if constexpr (TF32) {
      wgmma_tf32(sums, left_step, right_step, accumulate || step > 0);
    } else {
      wgmma_bf16<A_ACROSS_K, B_ACROSS_K>(sums, left_step, right_step, accumulate || step > 0);
    }
  }
  wgmma_commit_group();
  wgmma_wait_group<0>(sums);
  for (int i = 0; i < 128; i++) {
    out[(row + i / 2 % 2 * 8) * 256 + column + i / 4 * 8 + i % 2] = sums[i];
  }
}

#define MULTIPLY(name, ...)                                                                      \
  extern "C" __global__ void __launch_bounds__(128)                                              \
      name(const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, float* out, \
           int accumulate) {                                                                     \
    multiply<__VA_ARGS__>(a, b, out, accumulate);                                                \
  }
MULTIPLY(wgmma_tf32_nt, true, false, false)
MULTIPLY(wgmma_bf16_nt, false, false, false)
MULTIPLY(wgmma_bf16_tn, false, true, true)

// --- bugs -----------------------------------------------------------------------------------------

// What goes wrong with a copy; the map's box has 2048 bytes.
enum { NO_WAIT, NO_FENCE, NO_EXPECT, TOO_MUCH, TOO_MANY, NOT_PREPARED, TWICE, MISALIGNED, NO_MAP };
extern "C" __global__ void copy_bug(const __grid_constant__ TensorMap map, int bug, float* out) {
  uint64_t* barrier = reinterpret_cast<uint64_t*>(shared_memory() + 4096);
  if (threadIdx.x == 0) {
    if (bug != NOT_PREPARED) barrier_init(barrier, 1);
    if (bug == TWICE) barrier_init(barrier, 1);
    if (bug != NO_FENCE) fence_barriers();
    if (bug != NO_EXPECT) barrier_arrive_expect(barrier, bug == TOO_MUCH ? 4096 : 2048);
    if (bug == TOO_MANY) barrier_arrive(barrier);
    TensorMap none{};
    tensor_copy(shared_memory() + (bug == MISALIGNED ? 64 : 0), bug == NO_MAP ? none : map, barrier, 0, 0);
  }
  __syncthreads();
  if (bug != NO_WAIT) barrier_wait(barrier, 0);
  out[threadIdx.x] = reinterpret_cast<const float*>(shared_memory())[threadIdx.x];
}

// What goes wrong with a product of zeros; out gets a thread's first sum.
enum { RIGHT, READ_EARLY, CHANGED_EARLY, UNFENCED, UNCOMMITTED, DIFFERENT, OF_SOME, UNSWIZZLED, OVERWRITTEN };
extern "C" __global__ void __launch_bounds__(128)
    product_bug(const __grid_constant__ TensorMap map, int bug, float* out) {
  unsigned char* operands = shared_memory();
  uint64_t* barrier = reinterpret_cast<uint64_t*>(operands + 256 * 128);
  for (int i = threadIdx.x; i < 256 * 32; i += 128) reinterpret_cast<float*>(operands)[i] = 0;
  prepare(barrier, 1);
  float sums[128];
  for (int i = 0; i < 128; i++) sums[i] = 1;
  uint64_t operand = wgmma_operand(operands, 1024, 0);
  if (bug == DIFFERENT && threadIdx.x == 5) operand = wgmma_operand(operands + 32, 1024, 0);
  if (bug == UNSWIZZLED) operand &= ~(3ull << 62);
  if (bug != UNFENCED) wgmma_fence();
  if (bug != OF_SOME || threadIdx.x < 96) wgmma_tf32(sums, operand, operand, true);
  if (bug != UNCOMMITTED) wgmma_commit_group();
  if (bug == OVERWRITTEN && threadIdx.x == 0) {
    barrier_arrive_expect(barrier, 2048);
    tensor_copy(operands, map, barrier, 0, 0);
  }
  __syncthreads();
  if (bug == CHANGED_EARLY) sums[3] = 2;
  if (bug == READ_EARLY) out[threadIdx.x] = sums[0];
  wgmma_wait_group<0>(sums);
  if (bug != READ_EARLY) out[threadIdx.x] = sums[0];
}
