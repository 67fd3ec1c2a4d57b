// Streams, events, capture, graphs.
#include "driver.h"

using namespace cudasim::driver;

#define STREAM(handle)                         \
  auto stream = driver().streams.find(handle); \
  if (!stream) return failed(ERROR_INVALID_HANDLE, __func__, "no such stream");

CUDA_API cuStreamCreateWithPriority(Stream** result, unsigned flags, int priority) {
  BEGIN
  if (flags > 1) RETURN(ERROR_INVALID_VALUE);
  *result = driver().streams.create(flags & 1, priority).get();
  return SUCCESS;
}
CUDA_API cuStreamCreate(Stream** result, unsigned flags) {
  return cuStreamCreateWithPriority(result, flags, 0);
}

CUDA_API cuStreamDestroy_v2(Stream* handle) {
  BEGIN
  STREAM(handle)
  if (stream == driver().streams.legacy()) RETURN(ERROR_INVALID_HANDLE);
  // Returns at once on the device; here nobody else would run what is left.
  Result result = driver().streams.finish(*stream);
  driver().streams.destroy(handle);
  RETURN(result);
}

CUDA_API cuStreamSynchronize(void* handle) {
  BEGIN
  STREAM(handle)
  if (stream->capture) {
    stream->capture->invalid = true;
    RETURN(ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is captured");
  }
  // Which waits for the blocking streams, whose work comes before what is asked of it next.
  if (stream == driver().streams.legacy()) {
    driver().streams.enqueue(stream, NodeType::kHost, [] { return SUCCESS; });
  }
  RETURN(driver().streams.finish(*stream));
}

// Each question runs one more piece of work, so that who asks often enough comes to the end.
CUDA_API cuStreamQuery(void* handle) {
  BEGIN
  STREAM(handle)
  if (stream->capture) {
    stream->capture->invalid = true;
    RETURN(ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is captured");
  }
  Result result = driver().streams.finish(*stream, stream->finished + 1);
  if (result) RETURN(result);
  return stream->finished == stream->enqueued ? SUCCESS : ERROR_NOT_READY;
}

CUDA_API cuStreamGetPriority(void* handle, int* priority) {
  BEGIN
  STREAM(handle)
  *priority = stream->priority;
  return SUCCESS;
}

CUDA_API cuStreamGetFlags(void* handle, unsigned* flags) {
  BEGIN
  STREAM(handle)
  *flags = !stream->waits_for_legacy;
  return SUCCESS;
}

CUDA_API cuStreamGetCtx(void* handle, Context** context) {
  BEGIN
  STREAM(handle)
  *context = current_context();
  return SUCCESS;
}

CUDA_API cuLaunchHostFunc(void* handle, void (*function)(void*), void* data) {
  BEGIN
  STREAM(handle)
  RETURN(driver().streams.enqueue(stream, NodeType::kHost, [=] {
    function(data);
    return SUCCESS;
  }));
}

// --- events -------------------------------------------------------------------------------------

#define NEEDS_EVENT(event) \
  BEGIN                    \
  if (!driver().events.has(event)) return failed(ERROR_INVALID_HANDLE, __func__, "no such event");

CUDA_API cuEventCreate(Event** event, unsigned flags) {
  BEGIN
  constexpr unsigned kDisableTiming = 2;
  *event = driver().events.add(std::make_unique<Event>());
  (*event)->timing = !(flags & kDisableTiming);
  return SUCCESS;
}

CUDA_API cuEventDestroy_v2(Event* event) {
  NEEDS_EVENT(event)
  if (event->stream) driver().streams.finish(*event->stream, event->position);
  driver().events.remove(event);
  return SUCCESS;
}

CUDA_API cuEventRecord(Event* event, void* handle) {
  NEEDS_EVENT(event)
  STREAM(handle)
  event->capture = stream->capture;
  if (stream->capture) return SUCCESS;
  // The event is alive when this runs: its destruction waits.
  Result result = driver().streams.enqueue(stream, NodeType::kHost, [event] {
    event->time = std::chrono::steady_clock::now();
    return SUCCESS;
  });
  event->stream = stream;
  event->position = stream->enqueued;
  RETURN(result);
}
CUDA_API cuEventRecordWithFlags(Event* event, void* handle, unsigned) {
  return cuEventRecord(event, handle);
}

CUDA_API cuStreamWaitEvent(void* handle, Event* event, unsigned) {
  NEEDS_EVENT(event)
  STREAM(handle)
  if (event->capture) {
    // The stream joins the capture, in which the order of the calls is kept.
    if (!stream->capture) stream->capture = event->capture;
    return SUCCESS;
  }
  if (!event->stream) return SUCCESS;
  RETURN(driver().streams.enqueue(
      stream, NodeType::kHost, [before = event->stream, position = event->position] {
        return driver().streams.finish(*before, position);
      }));
}

CUDA_API cuEventSynchronize(Event* event) {
  NEEDS_EVENT(event)
  if (!event->stream) return SUCCESS;
  RETURN(driver().streams.finish(*event->stream, event->position));
}

CUDA_API cuEventQuery(Event* event) {
  NEEDS_EVENT(event)
  if (!event->stream) return SUCCESS;
  Stream& stream = *event->stream;
  if (stream.finished < event->position) {
    if (Result result = driver().streams.finish(stream, stream.finished + 1)) RETURN(result);
  }
  return stream.finished >= event->position ? SUCCESS : ERROR_NOT_READY;
}

CUDA_API cuEventElapsedTime(float* milliseconds, Event* start, Event* end) {
  NEEDS_EVENT(start)
  if (!driver().events.has(end)) RETURN(ERROR_INVALID_HANDLE, "no such event");
  for (Event* event : {start, end}) {
    if (!event->stream || !event->timing) RETURN(ERROR_INVALID_HANDLE, "no time was recorded");
    if (event->stream->finished < event->position) return ERROR_NOT_READY;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return SUCCESS;
}

// --- capture and graphs -------------------------------------------------------------------------

CUDA_API cuStreamBeginCapture_v2(void* handle, int mode) {
  BEGIN
  STREAM(handle)
  if (mode < 0 || mode > 2) RETURN(ERROR_INVALID_VALUE);
  RETURN(driver().streams.begin_capture(*stream, CaptureMode(mode)));
}

CUDA_API cuStreamEndCapture(void* handle, Graph** graph) {
  BEGIN
  STREAM(handle)
  std::unique_ptr<Graph> captured;
  *graph = nullptr;
  if (Result result = driver().streams.end_capture(*stream, captured)) RETURN(result);
  *graph = driver().graphs.add(std::move(captured));
  return SUCCESS;
}

CUDA_API cuStreamIsCapturing(void* handle, int* status) {
  BEGIN
  STREAM(handle)
  *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
  return SUCCESS;
}

#define NEEDS_GRAPH(graph) \
  BEGIN                    \
  if (!driver().graphs.has(graph)) return failed(ERROR_INVALID_HANDLE, __func__, "no such graph");

CUDA_API cuGraphCreate(Graph** graph, unsigned) {
  BEGIN
  *graph = driver().graphs.add(std::make_unique<Graph>());
  return SUCCESS;
}

CUDA_API cuGraphGetNodes(Graph* graph, Node** nodes, size_t* count) {
  NEEDS_GRAPH(graph)
  if (nodes) {
    *count = std::min(*count, graph->nodes.size());
    for (size_t i = 0; i < *count; i++) nodes[i] = graph->nodes[i].get();
  } else {
    *count = graph->nodes.size();
  }
  return SUCCESS;
}

CUDA_API cuGraphNodeGetType(Node* node, int* type) {
  BEGIN
  *type = int(node->type);
  return SUCCESS;
}

CUDA_API cuGraphInstantiateWithFlags(GraphExec** exec, Graph* graph, unsigned long long) {
  NEEDS_GRAPH(graph)
  auto made = std::make_unique<GraphExec>();
  for (const auto& node : graph->nodes) made->nodes.emplace_back(node->type, node->work);
  *exec = driver().execs.add(std::move(made));
  return SUCCESS;
}

CUDA_API cuGraphDestroy(Graph* graph) {
  NEEDS_GRAPH(graph)
  driver().graphs.remove(graph);
  return SUCCESS;
}

#define NEEDS_EXEC(exec) \
  BEGIN                  \
  if (!driver().execs.has(exec)) return failed(ERROR_INVALID_HANDLE, __func__, "no such graph");

CUDA_API cuGraphUpload(GraphExec* exec, void* handle) {
  NEEDS_EXEC(exec)
  STREAM(handle)
  return SUCCESS;
}

CUDA_API cuGraphLaunch(GraphExec* exec, void* handle) {
  NEEDS_EXEC(exec)
  STREAM(handle)
  for (const auto& [type, work] : exec->nodes) {
    if (Result result = driver().streams.enqueue(stream, type, work)) RETURN(result);
  }
  return SUCCESS;
}

CUDA_API cuGraphExecDestroy(GraphExec* exec) {
  NEEDS_EXEC(exec)
  driver().execs.remove(exec);
  return SUCCESS;
}
