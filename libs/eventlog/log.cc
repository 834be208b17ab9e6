#include "libs/eventlog/log.h"

namespace plaza::eventlog {

Result<std::int64_t> Log::EndOffset(const TopicPartition& of) {
  PLAZA_ASSIGN_OR_RETURN(const std::vector<std::int64_t> ends, EndOffsets({&of, 1}));
  return ends.front();
}

std::string ToText(const TopicPartition& at) {
  return at.topic + "[" + std::to_string(at.partition) + "]";
}

std::uint64_t Log::AppendGeneration() const {
  std::lock_guard<std::mutex> lock(generation_mutex_);
  return generation_;
}

void Log::WaitForAppend(std::uint64_t seen, std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(generation_mutex_);
  appended_.wait_for(lock, timeout, [&] { return generation_ != seen; });
}

void Log::WakeWaiters() { NoteAppend(); }

void Log::NoteAppend() {
  {
    std::lock_guard<std::mutex> lock(generation_mutex_);
    ++generation_;
  }
  appended_.notify_all();
}

}  // namespace plaza::eventlog
