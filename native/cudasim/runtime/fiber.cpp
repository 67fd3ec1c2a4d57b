#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#if CUDASIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef CUDASIM_UCONTEXT
// Saves what a function must keep on the running stack, whose top goes to *from, and takes the same
// from the stack `to`. The System V ABI has the caller save the rest.
extern "C" void cudasim_switch(void** from, void* to);
asm(R"(
.text
.globl cudasim_switch
.hidden cudasim_switch
.type cudasim_switch, @function
cudasim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmp *%rcx
.size cudasim_switch, . - cudasim_switch
)");
#endif

namespace cudasim {

namespace {
constexpr size_t kPage = 4096;
}

Stack::Stack(unsigned number) {
  void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kPage, PROT_NONE)) {
    std::perror("cudasim: no memory for the stack of a thread");
    std::abort();
  }
  memory_ = static_cast<char*>(memory);
  // A prime number of lines and less than a page.
  top_ = memory_ + kSize - 64 - number % 61 * 64;
  clean();
}

Stack::~Stack() { munmap(memory_, kSize); }

void Stack::clean() {
#if CUDASIM_ASAN
  __asan_unpoison_memory_region(memory_ + kPage, kSize - kPage);
#endif
}

void Fiber::prepare(const Stack& stack, void (*entry)()) {
#if CUDASIM_ASAN
  bottom_ = stack.bottom();
  size_ = Stack::kSize;
  fake_stack_ = nullptr;
#endif
#ifdef CUDASIM_UCONTEXT
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack.bottom();
  context_.uc_stack.ss_size = size_t(stack.top() - stack.bottom());
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
#else
  void** top = reinterpret_cast<void**>(stack.top());
  *--top = nullptr;  // as if `entry` had been called: its frame is aligned
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < 6; i++) *--top = nullptr;
  stack_pointer_ = top;
#endif
}

void Fiber::change(Fiber& from, Fiber& to, [[maybe_unused]] bool last) {
#if CUDASIM_ASAN
  __sanitizer_start_switch_fiber(last ? nullptr : &from.fake_stack_, to.bottom_, to.size_);
#endif
#ifdef CUDASIM_UCONTEXT
  swapcontext(&from.context_, &to.context_);
#else
  cudasim_switch(&from.stack_pointer_, to.stack_pointer_);
#endif
#if CUDASIM_ASAN
  // Here again: who switched back is `to`, whose bounds are known.
  __sanitizer_finish_switch_fiber(from.fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::arrived([[maybe_unused]] Fiber& from) {
#if CUDASIM_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &from.bottom_, &from.size_);
#endif
}

}  // namespace cudasim
