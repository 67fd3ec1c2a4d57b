// Counts the instructions of the main loop of each kernel in machine code for NVIDIA GPUs, and holds them against
// recorded numbers: a change of a kernel, a header or the compiler that makes a loop worse fails a test, without a
// GPU.
//
//   sass list FILE.cubin...             a line a kernel: capability, kernel, registers, bytes of static shared
//                                       memory, instructions of the main loop, useful ones among them
//   sass check RECORDED FILE.cubin...   compares with such lines; a line starting with # is a remark
//
// The main loop is the shortest one with a barrier and the most useful instructions: products on tensor cores
// (HGMMA, or else HMMA), or multiply-adds (FFMA) in a kernel that has none of these. That of HGMMA waits for no barrier of
// the block. A kernel without such a loop counts as a whole.
//
// Exit status: 0 all right, 1 something fell behind, 2 wrong usage or no machine code.
#include <elf.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace {

// What an instruction is: the low nine bits say which, whatever its operands are.
enum Opcode : unsigned { FFMA = 0x023, HMMA = 0x03c, BAR = 0x11d, BRA = 0x147, HGMMA = 0x1f0 };

// From here on branches are encoded another way.
constexpr int kHopper = 90;

constexpr size_t kInstruction = 16;

struct Kernel {
  int capability = 0;
  std::string name;
  int registers = 0, shared = 0, loop = 0, useful = 0;
};

using Key = std::pair<int, std::string>;

template <typename T>
T read(const std::string& from, size_t at) {
  T value{};
  if (at + sizeof value <= from.size()) std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

struct Instruction {
  unsigned opcode;
  int64_t target;  // of a branch, as an index; else -1
};

std::vector<Instruction> decode(const std::string& code, int capability) {
  std::vector<Instruction> result;
  for (size_t at = 0; at + kInstruction <= code.size(); at += kInstruction) {
    uint64_t low = read<uint64_t>(code, at), high = read<uint64_t>(code, at + 8);
    Instruction one{unsigned(low & 0x1ff), -1};
    if (one.opcode == BRA) {
      // A signed offset in words from the next instruction, 48 bits from bit 34 on; on later devices its low eight
      // bits stand from bit 16 on.
      int64_t words = int64_t((high << 30 | low >> 34) << 16) >> 16;
      if (capability >= kHopper) words = words * 256 + int64_t(low >> 16 & 255);
      one.target = int64_t(at / kInstruction) + 1 + words * 4 / int64_t(kInstruction);
    }
    result.push_back(one);
  }
  return result;
}

void find_loop(const std::vector<Instruction>& code, Kernel& kernel) {
  auto count = [&](unsigned opcode, size_t from, size_t to) {
    int found = 0;
    for (size_t i = from; i < to; i++) found += code[i].opcode == opcode;
    return found;
  };
  unsigned wanted = FFMA;
  for (unsigned better : {HMMA, HGMMA}) {
    if (count(better, 0, code.size())) wanted = better;
  }
  for (size_t i = 0; i < code.size(); i++) {
    int64_t target = code[i].target;
    if (target < 0 || target > int64_t(i) || (wanted != HGMMA && !count(BAR, size_t(target), i))) continue;
    int useful = count(wanted, size_t(target), i), length = int(i - size_t(target)) + 1;
    // Of nested loops with the same work the shorter one is the inner one.
    if (useful > kernel.useful || (useful == kernel.useful && useful > 0 && length < kernel.loop)) {
      kernel.useful = useful;
      kernel.loop = length;
    }
  }
  if (kernel.useful == 0) {
    kernel.loop = int(code.size());
    kernel.useful = count(wanted, 0, code.size());
  }
}

std::vector<Kernel> kernels_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string image((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<Kernel> result;
  auto header = read<Elf64_Ehdr>(image, 0);
  if (image.compare(0, SELFMAG, ELFMAG) != 0 || header.e_machine != 190) return result;  // EM_CUDA
  int capability = int(header.e_ident[EI_ABIVERSION] >= 8 ? header.e_flags >> 8 & 255 : header.e_flags & 255);
  auto section = [&](unsigned i) { return read<Elf64_Shdr>(image, header.e_shoff + i * sizeof(Elf64_Shdr)); };
  size_t names = section(header.e_shstrndx).sh_offset;
  std::map<std::string, int> shared;
  std::map<unsigned, int> registers;  // by the number of the kernel's symbol
  for (unsigned i = 0; i < header.e_shnum; i++) {
    Elf64_Shdr one = section(i);
    if (names + one.sh_name >= image.size()) continue;
    std::string name = image.c_str() + names + one.sh_name;
    if (name.rfind(".nv.shared.", 0) == 0) shared[name.substr(11)] = int(one.sh_size);
    if (name == ".nv.info") {
      // Entries of a format, an attribute and a size; attribute 0x2f is a symbol and its registers.
      for (size_t at = one.sh_offset; at + 12 <= one.sh_offset + one.sh_size;) {
        bool sized = image[at] == 4;
        if (sized && image[at + 1] == 0x2f) registers[read<uint32_t>(image, at + 4)] = read<int>(image, at + 8);
        at += sized ? 4 + read<uint16_t>(image, at + 2) : 4;
      }
    }
    if (name.rfind(".text.", 0) != 0 || one.sh_offset + one.sh_size > image.size()) continue;
    Kernel kernel;
    kernel.capability = capability;
    kernel.name = name.substr(6);
    kernel.registers = registers[one.sh_info & 0xffffff];
    find_loop(decode(image.substr(one.sh_offset, one.sh_size), capability), kernel);
    result.push_back(kernel);
  }
  // From 9.0 on each kernel has a kilobyte of the system's.
  for (Kernel& kernel : result) kernel.shared = shared[kernel.name] % 1024;
  return result;
}

void print(const Kernel& k) {
  std::printf("%d %s %d %d %d %d %.0f%%\n", k.capability, k.name.c_str(), k.registers, k.shared, k.loop, k.useful,
              k.loop ? 100.0 * k.useful / k.loop : 0.0);
}

bool recorded(const std::string& file, std::map<Key, Kernel>& result) {
  std::ifstream in(file);
  std::string line;
  bool any = false;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    Kernel k;
    char name[256];
    if (std::sscanf(line.c_str(), "%d %255s %d %d %d %d", &k.capability, name, &k.registers, &k.shared, &k.loop,
                    &k.useful) != 6) {
      std::fprintf(stderr, "sass: %s: not a line of sass list: %s\n", file.c_str(), line.c_str());
      return false;
    }
    k.name = name;
    result[{k.capability, k.name}] = k;
    any = true;
  }
  if (!any) std::fprintf(stderr, "sass: %s has no recorded kernels\n", file.c_str());
  return any;
}

// What is behind the record, or an empty text. A share may fall by a hundredth; registers decide how many blocks
// share a multiprocessor, so they may grow to the next multiple of eight, in which they are given out.
std::string behind(const Kernel& now, const Kernel& then) {
  auto change = [](const char* what, int from, int to) {
    return std::string(what) + " " + std::to_string(from) + " -> " + std::to_string(to) + "; ";
  };
  std::string result;
  if ((now.registers + 7) / 8 > (then.registers + 7) / 8) result += change("registers", then.registers, now.registers);
  if (now.shared > then.shared) result += change("static shared memory", then.shared, now.shared);
  double share = double(now.useful) / now.loop, before = double(then.useful) / then.loop;
  if (share < before - 0.01) result += change("% useful in the main loop", int(100 * before), int(100 * share));
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  std::string command = count > 1 ? arguments[1] : "";
  bool checks = command == "check";
  int first = checks ? 3 : 2;
  if ((command != "list" && !checks) || count <= first) {
    std::fprintf(stderr, "usage: sass list FILE.cubin...\n       sass check RECORDED FILE.cubin...\n");
    return 2;
  }
  std::map<Key, Kernel> records;
  if (checks && !recorded(arguments[2], records)) return 2;
  int failures = 0, compared = 0;
  for (int i = first; i < count; i++) {
    std::vector<Kernel> all = kernels_of(arguments[i]);
    if (all.empty()) {
      std::fprintf(stderr, "sass: %s is no machine code for NVIDIA GPUs\n", arguments[i]);
      return 2;
    }
    for (const Kernel& kernel : all) {
      auto record = records.find({kernel.capability, kernel.name});
      if (!checks) print(kernel);
      if (record == records.end()) continue;
      compared++;
      std::string why = behind(kernel, record->second);
      if (why.empty()) continue;
      std::printf("FAIL %d %s: %s\n", kernel.capability, kernel.name.c_str(), why.c_str());
      failures++;
    }
  }
  if (checks) std::printf("%d kernels compared, %d behind\n", compared, failures);
  return failures ? 1 : checks && !compared ? 2 : 0;
}
