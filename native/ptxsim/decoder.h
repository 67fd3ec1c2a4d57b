// What the two parts of the decoder share.
#pragma once
#include "text.h"

namespace ptxsim {

// `.align 16 .b8 name[4] = {1, 2, 3, 4}`, from its first directive on.
struct Declaration {
  std::string name;
  uint32_t alignment;
  uint64_t bytes;
  uint64_t count;  // of elements; 0 for an array whose size the launch gives
  std::vector<char> content;
};
Declaration declaration(Text& text);

// The bytes of `.u32` and the like; 0 if it is no type.
uint32_t type_bytes(std::string_view type);

// Decodes the kernel whose name comes next. `shared` is what it uses of shared memory outside of kernels, with
// alignments for addresses, and 0 bytes where the launch gives the size.
Kernel decode(Text text, const std::map<std::string, Variable>& globals,
              const std::map<std::string, Variable>& shared);

}  // namespace ptxsim
