#include "text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace ptxsim {

namespace {

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.';
}

}  // namespace

void Text::next() {
  while (at_ < text_.size()) {
    if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
      at_++;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      break;
    }
  }
  size_t end = at_;
  if (end < text_.size() && text_[end] == '"') {
    end = std::min(text_.find('"', end + 1), text_.size() - 1) + 1;
  } else if (end < text_.size()) {
    end++;
    if (in_word(text_[at_]) || text_[at_] == '-') {
      while (end < text_.size() && in_word(text_[end])) end++;
    }
  }
  word_ = text_.substr(at_, end - at_);
  at_ = end;
}

int Text::line() const {
  size_t end = place();
  lines_ += int(std::count(text_.begin() + long(counted_), text_.begin() + long(end), '\n'));
  counted_ = end;
  return lines_;
}

uint64_t Text::number() {
  uint64_t bits;
  if (!parse_number(peek(), bits)) refuse("has `" + std::string(peek()) + "` where a number was expected");
  next();
  return bits;
}

bool parse_number(std::string_view word, uint64_t& bits) {
  bool negative = !word.empty() && word[0] == '-';
  if (negative) word.remove_prefix(1);
  int base = 10;
  if (word.size() > 2 && word[0] == '0' && std::string_view("fFdDxX").find(word[1]) != word.npos) {
    base = 16;
    word.remove_prefix(2);
  }
  if (base == 10 && !word.empty() && word.back() == 'U') word.remove_suffix(1);
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), bits, base);
  if (error != std::errc() || end != word.data() + word.size()) return false;
  if (negative) bits = -bits;
  return true;
}

}  // namespace ptxsim
