// Instructions that steer a warp, or that its lanes do together.
#include <atomic>

#include "block.h"
#include "instructions.h"

namespace ptxsim {

namespace {

// --- control --------------------------------------------------------------------------------------------------------

void branch(Warp& warp, const Instruction& i, Lanes lanes) { warp.branch(i.target, lanes); }
void end(Warp& warp, const Instruction&, Lanes lanes) { warp.end(lanes); }

void trap(Warp& warp, const Instruction& i, Lanes lanes) {
  warp.fail(i, unsigned(std::countr_zero(lanes)), "traps");
}

void fence(Warp&, const Instruction&, Lanes) { std::atomic_thread_fence(std::memory_order_seq_cst); }

template <bool COUNTED>
void barrier(Warp& warp, const Instruction& i, Lanes lanes) {
  if (!warp.together(warp.exist(), lanes)) return;
  unsigned threads = COUNTED ? warp.common(i, i.at[1], lanes) : 0;
  warp.block().arrive(warp, i, warp.common(i, i.at[0], lanes), threads, false, Block::kNoResult);
}

// Whether a thread of the block has the predicate.
void barrier_or(Warp& warp, const Instruction& i, Lanes lanes) {
  if (!warp.together(warp.exist(), lanes)) return;
  bool any = (*warp.values<Lanes>(i.at[2]) & lanes) != 0;
  warp.block().arrive(warp, i, warp.common(i, i.at[1], lanes), 0, any, i.at[0]);
}

// --- shuffles -------------------------------------------------------------------------------------------------------

enum class Mode { kButterfly, kIndex };

// result, [in range], value, b, clamp and mask of segments, members. A lane whose source is out of its segment keeps
// its own value.
template <Mode M, bool TELLS>
void shuffle(Warp& warp, const Instruction& i, Lanes lanes) {
  const uint32_t* at = i.at + TELLS;
  Lanes members = warp.common(i, at[4], lanes);
  if (lanes & ~members) warp.fail(i, unsigned(std::countr_zero(lanes & ~members)), "is no member of its own shuffle");
  if (!warp.together(members & warp.alive(), lanes)) return;
  uint32_t *d = warp.values<uint32_t>(i.at[0]), *a = warp.values<uint32_t>(at[1]);
  const uint32_t *b = warp.values<uint32_t>(at[2]), *c = warp.values<uint32_t>(at[3]);
  uint32_t values[kLanes];
  std::copy(a, a + kLanes, values);
  Lanes within = 0;
  each(lanes, [&](unsigned lane) {
    uint32_t segment = c[lane] >> 8 & 31, clamp = c[lane] & 31;
    uint32_t smallest = lane & segment, largest = smallest | (clamp & ~segment);
    unsigned from = M == Mode::kButterfly ? lane ^ (b[lane] & 31) : smallest | (b[lane] & 31 & ~segment);
    bool in = from <= largest;
    if (!in) from = lane;
    if (!(lanes >> from & 1)) warp.fail(i, lane, "shuffles from a lane that takes no part");
    within |= Lanes(in) << lane;
    d[lane] = values[from];
  });
  if (TELLS) warp.set_predicate(i.at[1], lanes, within);
}

// --- tensor cores ---------------------------------------------------------------------------------------------------

float tf32(uint32_t bits, unsigned) { return std::bit_cast<float>(bits & ~0x1fffu); }
float bf16(uint32_t bits, unsigned half) { return std::bit_cast<float>(half ? bits & 0xffff0000u : bits << 16); }

// d[16, 8] = a[16, K] b[K, 8] + c: registers of d, of a, of b, of c. A register holds PER values that are neighbours in
// k. Products are exact, and added in float one after the other.
template <unsigned PER, auto VALUE>
void multiply(Warp& warp, const Instruction& i, Lanes lanes) {
  if (!warp.together(kAllLanes, lanes)) return;
  constexpr unsigned K = 8 * PER;
  float a[16][K], b[8][K];
  for (unsigned lane = 0; lane < kLanes; lane++) {
    unsigned group = lane / 4, member = lane % 4;
    for (unsigned n = 0; n < 6; n++) {
      uint32_t bits = warp.values<uint32_t>(i.at[4 + n])[lane];
      // a: rows group and group + 8, then the same with k + 4 PER; b: column group, the same two k.
      bool left = n < 4;
      unsigned far = left ? n / 2 : n - 4;
      float* row = left ? a[group + n % 2 * 8] : b[group];
      for (unsigned half = 0; half < PER; half++) row[far * 4 * PER + member * PER + half] = VALUE(bits, half);
    }
  }
  for (unsigned lane = 0; lane < kLanes; lane++) {
    for (unsigned n = 0; n < 4; n++) {
      unsigned row = lane / 4 + n / 2 * 8, column = lane % 4 * 2 + n % 2;
      float sum = warp.values<float>(i.at[10 + n])[lane];
      for (unsigned k = 0; k < K; k++) sum += a[row][k] * b[column][k];
      warp.values<float>(i.at[n])[lane] = sum;
    }
  }
}

Table all_forms() {
  Table table;
  add_arithmetic(table);
  add_memory(table);
  add_warps(table);
  return table;
}

}  // namespace

void add_warps(Table& table) {
  table.add("bra", "", branch);
  table.add("ret", "", end);
  table.add("exit", "", end);
  table.add("trap", "", trap);
  table.add("membar.gl", "", fence);
  table.add("membar.cta", "", fence);
  table.add("bar.sync", "w", barrier<false>);
  table.add("bar.sync", "ww", barrier<true>);
  table.add("bar.red.or.pred", "pwp", barrier_or);
  table.add("shfl.sync.bfly.b32", "wwwww", shuffle<Mode::kButterfly, false>);
  table.add("shfl.sync.bfly.b32", "w|pwwww", shuffle<Mode::kButterfly, true>);
  table.add("shfl.sync.idx.b32", "wwwww", shuffle<Mode::kIndex, false>);
  table.add("shfl.sync.idx.b32", "w|pwwww", shuffle<Mode::kIndex, true>);
  const std::string operands = "{wwww}{wwww}{ww}{wwww}", mma = "mma.sync.aligned.m16n8";
  table.add(mma + "k8.row.col.f32.tf32.tf32.f32", operands, multiply<1, tf32>);
  table.add(mma + "k16.row.col.f32.bf16.bf16.f32", operands, multiply<2, bf16>);
}

const std::vector<Form>& forms(std::string_view name) {
  static const Table table = all_forms();
  static const std::vector<Form> none;
  auto entry = table.forms.find(name);
  return entry == table.forms.end() ? none : entry->second;
}

}  // namespace ptxsim
