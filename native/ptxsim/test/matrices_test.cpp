// Tensor cores, ldmatrix and asynchronous copies, with fragments as the PTX ISA has them ("Matrix Fragments for
// mma.m16n8k8", "... for mma.m16n8k16", "Warp-level matrix load instruction: ldmatrix").
#include <bit>

#include "ptxsim_test.h"

namespace {

// Whole numbers, so that a product is exact in any order.
std::vector<int> matrix(size_t size) { return random_ints(size, -8, 8); }
uint32_t bits(int value) { return std::bit_cast<uint32_t>(float(value)); }

// K values a row of a; `per` of them in a register.
void product(const std::string& instruction, int K, int per) {
  std::vector<int> a = matrix(size_t(16 * K)), b = matrix(size_t(K * 8)), c = matrix(16 * 8);
  Words input;
  for (int lane = 0; lane < 32; lane++) {
    int group = lane >> 2, member = lane % 4;
    auto push = [&](auto element, int first) {
      uint32_t word = bits(element(first));
      input.push_back(per == 1 ? word : word >> 16 | (bits(element(first + 1)) & 0xffff0000u));
    };
    for (int i = 0; i < 4 * per; i += per) {
      push([&](int e) {
        int row = per == 1 ? (e == 0 || e == 2 ? group : group + 8) : (e < 2 || (e >= 4 && e < 6) ? group : group + 8);
        int column = per == 1 ? (e < 2 ? member : member + 4) : member * 2 + (e & 1) + (e < 4 ? 0 : 8);
        return a[size_t(row * K + column)];
      }, i);
    }
    for (int i = 0; i < 2 * per; i += per) {
      push([&](int e) {
        int row = per == 1 ? member + 4 * e : member * 2 + (e & 1) + (e < 2 ? 0 : 8);
        return b[size_t(row * 8 + group)];
      }, i);
    }
    for (int i = 0; i < 4; i++) input.push_back(bits(c[size_t((group + (i < 2 ? 0 : 8)) * 8 + member * 2 + (i & 1))]));
  }
  std::string load;
  for (int i = 0; i < 10; i++) {
    load += "ld.global.u32 %r" + std::to_string(10 + i) + ", [%rd1+" + std::to_string(4 * i) + "]; ";
    if (i >= 6) load += "mov.b32 %f" + std::to_string(i) + ", %r" + std::to_string(10 + i) + ";\n";
  }
  const std::string sums = "{%f6,%f7,%f8,%f9}";
  Outcome outcome = run(load + instruction + sums + ", {%r10,%r11,%r12,%r13}, {%r14,%r15}, " + sums +
                            ";\nst.global.v4.f32 [%rd2], " + sums + ";",
                        input, 128);
  check(outcome.wrong.empty(), outcome.wrong);
  for (int lane = 0; lane < 32; lane++) {
    for (int i = 0; i < 4; i++) {
      int row = (lane >> 2) + (i < 2 ? 0 : 8), column = lane % 4 * 2 + (i & 1);
      int sum = c[size_t(row * 8 + column)];
      for (int k = 0; k < K; k++) sum += a[size_t(row * K + k)] * b[size_t(k * 8 + column)];
      check(outcome.words[size_t(4 * lane + i)] == bits(sum), instruction + " at " + std::to_string(row) + ", " +
                                                                  std::to_string(column));
    }
  }
}

// Row r of matrix m has the values 100 m + 10 r + column, and lies where lane 8 m + r says.
void load_matrix(bool transposed) {
  Words input;
  for (unsigned lane = 0; lane < 32; lane++) {
    for (unsigned pair = 0; pair < 4; pair++) {
      unsigned first = lane / 8 * 100 + lane % 8 * 10 + 2 * pair;
      input.push_back(first | (first + 1) << 16);
    }
  }
  Outcome outcome = run(
      "ld.global.v4.u32 {%r2,%r3,%r4,%r5}, [%rd1]; xor.b32 %r6, %r1, 5; shl.b32 %r6, %r6, 4; mov.u32 %r7, fixed;\n"
      "add.s32 %r6, %r6, %r7; st.shared.v4.u32 [%r6], {%r2,%r3,%r4,%r5};\n"
      "ldmatrix.sync.aligned.m8n8.x4" + std::string(transposed ? ".trans" : "") +
          ".shared.b16 {%r10,%r11,%r12,%r13}, [%r6];\nst.global.v4.u32 [%rd2], {%r10,%r11,%r12,%r13};",
      input, 128);
  check(outcome.wrong.empty(), outcome.wrong);
  for (unsigned lane = 0; lane < 32; lane++) {
    for (unsigned m = 0; m < 4; m++) {
      unsigned i = lane / 4, j = lane % 4 * 2, step = transposed ? 10 : 1;
      unsigned first = 100 * m + (transposed ? 10 * j + i : 10 * i + j);
      check(outcome.words[4 * lane + m] == (first | (first + step) << 16), "ldmatrix in lane " + std::to_string(lane));
    }
  }
}

// Two groups, the first of which is waited for and read, then the second, of which a part is 0.
void asynchronous() {
  Words input(64);
  for (uint32_t i = 0; i < 64; i++) input[i] = 1000 + i;
  Outcome outcome = run(
      "shl.b32 %r2, %r1, 3; mov.u32 %r3, dynamic; add.s32 %r3, %r3, %r2; add.s32 %r4, %r3, 4; add.s64 %rd3, %rd1, 4;\n"
      "cp.async.ca.shared.global [%r3], [%rd1], 4, 4; cp.async.commit_group;\n"
      "cp.async.ca.shared.global [%r4], [%rd3], 4, 2; cp.async.commit_group;\n"
      "cp.async.wait_group 1; ld.shared.u32 %r5, [%r3]; cp.async.wait_group 0; ld.shared.u32 %r6, [%r3+4];\n"
      "st.global.v2.u32 [%rd2], {%r5, %r6};",
      input, 64, {32, 256});
  check(outcome.wrong.empty(), outcome.wrong);
  check(outcome.words == input, "asynchronous copies");
}

}  // namespace

void test_matrices() {
  product("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 8, 1);
  product("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 16, 2);
  load_matrix(false);
  load_matrix(true);
  asynchronous();
}
