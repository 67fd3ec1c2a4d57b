// PTX as a row of words and marks.
#pragma once
#include <string>
#include <string_view>

#include "program.h"

namespace ptxsim {

// Reads words (names, numbers, `.directives`) and single marks; comments are passed over.
class Text {
 public:
  explicit Text(std::string_view text, size_t at = 0) : text_(text), at_(at) { next(); }

  // The word or mark that comes next; empty at the end.
  std::string_view peek() const { return word_; }
  size_t place() const { return at_ - word_.size(); }

  std::string_view take() {
    std::string_view word = word_;
    next();
    return word;
  }
  bool skip(std::string_view word) {
    if (word_ != word) return false;
    next();
    return true;
  }
  void expect(std::string_view word) {
    if (!skip(word)) refuse("has `" + std::string(word_) + "` where `" + std::string(word) + "` was expected");
  }
  uint64_t number();
  int line() const;
  [[noreturn]] void refuse(const std::string& why) const {
    throw BadText("PTX, line " + std::to_string(line()) + ": " + why);
  }

 private:
  void next();

  std::string_view text_, word_;
  size_t at_;
  mutable size_t counted_ = 0;
  mutable int lines_ = 1;
};

// The bits of `0f3F800000`, `0d3FF0000000000000`, `-1`, `0x10`; false if it is no number.
bool parse_number(std::string_view word, uint64_t& bits);

}  // namespace ptxsim
