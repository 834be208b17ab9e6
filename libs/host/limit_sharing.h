// A thread that shares a limiter's counts with the other copies of the service, round after round.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/host/cache_counts.h"

namespace plaza::host {

class LimitSharing {
 public:
  // `limiter` outlives this.
  LimitSharing(rpc::Limiter& limiter, std::unique_ptr<cache::Cache> cache);
  ~LimitSharing();
  LimitSharing(const LimitSharing&) = delete;
  LimitSharing& operator=(const LimitSharing&) = delete;

 private:
  void Run();
  rpc::Limiter& limiter_;
  std::unique_ptr<cache::Cache> cache_;
  CacheCounts counts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace plaza::host
