#include "decoder.h"

#include <algorithm>

namespace ptxsim {

namespace {

uint32_t rounded(uint64_t value, uint64_t multiple) { return uint32_t((value + multiple - 1) / multiple * multiple); }

// Bytes of a register of a lane, by its letter in a form.
unsigned lane_bytes(char letter) { return letter == 'h' ? 2 : letter == 'w' ? 4 : 8; }

// Registers that are declared together; count 0: one whose name has no number.
struct Registers {
  char letter;
  uint32_t first, stride;
  uint64_t count;
};

// An operand as it is written. Its letter: that of a register; `#` a number, `$` the address of a variable;
// and in brackets `a` and `A` a register of 32 and of 64 bits, `@` a variable.
struct Operand {
  char letter;
  uint32_t at = 0;
  uint64_t value = 0;
};

bool fits(char form, char operand) {
  switch (operand) {
    case '#': return form == 'p' || form == 'h' || form == 'w' || form == 'd';
    case '$': return form == 'w' || form == 'd';
    case '@': return form == 'a' || form == 'A';
    default: return form == operand;
  }
}

constexpr const char* kSpecials[] = {"%tid.x", "%tid.y", "%tid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%ntid.x",
                                     "%ntid.y", "%ntid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid"};

class Decoder {
 public:
  Decoder(Text text, const std::map<std::string, Variable>& globals, const std::map<std::string, Variable>& shared)
      : text_(text), globals_(globals), outside_(shared) {}

  Kernel run() {
    head();
    text_.expect("{");
    for (const auto& [name, variable] : outside_) {
      if (variable.size) add_shared(name, variable.address, variable.size);
    }
    scopes_.emplace_back();
    while (!scopes_.empty()) statement();
    for (const auto& [instruction, label] : branches_) {
      auto target = labels_.find(label);
      if (target == labels_.end()) text_.refuse("has no label " + label);
      kernel_.code[instruction].target = target->second;
    }
    dynamic_shared();
    return std::move(kernel_);
  }

 private:
  void head() {
    kernel_.name = text_.take();
    text_.expect("(");
    while (!text_.skip(")")) {
      text_.expect(".param");
      Declaration parameter = declaration(text_);
      uint32_t at = rounded(kernel_.parameter_bytes, parameter.alignment);
      kernel_.parameters.push_back({at, uint32_t(parameter.bytes), parameter.alignment});
      kernel_.parameter_bytes = at + uint32_t(parameter.bytes);
      symbols_[parameter.name] = at;
      text_.skip(",");
    }
    while (text_.peek() != "{") {
      bool threads = text_.take() == ".maxntid";
      uint64_t product = 1;
      do product *= text_.number(); while (text_.skip(","));
      if (threads) kernel_.max_threads = unsigned(product);
    }
  }

  void statement() {
    if (text_.skip("{")) {
      scopes_.emplace_back();
    } else if (text_.skip("}")) {
      scopes_.pop_back();
    } else if (text_.peek().empty()) {
      text_.refuse("the kernel has no end");
    } else if (text_.peek()[0] == '.') {
      directive(text_.take());
      text_.expect(";");
    } else {
      instruction();
    }
  }

  void directive(std::string_view word) {
    if (word == ".pragma") {
      text_.take();
    } else if (word == ".reg") {
      registers();
    } else if (word == ".local") {
      Declaration variable = declaration(text_);
      uint32_t at = rounded(kernel_.local_bytes, variable.alignment);
      symbols_[variable.name] = at;
      kernel_.local_bytes = at + uint32_t(variable.bytes);
    } else if (word == ".shared") {
      Declaration variable = declaration(text_);
      if (has_dynamic_) text_.refuse("declares shared memory behind its first use");
      add_shared(variable.name, variable.alignment, variable.bytes);
    } else {
      text_.refuse("has `" + std::string(word) + "`, which is not known here");
    }
  }

  void add_shared(const std::string& name, uint64_t alignment, uint64_t bytes) {
    kernel_.static_shared = rounded(kernel_.static_shared, alignment) + uint32_t(bytes);
    uint64_t at = rounded(shared_end_ + kGap, alignment);
    shared_end_ = at + bytes;
    symbols_[name] = at;
    kernel_.shared.push_back({at, bytes});
  }

  void registers() {
    std::string_view type = text_.take();
    uint32_t bytes = type_bytes(type);
    char letter = type == ".pred" ? 'p' : bytes == 8 ? 'd' : bytes == 4 ? 'w' : 'h';
    if (letter != 'p' && bytes < 2) text_.refuse("has registers of the unknown type " + std::string(type));
    uint32_t stride = letter == 'p' ? uint32_t(sizeof(Lanes)) : bytes * kLanes;
    do {
      std::string name(text_.take());
      uint64_t count = 0;
      if (text_.skip("<")) {
        count = text_.number();
        text_.expect(">");
      }
      scopes_.back()[name] = {letter, room(uint32_t(std::max<uint64_t>(count, 1) * stride)), stride, count};
    } while (text_.skip(","));
  }

  void instruction() {
    Instruction result{};
    result.line = text_.line();
    if (text_.skip("@")) {
      result.guarded = true;
      result.negated = text_.skip("!");
      Operand guard = operand();
      if (guard.letter != 'p') text_.refuse("has a guard that is no predicate");
      result.guard = guard.at;
    }
    std::string name(text_.take());
    if (!result.guarded && text_.skip(":")) {
      labels_[name] = uint32_t(kernel_.code.size());
      return;
    }
    result.number = uint32_t(kernel_.code.size());
    if (name == "bra" || name == "bra.uni") {
      branches_.emplace_back(result.number, text_.take());
      name = "bra";
    }
    std::vector<Operand> operands;
    std::string shape;
    while (!text_.skip(";")) {
      if (text_.skip(",")) continue;
      if (text_.peek() == "{" || text_.peek() == "}" || text_.peek() == "|") {
        shape += text_.take();
        continue;
      }
      operands.push_back(text_.skip("[") ? address(result) : operand());
      shape += operands.back().letter;
    }
    const std::vector<Form>& known = forms(name);
    auto form = std::find_if(known.begin(), known.end(), [&](const Form& f) {
      return std::equal(f.operands.begin(), f.operands.end(), shape.begin(), shape.end(), fits);
    });
    if (form == known.end()) text_.refuse(name + " with operands " + shape + " is not known here");
    result.action = form->action;
    size_t next = 0;
    for (char letter : form->operands) {
      if (letter == '{' || letter == '}' || letter == '|') continue;
      Operand& o = operands[next];
      bool is_constant = o.letter == '#' || o.letter == '$' || o.letter == '@';
      result.at[next++] = is_constant ? constant(letter == 'a' ? 'w' : letter == 'A' ? 'd' : letter, o.value) : o.at;
    }
    result.operands = unsigned(next);
    kernel_.code.push_back(result);
  }

  Operand operand() {
    std::string_view word = text_.take();
    uint64_t bits;
    if (parse_number(word, bits)) return {'#', 0, bits};
    Operand result{' '};
    if (find_register(word, result)) return result;
    return {'$', 0, symbol(std::string(word))};
  }

  Operand address(Instruction& instruction) {
    Operand result = operand();
    if (text_.skip("+")) instruction.offset = int64_t(text_.number());
    text_.expect("]");
    result.letter = result.letter == 'w' ? 'a' : result.letter == 'd' ? 'A' : '@';
    return result;
  }

  bool find_register(std::string_view name, Operand& result) {
    auto special = std::find(std::begin(kSpecials), std::end(kSpecials), name);
    if (special != std::end(kSpecials)) {
      auto which = Special(special - std::begin(kSpecials));
      auto [entry, added] = specials_.try_emplace(which, kernel_.register_bytes);
      if (added) kernel_.specials.emplace_back(which, room(4 * kLanes));
      result = {'w', entry->second};
      return true;
    }
    std::string_view stem = name.substr(0, name.find_last_not_of("0123456789") + 1);
    uint64_t number = 0;
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      auto whole = scope->find(name);
      if (whole != scope->end() && whole->second.count == 0) {
        result = {whole->second.letter, whole->second.first};
        return true;
      }
      auto range = scope->find(stem);
      if (range != scope->end() && parse_number(name.substr(stem.size()), number) && number < range->second.count) {
        result = {range->second.letter, range->second.first + uint32_t(number) * range->second.stride};
        return true;
      }
    }
    return false;
  }

  uint64_t symbol(const std::string& name) {
    auto own = symbols_.find(name);
    if (own != symbols_.end()) return own->second;
    auto global = globals_.find(name);
    if (global != globals_.end()) return global->second.address;
    if (!outside_.contains(name)) text_.refuse("has the unknown name " + name);
    return dynamic_shared();
  }

  // Where dynamic shared memory begins: behind all that is declared.
  uint64_t dynamic_shared() {
    if (!has_dynamic_) {
      uint64_t alignment = 16;
      for (const auto& [name, variable] : outside_) alignment = std::max(alignment, variable.address);
      kernel_.shared.push_back({rounded(shared_end_ + kGap, alignment), 0});
      has_dynamic_ = true;
    }
    return kernel_.shared.back().address;
  }

  uint32_t constant(char letter, uint64_t value) {
    if (letter == 'p') value = value ? kAllLanes : 0;
    auto [entry, added] = constants_.try_emplace({letter, value}, kernel_.register_bytes);
    if (added) {
      unsigned bytes = letter == 'p' ? unsigned(sizeof(Lanes)) : lane_bytes(letter);
      kernel_.constants.push_back({room(bytes * (letter == 'p' ? 1 : kLanes)), letter == 'p' ? 0 : bytes, value});
    }
    return entry->second;
  }

  uint32_t room(uint32_t bytes) {
    uint32_t at = kernel_.register_bytes;
    kernel_.register_bytes = rounded(at + bytes, 64);
    return at;
  }

  Text text_;
  const std::map<std::string, Variable>&globals_, &outside_;
  Kernel kernel_;
  std::vector<std::map<std::string, Registers, std::less<>>> scopes_;
  std::map<std::string, uint64_t> symbols_;
  std::map<std::pair<char, uint64_t>, uint32_t> constants_;
  std::map<Special, uint32_t> specials_;
  std::map<std::string, uint32_t> labels_;
  std::vector<std::pair<uint32_t, std::string>> branches_;
  uint64_t shared_end_ = 0;
  bool has_dynamic_ = false;
};

}  // namespace

Kernel decode(Text text, const std::map<std::string, Variable>& globals,
              const std::map<std::string, Variable>& shared) {
  return Decoder(text, globals, shared).run();
}

}  // namespace ptxsim
