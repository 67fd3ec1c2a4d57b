// Streams, events and graphs.
//
// A stream is lazy: what is asked of it runs when somebody waits for it, and not before. So a missing
// synchronisation shows as a wrong result every time. CUDASIM_EAGER=1 runs everything at once.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "result.h"

namespace cudasim::driver {

using Work = std::function<Result()>;

// As the driver numbers them.
enum class NodeType { kKernel = 0, kCopy = 1, kFill = 2, kHost = 3 };

struct Node {
  NodeType type;
  Work work;
};

// Captured work in the order of the capture, which is a line also where streams forked and joined.
struct Graph {
  std::vector<std::unique_ptr<Node>> nodes;
};

// What has become an executable: shares the work of its graph.
struct GraphExec {
  std::vector<std::pair<NodeType, Work>> nodes;
};

enum class CaptureMode { kGlobal = 0, kThreadLocal = 1, kRelaxed = 2 };

struct Stream;

struct Capture {
  std::unique_ptr<Graph> graph = std::make_unique<Graph>();
  Stream* origin;
  CaptureMode mode;
  std::thread::id thread;
  bool invalid = false;
};

struct Stream {
  std::deque<Work> queue;
  uint64_t enqueued = 0, finished = 0;  // counted from its start
  bool waits_for_legacy = true;         // not CU_STREAM_NON_BLOCKING
  int priority = 0;
  std::shared_ptr<Capture> capture;
};

struct Event {
  std::shared_ptr<Stream> stream;  // that it was last recorded in; null: never
  uint64_t position = 0;           // how much of the stream is before it
  std::chrono::steady_clock::time_point time;
  bool timing = true;
  std::shared_ptr<Capture> capture;  // that it was recorded in
};

// All streams of the process.
class Streams {
 public:
  Streams();

  std::shared_ptr<Stream> create(bool non_blocking, int priority);
  void destroy(Stream* stream);
  // The stream of a handle, of which 0, 1 and 2 name the legacy one; null if there is none.
  std::shared_ptr<Stream> find(void* handle) const;
  const std::shared_ptr<Stream>& legacy() const { return legacy_; }

  // Puts work at the end of the stream, or into the graph that it captures.
  Result enqueue(const std::shared_ptr<Stream>& stream, NodeType type, Work work);

  // Runs what stands in the stream up to a position. The first error stays in `sticky` for good.
  Result finish(Stream& stream, uint64_t position);
  Result finish(Stream& stream) { return finish(stream, stream.enqueued); }
  Result finish_all();
  // Forgets what has not run.
  void clear();

  // Called by what must not happen during a capture: true if there is one that forbids it, which is
  // then spoilt.
  bool forbidden();

  Result begin_capture(Stream& stream, CaptureMode mode);
  Result end_capture(Stream& stream, std::unique_ptr<Graph>& graph);

  Result sticky = SUCCESS;

 private:
  void push(Stream& stream, Work work);

  std::shared_ptr<Stream> legacy_;
  std::vector<std::shared_ptr<Stream>> streams_;
};

}  // namespace cudasim::driver
