// Instructions that read and write memory.
#include <cstring>

#include "block.h"
#include "instructions.h"

namespace ptxsim {

namespace {

enum class Space { kGlobal, kShared, kLocal, kParameter };

// The memory that a lane's address means, checked.
template <Space S>
unsigned char* locate(Warp& warp, const Instruction& i, unsigned lane, uint64_t address, unsigned bytes,
                      Access access) {
  if constexpr (S == Space::kGlobal) return warp.block().global(warp, i, lane, address, bytes);
  if constexpr (S == Space::kShared) return warp.block().shared(warp, i, lane, address, bytes, access);
  const bool local = S == Space::kLocal;
  const uint64_t size = local ? warp.local().size() / kLanes : warp.block().task().kernel.parameter_bytes;
  if (address & (bytes - 1) || address >= size || size - address < bytes) {
    warp.fail(i, lane, Block::impossible(local ? "local" : "parameter", address, bytes));
  }
  if (local) return warp.local().data() + lane * size + address;
  // Nothing writes parameters: there are no such forms.
  return reinterpret_cast<unsigned char*>(const_cast<char*>(warp.block().task().parameters)) + address;
}

// Shared memory has addresses of 32 bits.
template <Space S>
using Address = std::conditional_t<S == Space::kShared, uint32_t, uint64_t>;

// Values of type T in memory, each in a register of type R, of which there are as many as operands beside the address.
constexpr unsigned kLongestVector = 4;

template <Space S, typename T, typename R>
void load(Warp& warp, const Instruction& i, Lanes lanes) {
  const unsigned count = i.operands - 1;
  const auto* addresses = warp.values<Address<S>>(i.at[count]);
  each(lanes, [&](unsigned lane) {
    uint64_t address = addresses[lane] + Address<S>(i.offset);
    T values[kLongestVector];
    std::memcpy(values, locate<S>(warp, i, lane, address, count * sizeof(T), Access::kRead), count * sizeof(T));
    for (unsigned n = 0; n < count; n++) warp.values<R>(i.at[n])[lane] = R(values[n]);
  });
}

template <Space S, typename T, typename R>
void store(Warp& warp, const Instruction& i, Lanes lanes) {
  const unsigned count = i.operands - 1;
  const auto* addresses = warp.values<Address<S>>(i.at[0]);
  each(lanes, [&](unsigned lane) {
    uint64_t address = addresses[lane] + Address<S>(i.offset);
    T values[kLongestVector];
    for (unsigned n = 0; n < count; n++) values[n] = T(warp.values<R>(i.at[1 + n])[lane]);
    std::memcpy(locate<S>(warp, i, lane, address, count * sizeof(T), Access::kWrite), values, count * sizeof(T));
  });
}

// Reads and writes of a type in a space, as registers of a letter hold it, alone and in vectors.
void add_accesses(Table& table, const std::string& name, unsigned bytes, char letter, Action load, Action store) {
  const std::string space = name.substr(0, name.find('.')), type = name.substr(name.find('.'));
  const std::string address = space == "shared" ? "a" : "A";
  for (std::string cached : {"", ".ca", ".cg", ".cs", ".nc", ".wb", ".wt"}) {
    if (!cached.empty() && space != "global") continue;
    for (unsigned count = 1; count <= kLongestVector && count * bytes <= 16; count *= 2) {
      std::string suffix = space + cached + (count > 1 ? ".v" + std::to_string(count) : "") + type;
      std::string values(count, letter);
      if (count > 1) values = "{" + values + "}";
      table.add("ld." + suffix, values + address, load);
      if (store) table.add("st." + suffix, address + values, store);
    }
  }
}

template <Space S>
void add_space(Table& table, const std::string& space) {
  auto add = [&]<typename T, typename R>(T, R, std::initializer_list<const char*> types) {
    char letter = sizeof(R) == 2 ? 'h' : sizeof(R) == 4 ? 'w' : 'd';
    Action write = nullptr;
    if constexpr (S != Space::kParameter) write = store<S, T, R>;
    for (const char* type : types) add_accesses(table, space + "." + type, sizeof(T), letter, load<S, T, R>, write);
  };
  add(uint8_t(), uint16_t(), {"u8", "b8"});
  add(uint8_t(), uint32_t(), {"u8", "b8"});
  add(uint16_t(), uint16_t(), {"u16", "s16", "b16"});
  add(uint32_t(), uint32_t(), {"u32", "s32", "b32", "f32"});
  add(uint32_t(), uint64_t(), {"u32", "b32"});
  add(int32_t(), uint64_t(), {"s32"});  // with its sign
  add(uint64_t(), uint64_t(), {"u64", "s64", "b64", "f64"});
}

// --- atomic operations ----------------------------------------------------------------------------------------------

template <auto F>
void atomic(Warp& warp, const Instruction& i, Lanes lanes) {
  const uint64_t* addresses = warp.values<uint64_t>(i.at[1]);
  uint32_t* before = warp.values<uint32_t>(i.at[0]);
  const uint32_t *b = warp.values<uint32_t>(i.at[2]), *c = warp.values<uint32_t>(i.at[3]);
  each(lanes, [&](unsigned lane) {
    uint64_t address = addresses[lane] + uint64_t(i.offset);
    auto* memory = locate<Space::kGlobal>(warp, i, lane, address, sizeof(uint32_t), Access::kWrite);
    before[lane] = F(reinterpret_cast<uint32_t*>(memory), b[lane], c[lane]);
  });
}

uint32_t add_atomically(uint32_t* memory, uint32_t value, uint32_t) {
  return __atomic_fetch_add(memory, value, __ATOMIC_ACQ_REL);
}

uint32_t compare_and_swap(uint32_t* memory, uint32_t expected, uint32_t value) {
  __atomic_compare_exchange_n(memory, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  return expected;
}

// --- asynchronous copies --------------------------------------------------------------------------------------------

// [shared], [global], bytes, bytes of the source: the rest becomes 0. The copy happens when its lane waits for it.
void copy_async(Warp& warp, const Instruction& i, Lanes lanes) {
  const uint32_t *to = warp.values<uint32_t>(i.at[0]), *bytes = warp.values<uint32_t>(i.at[2]);
  const uint64_t* from = warp.values<uint64_t>(i.at[1]);
  const uint32_t* source = warp.values<uint32_t>(i.at[3]);
  each(lanes, [&](unsigned lane) {
    if (source[lane] > bytes[lane]) warp.fail(i, lane, "copies more than there is room for");
    locate<Space::kShared>(warp, i, lane, to[lane], bytes[lane], Access::kFill);
    const unsigned char* global = nullptr;
    if (source[lane] == bytes[lane]) {
      global = locate<Space::kGlobal>(warp, i, lane, from[lane], bytes[lane], Access::kRead);
    } else {
      if (source[lane] && from[lane] % bytes[lane]) {
        warp.fail(i, lane, Block::impossible("global", from[lane], bytes[lane]));
      }
      for (unsigned n = 0; n < source[lane]; n++) warp.block().global(warp, i, lane, from[lane] + n, 1);
      global = reinterpret_cast<const unsigned char*>(from[lane]);
    }
    warp.copy({lane, warp.group(lane), to[lane], global, bytes[lane], source[lane]});
  });
}

void commit(Warp& warp, const Instruction&, Lanes lanes) {
  each(lanes, [&](unsigned lane) { warp.group(lane)++; });
}

void wait_group(Warp& warp, const Instruction& i, Lanes lanes) {
  // Besides these, the copies that are not committed yet.
  warp.finish_copies(lanes, 1 + warp.common(i, i.at[0], lanes));
}

void wait_all(Warp& warp, const Instruction&, Lanes lanes) {
  warp.finish_copies(lanes, 0);
}

// --- matrices -------------------------------------------------------------------------------------------------------

// ldmatrix: of each of COUNT matrices of 8 x 8 values of 16 bits, eight lanes bring the rows' addresses. A lane gets
// the pair at row lane / 4, columns 2 (lane % 4) and the next; transposed, that of the transposed matrix.
template <unsigned COUNT, bool TRANSPOSED>
void load_matrices(Warp& warp, const Instruction& i, Lanes lanes) {
  if (!warp.together(kAllLanes, lanes)) return;
  const uint32_t* addresses = warp.values<uint32_t>(i.at[COUNT]);
  uint16_t values[COUNT][8][8];
  for (unsigned n = 0; n < 8 * COUNT; n++) {
    uint32_t address = addresses[n] + uint32_t(i.offset);
    std::memcpy(values[n / 8][n % 8], locate<Space::kShared>(warp, i, n, address, 16, Access::kRead), 16);
  }
  for (unsigned n = 0; n < COUNT; n++) {
    for (unsigned lane = 0; lane < kLanes; lane++) {
      unsigned row = lane / 4, column = lane % 4 * 2;
      uint32_t low = TRANSPOSED ? values[n][column][row] : values[n][row][column];
      uint32_t high = TRANSPOSED ? values[n][column + 1][row] : values[n][row][column + 1];
      warp.values<uint32_t>(i.at[n])[lane] = low | high << 16;
    }
  }
}

}  // namespace

void add_memory(Table& table) {
  add_space<Space::kGlobal>(table, "global");
  add_space<Space::kShared>(table, "shared");
  add_space<Space::kLocal>(table, "local");
  add_space<Space::kParameter>(table, "param");
  table.add("atom.global.add.u32", "wAw", atomic<add_atomically>);
  table.add("atom.global.cas.b32", "wAww", atomic<compare_and_swap>);
  // The grid's barrier.
  table.add("atom.add.release.gpu.global.u32", "wAw", atomic<add_atomically>);
  table.add("ld.acquire.gpu.global.u32", "wA", load<Space::kGlobal, uint32_t, uint32_t>);
  table.add("cp.async.ca.shared.global", "aAww", copy_async);
  table.add("cp.async.cg.shared.global", "aAww", copy_async);
  table.add("cp.async.commit_group", "", commit);
  table.add("cp.async.wait_group", "w", wait_group);
  table.add("cp.async.wait_all", "", wait_all);
  const std::string ldmatrix = "ldmatrix.sync.aligned.m8n8.x";
  table.add(ldmatrix + "1.shared.b16", "{w}a", load_matrices<1, false>);
  table.add(ldmatrix + "2.shared.b16", "{ww}a", load_matrices<2, false>);
  table.add(ldmatrix + "4.shared.b16", "{wwww}a", load_matrices<4, false>);
  table.add(ldmatrix + "1.trans.shared.b16", "{w}a", load_matrices<1, true>);
  table.add(ldmatrix + "2.trans.shared.b16", "{ww}a", load_matrices<2, true>);
  table.add(ldmatrix + "4.trans.shared.b16", "{wwww}a", load_matrices<4, true>);
}

}  // namespace ptxsim
