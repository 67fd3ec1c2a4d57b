// Kernels with a bug each, which the simulator must find.
#include "../../../kernels/cuda/ptx.cuh"

// No barrier between writing and reading.
extern "C" __global__ void missing_barrier(const int* in, int* out) {
  __shared__ int values[256];
  values[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = values[blockDim.x - 1 - threadIdx.x];
}

// None before the buffer is filled again.
extern "C" __global__ void missing_second_barrier(const int* in, int* out, int rounds) {
  __shared__ int values[256];
  int sum = 0;
  for (int round = 0; round < rounds; round++) {
    values[threadIdx.x] = in[threadIdx.x] + round;
    __syncthreads();
    sum += values[blockDim.x - 1 - threadIdx.x];
  }
  out[threadIdx.x] = sum;
}

// No __syncwarp between lanes that exchange values.
extern "C" __global__ void missing_syncwarp(const int* in, int* out) {
  __shared__ int values[32];
  values[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = values[31 - threadIdx.x];
}

extern "C" __global__ void barrier_of_some(int* out) {
  if (threadIdx.x < 48) __syncthreads();
  out[threadIdx.x] = 1;
}

extern "C" __global__ void barrier_after_return(int* out, int n) {
  if (int(threadIdx.x) >= n) return;
  __syncthreads();
  out[threadIdx.x] = 1;
}

extern "C" __global__ void barriers_at_different_lines(int* out) {
  if (threadIdx.x & 1) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  out[threadIdx.x] = 1;
}

extern "C" __global__ void shuffle_of_some(int* out) {
  int value = 0;
  if (threadIdx.x < 16) value = __shfl_sync(0xffffffffu, int(threadIdx.x), 0);
  __syncthreads();
  out[threadIdx.x] = value;
}

extern "C" __global__ void shuffle_from_outside(int* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0x0000ffffu, int(threadIdx.x), 20);
}

extern "C" __global__ void not_in_its_mask(int* out) {
  out[threadIdx.x] = __ballot_sync(0x0000ffffu, 1);
}

extern "C" __global__ void different_operations(int* out) {
  if (threadIdx.x < 16) {
    out[threadIdx.x] = __ballot_sync(0xffffffffu, 1);
  } else {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  }
}

// Reads shared memory that nobody has written.
extern "C" __global__ void reads_nothing(float* out) {
  __shared__ float values[64];
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  if (threadIdx.x < 32) values[threadIdx.x] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
  out[64 + threadIdx.x] = reinterpret_cast<float*>(dyn_smem)[threadIdx.x];
}

extern "C" __global__ void past_dynamic_shared(int n) {
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  reinterpret_cast<volatile int*>(dyn_smem)[n] = 1;
}

// No wait for the copy.
extern "C" __global__ void missing_wait(const float* in, float* out) {
  __shared__ __align__(16) float values[32];
  cp_async4(&values[threadIdx.x], in + threadIdx.x);
  cp_async_commit_group();
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

// Waits for the group before the one that is read.
extern "C" __global__ void wrong_wait(const float* in, float* out) {
  __shared__ __align__(16) float values[2][32];
  cp_async4(&values[0][threadIdx.x], in + threadIdx.x);
  cp_async_commit_group();
  cp_async4(&values[1][threadIdx.x], in + 32 + threadIdx.x);
  cp_async_commit_group();
  cp_async_wait_group<1>();
  __syncthreads();
  out[threadIdx.x] = values[1][threadIdx.x];
}

extern "C" __global__ void misaligned_copy(const float* in, float* out) {
  __shared__ __align__(16) float values[64];
  cp_async16(&values[4 * threadIdx.x], in + 4 * threadIdx.x + 1);
  cp_async_wait_all();
  out[threadIdx.x] = values[threadIdx.x];
}

extern "C" __global__ void waits_for_nobody(unsigned* counter) {
  while (load_acquire(counter) == 0) {
  }
}

extern "C" __global__ void traps() {
  if (threadIdx.x == 5) __trap();
}

// Writes one past the end of n floats.
extern "C" __global__ void past_the_end(float* out, int n) { out[n] = 1.0f; }

extern "C" __global__ void __launch_bounds__(64) bounded(int* out) { out[threadIdx.x] = 1; }
