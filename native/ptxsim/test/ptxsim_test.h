// What the interpreter's tests share: a kernel of which only the body is written, run on some words.
#pragma once
#include "../../kernelcheck/check.h"

#include <string>
#include <vector>

using Words = std::vector<uint32_t>;

// What a run wrote, and its complaint, if it has one.
struct Outcome {
  Words words;
  std::string wrong;
};

struct Shape {
  unsigned threads = 32, shared = 0;  // bytes of the array `dynamic`
};

// Runs a block of the body. %r1 is the thread; %rd1 is the address of its words of the input, which all threads share
// alike, %rd2 that of its words of the output. Registers are %p, %rs, %r, %f of 32 bits, %rd and %fd, 64 of each.
Outcome run(const std::string& body, const Words& input, size_t output_words, const Shape& shape = {});

// That the run ends with a complaint that has these words.
void check_fault(const std::string& body, const std::string& words, const Shape& shape = {});

void test_instructions();
void test_matrices();
void test_faults();
