// The table of instructions while it is made, and who fills it.
#pragma once
#include <string>
#include <unordered_map>

#include "program.h"

namespace ptxsim {

struct Table {
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::vector<Form>, Hash, std::equal_to<>> forms;

  void add(const std::string& name, const std::string& operands, Action action) {
    forms[name].push_back({action, operands});
  }
};

void add_arithmetic(Table& table);
void add_memory(Table& table);
void add_warps(Table& table);

}  // namespace ptxsim
