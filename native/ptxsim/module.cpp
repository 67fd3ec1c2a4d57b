// The outer part of a text: its variables, and where its kernels stand.
#include <algorithm>
#include <cstring>

#include "decoder.h"

namespace ptxsim {

namespace {

// Past the body of a kernel, whose `{` is the next character that is one.
size_t past_body(std::string_view text, size_t at) {
  int depth = 0;
  for (at = text.find('{', at); at < text.size(); at++) {
    depth += (text[at] == '{') - (text[at] == '}');
    if (depth == 0) return at + 1;
  }
  throw BadText("PTX: a kernel without an end");
}

}  // namespace

Declaration declaration(Text& text) {
  Declaration result{"", 4, 0, 1, {}};
  uint64_t element = 0;
  while (text.peek().starts_with('.')) {
    std::string_view word = text.take();
    if (word == ".align") {
      result.alignment = uint32_t(text.number());
    } else {
      element = type_bytes(word);
      if (!element) text.refuse("has a variable of the unknown type " + std::string(word));
    }
  }
  result.name = text.take();
  result.alignment = std::max(result.alignment, uint32_t(element));
  if (text.skip("[")) {
    result.count = text.peek() == "]" ? 0 : text.number();
    text.expect("]");
  }
  result.bytes = element * result.count;
  if (text.skip("=")) {
    text.expect("{");
    do {
      uint64_t value = text.number();
      const char* bytes = reinterpret_cast<const char*>(&value);
      result.content.insert(result.content.end(), bytes, bytes + element);
    } while (text.skip(","));
    text.expect("}");
  }
  return result;
}

uint32_t type_bytes(std::string_view type) {
  if (type.ends_with("64")) return 8;
  if (type.ends_with("32")) return 4;
  if (type.ends_with("16")) return 2;
  return type.ends_with("8") ? 1 : 0;
}

Module::Module(std::string source) : text_(std::move(source)) {
  for (Text text(text_); !text.peek().empty();) {
    std::string_view word = text.take();
    if (word == ".version" || word == ".target" || word == ".address_size") {
      text.take();
      while (text.skip(",")) text.take();
    } else if (word == ".entry") {
      size_t begin = text.place();
      entries_[std::string(text.peek())] = begin;
      text = Text(text_, past_body(text_, begin));
    } else if (word == ".global" || word == ".const") {
      Declaration variable = declaration(text);
      text.expect(";");
      auto& memory = storage_.emplace_back(variable.bytes / 8 + 1);
      std::memcpy(memory.data(), variable.content.data(), variable.content.size());
      globals_[variable.name] = {reinterpret_cast<uintptr_t>(memory.data()), variable.bytes};
    } else if (word == ".shared") {
      Declaration variable = declaration(text);
      text.expect(";");
      shared_[variable.name] = {variable.alignment, variable.bytes};
    } else if (word != ".visible" && word != ".extern" && word != ".weak") {
      text.refuse("has `" + std::string(word) + "` outside of a kernel, which is not known here");
    }
  }
}

const Kernel* Module::kernel(const std::string& name) {
  auto entry = entries_.find(name);
  if (entry == entries_.end()) return nullptr;
  auto& kernel = kernels_[name];
  if (!kernel) {
    std::string_view text = std::string_view(text_).substr(0, past_body(text_, entry->second));
    // Shared memory outside of kernels is part of those that mention it.
    auto shared = shared_;
    std::erase_if(shared, [&](const auto& variable) { return text.find(variable.first, entry->second) == text.npos; });
    kernel = std::make_unique<Kernel>(decode(Text(text, entry->second), globals_, shared));
  }
  return kernel.get();
}

const Variable* Module::global(const std::string& name) const {
  auto entry = globals_.find(name);
  return entry == globals_.end() ? nullptr : &entry->second;
}

}  // namespace ptxsim
