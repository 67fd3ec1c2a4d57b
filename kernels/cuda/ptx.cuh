// The instructions that CUDA C++ has no words for, each as a function. Inline PTX stands in this file
// only, so that everything else also compiles for the processor: under native/cudasim each function
// calls its twin there.
//
// Before compute capability 8.0 copies are synchronous and mma.sync traps: a kernel that needs tensor
// cores must not be launched there. What only 9.0 has (sm_90a: wgmma, setmaxnreg), with the barriers and
// bulk copies that feed it, stands at the end and traps elsewhere.
#pragma once
#include <cuda_bf16.h>
#include <stdint.h>

// Whether this pass of the compiler makes code that has cp.async, tf32 and bf16.
#if defined(CUDASIM) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800)
#define PTX_AMPERE 1
#else
#define PTX_AMPERE 0
#endif

// The same for what only compute capability 9.0 has.
#if defined(CUDASIM) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define PTX_HOPPER 1
#else
#define PTX_HOPPER 0
#endif

// --- asynchronous copies to shared memory ---------------------------------------------------------

#if !defined(CUDASIM)
static __device__ __forceinline__ uint32_t shared_address(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}
#endif

// Copies the first source_bytes of BYTES (4, 8 or 16) bytes, to which both addresses are aligned, and
// makes the rest 0. Of a source of 0 bytes the address may be anything. 16 bytes bypass L1.
template <int BYTES>
static __device__ __forceinline__ void cp_async(void* shared, const void* global,
                                                unsigned source_bytes) {
  static_assert(BYTES == 4 || BYTES == 8 || BYTES == 16, "cp.async copies 4, 8 or 16 bytes");
#if defined(CUDASIM)
  cudasim::copy_async(shared, global, BYTES, source_bytes);
#elif PTX_AMPERE
  if (BYTES == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)),
                 "l"(global), "r"(source_bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(shared)),
                 "l"(global), "n"(BYTES), "r"(source_bytes)
                 : "memory");
  }
#else
  // All or nothing, as kernels here ask for, goes by one load and one store.
  if (BYTES == 16 && (source_bytes == 16 || source_bytes == 0)) {
    *static_cast<uint4*>(shared) =
        source_bytes ? *static_cast<const uint4*>(global) : make_uint4(0, 0, 0, 0);
    return;
  }
  uint32_t words[BYTES / 4];
  const char* from = static_cast<const char*>(global);
#pragma unroll
  for (int i = 0; i < BYTES / 4; i++) {
    uint32_t word = 0;
    if (source_bytes >= 4 * i + 4u) {
      word = *reinterpret_cast<const uint32_t*>(from + 4 * i);
    } else {
      for (unsigned j = 4 * i; j < source_bytes; j++) {
        word |= static_cast<uint32_t>(static_cast<uint8_t>(from[j])) << (8 * (j & 3));
      }
    }
    words[i] = word;
  }
#pragma unroll
  for (int i = 0; i < BYTES / 4; i++) static_cast<uint32_t*>(shared)[i] = words[i];
#endif
}

// All of them, or zeros where the source is not valid.
static __device__ __forceinline__ void cp_async4(void* shared, const void* global,
                                                 bool valid = true) {
  cp_async<4>(shared, global, valid ? 4 : 0);
}
static __device__ __forceinline__ void cp_async8(void* shared, const void* global,
                                                 bool valid = true) {
  cp_async<8>(shared, global, valid ? 8 : 0);
}
static __device__ __forceinline__ void cp_async16(void* shared, const void* global,
                                                  bool valid = true) {
  cp_async<16>(shared, global, valid ? 16 : 0);
}

// Ends the group of the copies that this thread has issued since the last one.
static __device__ __forceinline__ void cp_async_commit_group() {
#if defined(CUDASIM)
  cudasim::copy_async_commit();
#elif PTX_AMPERE
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits until at most PENDING of this thread's latest groups are under way. Other threads see the data
// after a barrier.
template <int PENDING>
static __device__ __forceinline__ void cp_async_wait_group() {
#if defined(CUDASIM)
  cudasim::copy_async_wait(PENDING);
#elif PTX_AMPERE
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#endif
}

// Waits for all of this thread's copies, committed or not.
static __device__ __forceinline__ void cp_async_wait_all() {
#if defined(CUDASIM)
  cudasim::copy_async_wait_all();
#elif PTX_AMPERE
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// --- tensor cores ---------------------------------------------------------------------------------

// The nearest tf32 (10 bits of mantissa), ties away from 0, as the bits of a float.
static __device__ __forceinline__ uint32_t to_tf32(float value) {
#if defined(CUDASIM)
  return cudasim::round_to_tf32(value);
#elif PTX_AMPERE
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
  return bits;
#else
  return __float_as_uint(value);
#endif
}

// Two values rounded to bf16, nearest and ties to even, the first in the lower half. NaN stays NaN.
static __device__ __forceinline__ uint32_t to_bf16(float low, float high) {
#if defined(CUDASIM)
  return uint32_t(__nv_bfloat16(low).x) | uint32_t(__nv_bfloat16(high).x) << 16;
#elif PTX_AMPERE
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#else
  return __float_as_uint(low) >> 16 | (__float_as_uint(high) & 0xffff0000u);
#endif
}

// d[16,8] += a[16,8] b[8,8] for a warp, tf32 in, float out. Of lane l, with g = l / 4 and t = l % 4:
// a = {(g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)}, b = {(t, g), (t + 4, g)},
// d = {(g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)}, each (row, column).
static __device__ __forceinline__ void mma_tf32(float (&d)[4], const uint32_t (&a)[4],
                                                const uint32_t (&b)[2]) {
#if defined(CUDASIM)
  cudasim::mma_m16n8k8_tf32(d, a, b);
#elif PTX_AMPERE
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  __trap();
#endif
}

// d[16,8] += a[16,16] b[16,8] for a warp, bf16 in, float out. A register holds a pair of neighbours in
// k, the lower k in the lower half: a = {(g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8)},
// b = {(2t, g), (2t + 8, g)}; d as above.
static __device__ __forceinline__ void mma_bf16(float (&d)[4], const uint32_t (&a)[4],
                                                const uint32_t (&b)[2]) {
#if defined(CUDASIM)
  cudasim::mma_m16n8k16_bf16(d, a, b);
#elif PTX_AMPERE
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  __trap();
#endif
}

// Loads COUNT (1, 2 or 4) matrices of 8 x 8 16-bit values from shared memory: lane 8m + r brings the
// address, aligned to 16 bytes, of row r of matrix m. Lane l gets of each the pair at row l / 4,
// columns 2 (l % 4) and the next; TRANSPOSED: at column l / 4, of those rows.
template <int COUNT, bool TRANSPOSED = false>
static __device__ __forceinline__ void ldmatrix(uint32_t (&result)[COUNT], const void* row) {
  static_assert(COUNT == 1 || COUNT == 2 || COUNT == 4, "ldmatrix loads 1, 2 or 4 matrices");
#if defined(CUDASIM)
  cudasim::load_matrices<COUNT, TRANSPOSED>(result, row);
#elif defined(__CUDA_ARCH__)
  uint32_t from = shared_address(row);
  if constexpr (COUNT == 1 && TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                 : "=r"(result[0])
                 : "r"(from)
                 : "memory");
  } else if constexpr (COUNT == 1) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                 : "=r"(result[0])
                 : "r"(from)
                 : "memory");
  } else if constexpr (COUNT == 2 && TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                 : "=r"(result[0]), "=r"(result[1])
                 : "r"(from)
                 : "memory");
  } else if constexpr (COUNT == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];"
                 : "=r"(result[0]), "=r"(result[1])
                 : "r"(from)
                 : "memory");
  } else if constexpr (TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
                 : "r"(from)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
                 : "r"(from)
                 : "memory");
  }
#endif
}

// --- between blocks -------------------------------------------------------------------------------

// Adds to a counter in global memory, after everything that this thread has written; returns what was
// there.
static __device__ __forceinline__ unsigned add_release(unsigned* counter, unsigned value) {
#if defined(CUDASIM)
  return __atomic_fetch_add(counter, value, __ATOMIC_RELEASE);
#elif defined(__CUDA_ARCH__)
  unsigned before;
  asm volatile("atom.add.release.gpu.global.u32 %0, [%1], %2;"
               : "=r"(before)
               : "l"(__cvta_generic_to_global(counter)), "r"(value)
               : "memory");
  return before;
#else
  return 0;
#endif
}

// Reads a counter in global memory; what its writers released before is seen by what comes after.
// Meant for loops that wait.
static __device__ __forceinline__ unsigned load_acquire(const unsigned* counter) {
#if defined(CUDASIM)
  cudasim::spin();
  return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
#elif defined(__CUDA_ARCH__)
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];"
               : "=r"(value)
               : "l"(__cvta_generic_to_global(counter))
               : "memory");
  return value;
#else
  return 0;
#endif
}

// All threads of all blocks wait for each other. All blocks must be on the device at the same time: the
// kernel is launched cooperatively. `arrived` is in global memory and 0 before the launch; it may be
// kept for the next launch of as many blocks.
static __device__ __forceinline__ void grid_barrier(unsigned* arrived) {
  __syncthreads();
  if (threadIdx.x == 0 && threadIdx.y == 0 && threadIdx.z == 0) {
    unsigned blocks = gridDim.x * gridDim.y * gridDim.z;
    // A fence of one thread covers what the block wrote, since the barrier before comes first.
    __threadfence();
    unsigned before = add_release(arrived, 1);
    unsigned complete = before - before % blocks + blocks;
    while (static_cast<int>(load_acquire(arrived) - complete) < 0) {
    }
    __threadfence();
  }
  __syncthreads();
}

// --- compute capability 9.0 -----------------------------------------------------------------------

// What the driver makes of a matrix in global memory (cuTensorMapEncodeTiled), for bulk copies of boxes of
// it: a parameter of a kernel, `const __grid_constant__ TensorMap`.
struct alignas(64) TensorMap {
  uint64_t words[16];
};

// Prepares a barrier in shared memory, aligned to 8 bytes. `count` arrivals and as many bytes as were
// announced complete its phase, and the next one begins. fence_barriers and __syncthreads follow.
static __device__ __forceinline__ void barrier_init(uint64_t* barrier, unsigned count) {
#if defined(CUDASIM)
  cudasim::memory_barrier_init(barrier, count);
#elif PTX_HOPPER
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count)
               : "memory");
#else
  __trap();
#endif
}

// Shows the barriers that this thread has prepared to bulk copies too.
static __device__ __forceinline__ void fence_barriers() {
#if defined(CUDASIM)
  cudasim::fence_memory_barriers();
#elif PTX_HOPPER
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#else
  __trap();
#endif
}

static __device__ __forceinline__ void barrier_arrive(uint64_t* barrier) {
#if defined(CUDASIM)
  cudasim::memory_barrier_arrive(barrier, 0);
#elif PTX_HOPPER
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
#else
  __trap();
#endif
}

// Arrives, and announces so many bytes of bulk copies, which are started afterwards.
static __device__ __forceinline__ void barrier_arrive_expect(uint64_t* barrier, unsigned bytes) {
#if defined(CUDASIM)
  cudasim::memory_barrier_arrive(barrier, bytes);
#elif PTX_HOPPER
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(bytes)
               : "memory");
#else
  __trap();
#endif
}

// Waits until the phase of this parity is over: of a new barrier 1 is over, and 0 under way.
static __device__ __forceinline__ void barrier_wait(uint64_t* barrier, unsigned parity) {
#if defined(CUDASIM)
  cudasim::memory_barrier_wait(barrier, parity);
#elif PTX_HOPPER
  uint32_t done;
  do {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.b32 %0, 1, 0, p;\n"
        "}"
        : "=r"(done)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
  } while (!done);
#else
  __trap();
#endif
}

// Starts the copy of the map's box at column x and row y to shared memory, aligned to 128 bytes; what lies
// outside of the matrix becomes 0. The barrier gets all bytes of the box, those too.
static __device__ __forceinline__ void tensor_copy(void* shared, const TensorMap& map, uint64_t* barrier,
                                                   int x, int y) {
#if defined(CUDASIM)
  cudasim::copy_tensor(shared, &map, barrier, x, y);
#elif PTX_HOPPER
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%2, %3}], [%4];" ::"r"(shared_address(shared)),
      "l"(&map), "r"(x), "r"(y), "r"(shared_address(barrier))
      : "memory");
#else
  __trap();
#endif
}

// Leaves each thread of a warpgroup REGISTERS, of which it has more; all its warps call it.
template <int REGISTERS>
static __device__ __forceinline__ void fewer_registers() {
  static_assert(REGISTERS % 8 == 0 && REGISTERS >= 24 && REGISTERS <= 256);
#if PTX_HOPPER && !defined(CUDASIM)
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(REGISTERS));
#endif
}

// Waits until the block has them to spare.
template <int REGISTERS>
static __device__ __forceinline__ void more_registers() {
  static_assert(REGISTERS % 8 == 0 && REGISTERS >= 24 && REGISTERS <= 256);
#if PTX_HOPPER && !defined(CUDASIM)
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(REGISTERS));
#endif
}

// Describes an operand of wgmma in shared memory, where a bulk copy has left rows of 128 bytes in the 128-byte
// swizzle: the 16-byte parts of a row change places by the row's number within eight rows, which start on
// 1024 bytes. `stride_bytes` is from eight rows to the next eight. An operand across k has k by rows and 128
// bytes of its lines in each; `leading_bytes` is from these lines to the next. Of one along k it means nothing.
static __device__ __forceinline__ uint64_t wgmma_operand(const void* shared, unsigned stride_bytes,
                                                         unsigned leading_bytes) {
#if defined(CUDASIM)
  uint32_t address = cudasim::shared_address(shared);
#elif PTX_HOPPER
  uint32_t address = shared_address(shared);
#else
  uint32_t address = 0;
#endif
  return static_cast<uint64_t>((address & 0x3ffff) >> 4) |
         static_cast<uint64_t>(leading_bytes >> 4) << 16 |
         static_cast<uint64_t>(stride_bytes >> 4) << 32 | 1ull << 62;
}

// Orders what this thread has done to its sums before wgmma: first in each chain of them.
static __device__ __forceinline__ void wgmma_fence() {
#if defined(CUDASIM)
  cudasim::warpgroup_fence();
#elif PTX_HOPPER
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

// Ends the group of the wgmma that were started since the last one.
static __device__ __forceinline__ void wgmma_commit_group() {
#if defined(CUDASIM)
  cudasim::warpgroup_commit();
#elif PTX_HOPPER
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

// Waits until at most PENDING of the latest groups are under way. Before that their operands must not be
// overwritten, nor the sums be touched.
template <int PENDING>
static __device__ __forceinline__ void wgmma_wait_group(float (&sums)[128]) {
#if defined(CUDASIM)
  cudasim::warpgroup_wait(PENDING);
#elif PTX_HOPPER
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
  // No use of a sum moves to before the wait.
#pragma unroll
  for (int i = 0; i < 128; i++) asm volatile("" : "+f"(sums[i])::"memory");
#else
  __trap();
#endif
}

#define PTX_SUMS_4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define PTX_SUMS_32(i)                                                                         \
  PTX_SUMS_4(i), PTX_SUMS_4(i + 4), PTX_SUMS_4(i + 8), PTX_SUMS_4(i + 12), PTX_SUMS_4(i + 16), \
      PTX_SUMS_4(i + 20), PTX_SUMS_4(i + 24), PTX_SUMS_4(i + 28)

// Starts d[64,256] (+)= a[64,16] b[16,256] for a warpgroup, four warps of which the first is a multiple of four:
// bf16 in, float out, either operand along k or across it. Of warp w of the four and lane l, with g = l / 4 and
// t = l % 4, d[4j] to d[4j + 3] are at (16w + g, 8j + 2t), (16w + g, 8j + 2t + 1), (16w + g + 8, 8j + 2t) and
// (16w + g + 8, 8j + 2t + 1).
template <bool A_ACROSS_K, bool B_ACROSS_K>
static __device__ __forceinline__ void wgmma_bf16(float (&d)[128], uint64_t a, uint64_t b, bool accumulate) {
#if defined(CUDASIM)
  cudasim::wgmma_m64n256k16_bf16<A_ACROSS_K, B_ACROSS_K>(d, a, b, accumulate);
#elif PTX_HOPPER
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "setp.ne.b32 p, %130, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,"
      "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,"
      "%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
      "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,"
      "%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,"
      "%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,"
      "%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,"
      "%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127}, "
      "%128, %129, p, 1, 1, %131, %132;\n"
      "}"
      : PTX_SUMS_32(0), PTX_SUMS_32(32), PTX_SUMS_32(64), PTX_SUMS_32(96)
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)), "n"(A_ACROSS_K), "n"(B_ACROSS_K));
#else
  __trap();
#endif
}

// d[64,256] (+)= a[64,8] b[8,256], tf32 in, both operands along k; d as above. What float has more is cut off.
static __device__ __forceinline__ void wgmma_tf32(float (&d)[128], uint64_t a, uint64_t b, bool accumulate) {
#if defined(CUDASIM)
  cudasim::wgmma_m64n256k8_tf32(d, a, b, accumulate);
#elif PTX_HOPPER
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "setp.ne.b32 p, %130, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n256k8.f32.tf32.tf32 {"
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,"
      "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,"
      "%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
      "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,"
      "%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,"
      "%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,"
      "%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,"
      "%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127}, "
      "%128, %129, p, 1, 1;\n"
      "}"
      : PTX_SUMS_32(0), PTX_SUMS_32(32), PTX_SUMS_32(64), PTX_SUMS_32(96)
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)));
#else
  __trap();
#endif
}
