#include "libs/host/host_metrics.h"

#include <algorithm>
#include <chrono>

#include "libs/host/limits.h"
#include "libs/rpc/certificate.h"

namespace plaza::host {

HostMetrics::HostMetrics(runtime::Metrics& metrics,
                         std::vector<eventlog::Participant*> participants,
                         std::vector<std::filesystem::path> folders)
    : metrics_(metrics), participants_(std::move(participants)), folders_(std::move(folders)) {}

HostMetrics::~HostMetrics() { Stop(); }

void HostMetrics::SetCertificates(const rpc::TlsFiles& tls) {
  rpc::SetExpiryMetrics(metrics_, tls, "server");
}

void HostMetrics::SampleParticipant(const eventlog::Participant& participant, std::int64_t now_ms) {
  const std::string& group = participant.name();
  const eventlog::ConsumerProgress progress = participant.Progress();
  struct Behind {
    std::int64_t lag = 0;
    std::int64_t age_ms = 0;
  };
  std::map<std::string, Behind> topics;
  for (const eventlog::PartitionProgress& one : progress.partitions) {
    Behind& behind = topics[one.at.topic];
    behind.lag += std::max<std::int64_t>(one.end - one.next, 0);
    const std::int64_t age_ms = ages_[{group, one.at}].Look(now_ms, one.next, one.end);
    behind.age_ms = std::max(behind.age_ms, age_ms);
  }
  for (const auto& [topic, behind] : topics) {
    const runtime::Labels labels{{"group", group}, {"topic", topic}};
    metrics_.AddGauge("plaza_consumer_lag", "Records not yet handled", labels).Set(behind.lag);
    metrics_
        .AddGauge("plaza_consumer_oldest_seconds",
                  "How long the oldest record that is not yet handled has been seen in the log",
                  labels)
        .Set(behind.age_ms / 1000);
  }
  metrics_
      .AddGauge("plaza_consumer_failing", "1 while a consumer or relay cannot go on",
                {{"group", group}})
      .Set(progress.last_error.empty() ? 0 : 1);
  metrics_.AddGauge("plaza_outbox_rows", "Batches not yet in the log", {{"group", group}})
      .Set(participant.OutboxPending());
  for (const auto& [what, n] : progress.dead_letters) {
    const runtime::Labels labels{{"group", group}, {"topic", what.first}, {"reason", what.second}};
    std::int64_t& counted = letters_[labels];
    metrics_.AddCounter("plaza_dead_letters_total", "Records refused by a consumer", labels)
        .Add(n - counted);
    counted = n;
  }
}

void HostMetrics::SampleUse(const std::string& pool, const runtime::Use& use) {
  const runtime::Labels labels{{"pool", pool}};
  runtime::Use& counted = used_[pool];
  const auto seconds = [](std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  metrics_.AddGauge("plaza_pool_size", "How many may be busy at once", labels).Set(use.size);
  metrics_.AddGauge("plaza_pool_busy", "How many are busy", labels).Set(use.busy);
  metrics_.AddGauge("plaza_pool_waiting", "Who waits for one", labels).Set(use.waiting);
  metrics_.AddCounter("plaza_pool_busy_seconds_total", "Time that all together were busy", labels)
      .AddSeconds(seconds(use.busy_time - counted.busy_time));
  metrics_
      .AddCounter("plaza_pool_waited_seconds_total", "Time that all who got one had waited", labels)
      .AddSeconds(seconds(use.waited_time - counted.waited_time));
  counted = use;
}

void HostMetrics::Sample(std::int64_t now_ms) {
  for (eventlog::Participant* participant : participants_) {
    SampleParticipant(*participant, now_ms);
    const store::Db::SessionUse use = participant->db().use();
    SampleUse(participant->name() + ".readers", use.readers);
    SampleUse(participant->name() + ".writer", use.writer);
  }
  if (server_ != nullptr) SampleUse("rpc", server_->worker_use());
  for (const std::filesystem::path& folder : folders_) {
    std::error_code failed;
    const auto space = std::filesystem::space(folder, failed);
    if (failed) continue;
    const runtime::Labels labels{{"folder", folder.string()}};
    metrics_.AddGauge("plaza_disk_free_bytes", "Free on the disk of a folder", labels)
        .Set(static_cast<std::int64_t>(space.available));
    metrics_.AddGauge("plaza_disk_size_bytes", "Size of the disk of a folder", labels)
        .Set(static_cast<std::int64_t>(space.capacity));
  }
}

void HostMetrics::Start() {
  stopping_ = false;
  thread_ = std::thread([this] { Loop(); });
}

void HostMetrics::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HostMetrics::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    Sample(std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
               .count());
    lock.lock();
    wake_.wait_for(lock, kSampleInterval, [this] { return stopping_; });
  }
}

}  // namespace plaza::host
