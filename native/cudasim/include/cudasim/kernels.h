// How a kernel library tells the run time which kernels it has. The lines CUDASIM_KERNEL(name, threads) are
// written by register-kernels.
#pragma once
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cudasim {

struct Parameter {
  unsigned size;
  unsigned alignment;
  bool is_pointer;
};

struct Kernel {
  const char* name;
  unsigned max_threads;  // in a block, by its __launch_bounds__; 0 if it has none
  unsigned parameter_count;
  const Parameter* parameters;
  void (*call)(void** values);
  // An address in the library's thread-local memory, which holds its __shared__ variables.
  const void* (*shared_memory)();
};

template <auto F>
struct KernelOf;

template <typename... A, void (*F)(A...)>
struct KernelOf<F> {
  static_assert((std::is_trivially_copyable_v<std::remove_cv_t<A>> && ...),
                "a kernel's parameter is copied as bytes");

  static constexpr unsigned count = sizeof...(A);
  // One more than there are, since an array can't be empty.
  static constexpr Parameter parameters[] = {
      {sizeof(A), alignof(A), std::is_pointer_v<A>}..., {0, 1, false}};

  template <size_t... I>
  static void call_each([[maybe_unused]] void** values, std::index_sequence<I...>) {
    F(*static_cast<std::remove_cv_t<A>*>(values[I])...);
  }
  static void call(void** values) { call_each(values, std::index_sequence_for<A...>{}); }
};

void add_kernel(const Kernel* kernel);
void remove_kernel(const Kernel* kernel);

// Announces a kernel for as long as its library is loaded.
struct Announcement {
  const Kernel kernel;
  explicit Announcement(const Kernel& k) : kernel(k) { add_kernel(&kernel); }
  ~Announcement() { remove_kernel(&kernel); }
  Announcement(const Announcement&) = delete;
};

}  // namespace cudasim

#define CUDASIM_LIBRARY                                                   \
  static thread_local char cudasim_anchor;                                \
  static const void* cudasim_shared_memory() { return &cudasim_anchor; }
#define CUDASIM_KERNEL(function, max_threads)                                        \
  static const cudasim::Announcement cudasim_announcement_##function({               \
      #function, unsigned(max_threads), cudasim::KernelOf<&function>::count,         \
      cudasim::KernelOf<&function>::parameters, &cudasim::KernelOf<&function>::call, \
      &cudasim_shared_memory});
