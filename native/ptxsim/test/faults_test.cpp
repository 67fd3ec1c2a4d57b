// Kernels that are wrong, and what is said of them.
#include "ptxsim_test.h"

namespace {

void memory() {
  check_fault("ld.global.u32 %r2, [%rd2+508];", "thread 1 is out of bounds in global memory, 4 bytes at 524 of 512");
  check_fault("st.global.v4.u32 [%rd2+4], {%r1,%r1,%r1,%r1};", "misaligned");
  check_fault("mov.u64 %rd3, 16; ld.global.u32 %r2, [%rd3];", "an address where no memory is");
  check_fault("ld.param.u32 %r2, [kernel_param_1+8];", "parameter memory");
  const std::string shared = " bytes of shared memory at";
  check_fault("ld.shared.u32 %r2, [fixed];", "reads what nothing has written, 4" + shared);
  check_fault("st.shared.u32 [fixed+512], %r1;", "is outside of the kernel's variables");
  check_fault("st.shared.u32 [dynamic+64], %r1;", "misaligned or impossible address in shared", {32, 64});
  check_fault("mov.u32 %r2, fixed; ld.shared.u64 %rd3, [%r2+4];", "misaligned");
  check_fault("mov.u32 %r2, fixed; shl.b32 %r3, %r1, 3; add.s32 %r2, %r2, %r3; st.shared.u64 [%r2], %rd1;\n"
              "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r3,%r4,%r5,%r6}, [%r2];", "misaligned");
}

void races() {
  const std::string mine = "shl.b32 %r2, %r1, 2; mov.u32 %r3, dynamic; add.s32 %r4, %r3, %r2;\n";
  const std::string theirs = "xor.b32 %r5, %r2, 128; add.s32 %r5, %r3, %r5;\n";
  const std::string write = "st.shared.u32 [%r4], %r1;\n", read = "ld.shared.u32 %r6, [%r5];\n", wait = "bar.sync 0;\n";
  // Each of two warps writes its half and then reads the other's.
  const std::string begin = mine + theirs + write + wait + "setp.lt.u32 %p1, %r1, 32;\n";
  const Shape two{64, 256};
  check(run(begin + read + wait + write, Words(64), 64, two).wrong.empty(), "writes and reads with barriers");
  // The complaint is of a read or of a write, by who comes first.
  check_fault(begin + "@%p1 " + write + "@!%p1 " + read, "has no barrier between it and a ", two);
  check_fault(begin + "@%p1 " + read + "@!%p1 " + write, "has no barrier between it and a ", two);
  check_fault(mine + "st.shared.u32 [dynamic], %r1;", "has no barrier between it and a write of another warp", two);
}

void copies() {
  const std::string copy = "shl.b32 %r2, %r1, 2; mov.u32 %r3, dynamic; add.s32 %r4, %r3, %r2;\n"
                           "cp.async.ca.shared.global [%r4], [%rd1], 4, 4;\n";
  const std::string read = "ld.shared.u32 %r5, [%r4];\n", early = "meets an asynchronous copy that was not waited for";
  const Shape one{32, 128};
  check_fault(copy + read, early, one);
  check_fault(copy + "cp.async.commit_group; cp.async.wait_group 1;\n" + read, early, one);
  check_fault(copy + "cp.async.wait_group 0;\n" + read, early, one);  // it is in no group yet
  check_fault(copy + "st.shared.u32 [%r4], %r1;", early, one);
  check_fault("add.s64 %rd3, %rd1, 4; cp.async.cg.shared.global [fixed], [%rd3], 16, 16;", "misaligned");
  check_fault("cp.async.cg.shared.global [fixed], [%rd1], 16, 32;", "copies more than there is room for");
}

void warps() {
  check_fault("setp.eq.s32 %p1, %r1, 3; @%p1 bra out; shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;\nout:",
              "shuffles from a lane that takes no part");
  check_fault("setp.eq.s32 %p1, %r1, 3; @%p1 bra out; bar.sync 0;\nout:", "waits for lanes of its warp");
  check_fault("setp.lt.s32 %p1, %r1, 32; @%p1 bra out; bar.sync 0;\nout:", "its warps wait for ever", {64});
  check_fault("setp.ge.s32 %p1, %r1, 16; @%p1 ret; mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
              "{%f1,%f2,%f3,%f4}, {%r2,%r3,%r4,%r5}, {%r6,%r7}, {%f1,%f2,%f3,%f4};", "waits for lanes of its warp");
  check_fault("shfl.sync.idx.b32 %r2, %r1, 0, 31, 1;", "is no member of its own shuffle");
  check_fault("bar.sync %r1;", "has another operand than the lanes beside it");
  check_fault("setp.eq.s32 %p1, %r1, 9; @%p1 trap;", "thread 9 traps at line");
}

void texts() {
  check_fault("wgmma.fence.sync.aligned;", "wgmma.fence.sync.aligned with operands  is not known here");
  check_fault("add.s32 %r2, %r1, %rd1;", "add.s32 with operands wwd is not known here");
  check_fault("mov.u32 %r2, %clock;", "has the unknown name %clock");
  check_fault("bra nowhere;", "has no label nowhere");
  check_fault(".param .b32 x;", "has `.param`, which is not known here");
}

}  // namespace

void test_faults() {
  memory();
  races();
  copies();
  warps();
  texts();
}
