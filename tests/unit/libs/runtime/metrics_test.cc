#include "libs/runtime/metrics.h"

#include <gmock/gmock.h>

namespace plaza::runtime {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, TheSameNameAndLabelsGiveTheSameHandle) {
  Metrics metrics;
  Counter& a = metrics.AddCounter("plaza_a_total", "A", {{"x", "1"}});
  Counter& b = metrics.AddCounter("plaza_a_total", "A", {{"x", "1"}});
  Counter& c = metrics.AddCounter("plaza_a_total", "A", {{"x", "2"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &c);
  a.Add();
  b.Add(2);
  c.Add(5);
  EXPECT_THAT(metrics.Expose(), HasSubstr("plaza_a_total{x=\"1\"} 3"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("plaza_a_total{x=\"2\"} 5"));
}

TEST(MetricsTest, GaugesAndHistograms) {
  Metrics metrics;
  metrics.AddGauge("plaza_lag", "Lag").Set(7);
  Histogram& seconds = metrics.AddHistogram("plaza_seconds", "Time", {0.1, 1});
  seconds.Observe(0.05);
  seconds.Observe(0.5);
  seconds.Observe(5);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("plaza_lag 7"));
  EXPECT_THAT(text, HasSubstr("plaza_seconds_count 3"));
  EXPECT_THAT(text, HasSubstr("plaza_seconds_bucket{le=\"1\"} 2"));
}

}  // namespace
}  // namespace plaza::runtime
