// The state of the driver, and how each exported function begins.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "memory.h"
#include "module.h"
#include "result.h"
#include "settings.h"
#include "stream.h"

namespace cudasim::driver {

class Context {
 public:
  Context(int device, unsigned flags) : device(device), flags(flags) {}
  const int device;
  unsigned flags;
};

// Objects behind handles: a handle that is none is told from one that is.
template <typename T>
class Handles {
 public:
  T* add(std::unique_ptr<T> object) {
    T* handle = object.get();
    objects_[handle] = std::move(object);
    return handle;
  }
  bool has(const T* handle) const { return objects_.contains(const_cast<T*>(handle)); }
  bool remove(T* handle) { return objects_.erase(handle); }
  template <typename Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(objects_, [&](const auto& entry) { return predicate(*entry.second); });
  }

 private:
  std::map<T*, std::unique_ptr<T>> objects_;
};

struct Driver {
  std::recursive_mutex mutex;  // one call at a time; a host function may call again
  bool initialized = false;
  Memory memory;
  Streams streams;
  Handles<Context> contexts;
  std::map<int, Context*> primary;      // by device
  std::map<int, int> primary_retained;  // by device
  Handles<Module> modules;
  Handles<Event> events;
  Handles<Graph> graphs;
  Handles<GraphExec> execs;

  bool has(const Function* function) const;
  std::set<const Function*> functions;

  // Unloads the modules that the predicate holds for, and forgets their functions.
  template <typename Predicate>
  void unload(Predicate predicate) {
    modules.remove_if([&](const Module& module) {
      if (!predicate(module)) return false;
      for (const auto& function : module.functions) functions.erase(function.get());
      return true;
    });
  }

  // Runs a kernel now.
  Result run(const Function& function, Launch launch, std::vector<char> parameters);
};

Driver& driver();

// The contexts of this thread, the current one last.
std::vector<Context*>& context_stack();
Context* current_context();

// Why a call that needs a context can't go on, or SUCCESS.
Result usable();

}  // namespace cudasim::driver

#define CUDA_API extern "C" __attribute__((visibility("default"))) int

// Ends the call, if it fails with a word for the log.
#define RETURN(result, ...)                                                        \
  do {                                                                             \
    Result result_ = (result);                                                     \
    return result_ ? failed(result_, __func__ __VA_OPT__(, ) __VA_ARGS__) : SUCCESS; \
  } while (0)

#define LOCKED std::lock_guard<std::recursive_mutex> lock_(driver().mutex);

// What begins a call that needs a context.
#define BEGIN \
  LOCKED      \
  if (Result usable_ = usable()) return failed(usable_, __func__);

// The same for one that must not happen while a stream is captured.
#define BEGIN_UNCAPTURED                                                      \
  BEGIN                                                                       \
  if (driver().streams.forbidden()) {                                         \
    return failed(ERROR_STREAM_CAPTURE_UNSUPPORTED, __func__, "a stream is captured"); \
  }
