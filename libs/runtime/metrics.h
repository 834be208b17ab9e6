// The metrics registry (prometheus-cpp) behind plain handles, so that its headers stay in one file.
// Thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plaza::runtime {

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(std::int64_t n = 1) = 0;
  virtual void AddSeconds(double seconds) = 0;  // of one whose name says so
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(std::int64_t value) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;  // seconds, bytes: as the name says
};

using Labels = std::map<std::string, std::string>;

// Handles live as long as the registry. The same name and labels give the same handle.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter& AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const Labels& labels = {});
  std::string Expose() const;  // the text format of Prometheus

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::runtime
