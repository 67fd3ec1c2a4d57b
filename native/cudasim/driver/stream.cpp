#include "stream.h"

#include <algorithm>

#include "settings.h"

namespace cudasim::driver {

Streams::Streams() : legacy_(std::make_shared<Stream>()) {}

std::shared_ptr<Stream> Streams::create(bool non_blocking, int priority) {
  auto stream = std::make_shared<Stream>();
  stream->waits_for_legacy = !non_blocking;
  stream->priority = priority;
  streams_.push_back(stream);
  return stream;
}

void Streams::destroy(Stream* stream) {
  std::erase_if(streams_, [&](const auto& other) { return other.get() == stream; });
}

std::shared_ptr<Stream> Streams::find(void* handle) const {
  if (reinterpret_cast<uintptr_t>(handle) <= 2) return legacy_;
  for (const auto& stream : streams_) {
    if (stream.get() == handle) return stream;
  }
  return nullptr;
}

Result Streams::enqueue(const std::shared_ptr<Stream>& stream, NodeType type, Work work) {
  if (stream->capture) {
    stream->capture->graph->nodes.push_back(std::make_unique<Node>(Node{type, std::move(work)}));
    return SUCCESS;
  }
  if (stream == legacy_) {
    // Waits for all that stands in the streams that wait for it.
    std::vector<std::pair<std::shared_ptr<Stream>, uint64_t>> before;
    for (const auto& other : streams_) {
      if (other->waits_for_legacy) before.emplace_back(other, other->enqueued);
    }
    push(*stream, [this, before = std::move(before), work = std::move(work)] {
      for (const auto& [other, position] : before) finish(*other, position);
      return work();
    });
  } else if (stream->waits_for_legacy) {
    push(*stream, [this, position = legacy_->enqueued, work = std::move(work)] {
      finish(*legacy_, position);
      return work();
    });
  } else {
    push(*stream, std::move(work));
  }
  return SUCCESS;
}

void Streams::push(Stream& stream, Work work) {
  stream.queue.push_back(std::move(work));
  stream.enqueued++;
  if (settings().eager) finish(stream);
}

Result Streams::finish(Stream& stream, uint64_t position) {
  while (stream.finished < position && !stream.queue.empty()) {
    Work work = std::move(stream.queue.front());
    stream.queue.pop_front();
    stream.finished++;
    // After an error nothing runs any more.
    if (!sticky) sticky = work();
  }
  return sticky;
}

Result Streams::finish_all() {
  finish(*legacy_);
  for (size_t i = 0; i < streams_.size(); i++) finish(*streams_[i]);
  return sticky;
}

void Streams::clear() {
  auto clear_one = [](Stream& stream) {
    stream.queue.clear();
    stream.finished = stream.enqueued;
    stream.capture = nullptr;
  };
  clear_one(*legacy_);
  for (auto& stream : streams_) clear_one(*stream);
}

bool Streams::forbidden() {
  bool result = false;
  for (auto& stream : streams_) {
    if (!stream->capture) continue;
    Capture& capture = *stream->capture;
    bool forbids = capture.mode == CaptureMode::kGlobal ||
                   (capture.mode == CaptureMode::kThreadLocal &&
                    capture.thread == std::this_thread::get_id());
    if (forbids) capture.invalid = result = true;
  }
  return result;
}

Result Streams::begin_capture(Stream& stream, CaptureMode mode) {
  if (&stream == legacy_.get()) return ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (stream.capture) return ERROR_INVALID_VALUE;
  stream.capture = std::make_shared<Capture>();
  stream.capture->origin = &stream;
  stream.capture->mode = mode;
  stream.capture->thread = std::this_thread::get_id();
  return SUCCESS;
}

Result Streams::end_capture(Stream& stream, std::unique_ptr<Graph>& graph) {
  std::shared_ptr<Capture> capture = stream.capture;
  if (!capture || capture->origin != &stream) return ERROR_INVALID_VALUE;
  for (auto& other : streams_) {
    if (other->capture == capture) other->capture = nullptr;
  }
  if (capture->invalid) return ERROR_STREAM_CAPTURE_INVALIDATED;
  graph = std::move(capture->graph);
  return SUCCESS;
}

}  // namespace cudasim::driver
