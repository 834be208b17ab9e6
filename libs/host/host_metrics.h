// The metrics of a process around its services: how far consumers and outboxes are behind, what was
// refused, the disk, the certificates (README.md, "Metrics").
#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/eventlog/backlog_age.h"
#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::host {

// Looks every kSampleInterval on a thread of its own, so that a page of metrics never waits for a
// broker that is away. Metrics and participants outlive it.
class HostMetrics {
 public:
  HostMetrics(runtime::Metrics& metrics, std::vector<eventlog::Participant*> participants,
              std::vector<std::filesystem::path> folders);
  ~HostMetrics();
  // Of the certificates that this process was started with; a file that cannot be read has none.
  void SetCertificates(const rpc::TlsFiles& tls);
  void Start();
  void Stop();  // idempotent
  // Whose workers are looked at too; it outlives this, or Stop() comes first.
  void SetServer(const rpc::Server& server) { server_ = &server; }
  // One look; `now_ms` of a clock that does not go back. For tests, not beside Start().
  void Sample(std::int64_t now_ms);

 private:
  void SampleParticipant(const eventlog::Participant& participant, std::int64_t now_ms);
  void SampleUse(const std::string& pool, const runtime::Use& use);
  void Loop();

  runtime::Metrics& metrics_;
  std::vector<eventlog::Participant*> participants_;
  std::vector<std::filesystem::path> folders_;
  std::map<std::pair<std::string, eventlog::TopicPartition>, eventlog::BacklogAge> ages_;
  const rpc::Server* server_ = nullptr;
  std::map<runtime::Labels, std::int64_t> letters_;  // counted so far
  std::map<std::string, runtime::Use> used_;         // by pool, counted so far
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace plaza::host
