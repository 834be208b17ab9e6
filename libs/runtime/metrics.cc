#include "libs/runtime/metrics.h"

#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace plaza::runtime {
namespace {

class CounterHandle : public Counter {
 public:
  explicit CounterHandle(prometheus::Counter& counter) : counter_(&counter) {}
  void Add(std::int64_t n) override { counter_->Increment(static_cast<double>(n)); }
  void AddSeconds(double seconds) override { counter_->Increment(seconds); }

 private:
  prometheus::Counter* counter_;
};

class GaugeHandle : public Gauge {
 public:
  explicit GaugeHandle(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void Set(std::int64_t value) override { gauge_->Set(static_cast<double>(value)); }

 private:
  prometheus::Gauge* gauge_;
};

class HistogramHandle : public Histogram {
 public:
  explicit HistogramHandle(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void Observe(double value) override { histogram_->Observe(value); }

 private:
  prometheus::Histogram* histogram_;
};

using Key = std::pair<std::string, Labels>;

}  // namespace

struct Metrics::Impl {
  std::mutex mutex;
  prometheus::Registry registry;  // merges families of one name
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& handle = impl_->counters[{name, labels}];
  if (!handle) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    handle = std::make_unique<CounterHandle>(family.Add(labels));
  }
  return *handle;
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& handle = impl_->gauges[{name, labels}];
  if (!handle) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    handle = std::make_unique<GaugeHandle>(family.Add(labels));
  }
  return *handle;
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& handle = impl_->histograms[{name, labels}];
  if (!handle) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    handle = std::make_unique<HistogramHandle>(family.Add(labels, bounds));
  }
  return *handle;
}

std::string Metrics::Expose() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace plaza::runtime
