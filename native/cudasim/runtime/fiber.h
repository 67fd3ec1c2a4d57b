// A fiber: a stack of its own, and the switch to it and back.
#pragma once
#include <cstddef>

#include "sanitizer.h"

// Switching by ucontext costs two system calls. Processors for which there is assembly do without.
#if !defined(__x86_64__) && !defined(CUDASIM_UCONTEXT)
#define CUDASIM_UCONTEXT 1
#endif

#ifdef CUDASIM_UCONTEXT
#include <ucontext.h>
#endif

namespace cudasim {

// Memory for the frames of one thread, with a page before its end that none may touch. The sanitizer
// makes frames larger.
class Stack {
 public:
  static constexpr size_t kSize = CUDASIM_ASAN ? 512 << 10 : 64 << 10;

  // `number` shifts the first frame, so that not all threads' frames fall into the same cache sets.
  explicit Stack(unsigned number);
  ~Stack();
  Stack(const Stack&) = delete;

  // Forgets the red zones of frames that have not returned: their thread never goes on. Frames that return leave none.
  void clean();

  char* bottom() const { return memory_; }
  char* top() const { return top_; }

 private:
  char* memory_;
  char* top_;
};

// Where a suspended flow of control goes on.
class Fiber {
 public:
  // Makes it start `entry`, which must never return, on the stack when it is next switched to.
  void prepare(const Stack& stack, void (*entry)());

  // Suspends the running flow as `from` and goes on with `to`. `last`: the running one never goes on.
  static void change(Fiber& from, Fiber& to, bool last = false);

  // What a flow calls first when it has been switched to for the first time.
  static void arrived(Fiber& from);

 private:
#ifdef CUDASIM_UCONTEXT
  ucontext_t context_;
#else
  void* stack_pointer_ = nullptr;
#endif
#if CUDASIM_ASAN
  // The bounds of its stack, and the frames that the sanitizer keeps aside for it.
  const void* bottom_ = nullptr;
  size_t size_ = 0;
  void* fake_stack_ = nullptr;
#endif
};

}  // namespace cudasim
