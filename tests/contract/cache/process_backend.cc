#include <atomic>
#include <chrono>

#include "libs/cache/process_cache.h"
#include "tests/contract/cache/backend.h"

namespace plaza::cache::contract {
namespace {

class ProcessBackend : public Backend {
 public:
  ProcessBackend() {
    ProcessCacheOptions options;
    options.clock = [this] {
      return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms_.load()));
    };
    cache_ = MakeProcessCache(options, metrics_);
  }
  Cache& cache() override { return *cache_; }
  void Pass() override { ++ms_; }

 private:
  std::atomic<int> ms_{1000};
  runtime::Metrics metrics_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"process", [] { return std::make_unique<ProcessBackend>(); }}};
}

}  // namespace plaza::cache::contract
