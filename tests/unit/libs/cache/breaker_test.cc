#include "libs/cache/breaker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plaza::cache {
namespace {

using std::chrono::milliseconds;
using State = Breaker::State;

// One step a row, at `ms` since the start: what happens, and the state after it.
struct Step {
  int ms;
  std::string what;
  State after;
};

constexpr BreakerOptions kOptions{3, milliseconds(100), milliseconds(350)};

void Play(const std::string& name, const std::vector<Step>& steps) {
  const Breaker::Time start = Breaker::Time() + std::chrono::hours(1);
  Breaker breaker(kOptions);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const std::string where = name + ", step " + std::to_string(i) + ": " + step.what;
    const Breaker::Time now = start + milliseconds(step.ms);
    if (step.what == "failed") breaker.Failed(now);
    if (step.what == "succeeded") breaker.Succeeded();
    if (step.what.ends_with("due") || step.what.starts_with("no")) {
      EXPECT_EQ(breaker.TakeProbe(now), step.what == "probe due") << where;
    }
    if (step.what == "probe succeeded") breaker.ProbeSucceeded();
    if (step.what == "probe failed") breaker.ProbeFailed(now);
    EXPECT_EQ(breaker.state(), step.after) << where;
    EXPECT_EQ(breaker.Allows(), step.after == State::kClosed) << where;
  }
}

TEST(BreakerTest, OpensAfterFailuresInARow) {
  Play("in a row", {{0, "no probe", State::kClosed},
                    {0, "failed", State::kClosed},
                    {1, "failed", State::kClosed},
                    {2, "failed", State::kOpen}});
  Play("not in a row", {{0, "failed", State::kClosed},
                        {1, "failed", State::kClosed},
                        {2, "succeeded", State::kClosed},
                        {3, "failed", State::kClosed},
                        {4, "failed", State::kClosed},
                        {5, "failed", State::kOpen}});
}

TEST(BreakerTest, OneProbeClosesItOrOpensItForLonger) {
  Play("closes", {{0, "failed", State::kClosed},
                  {0, "failed", State::kClosed},
                  {0, "failed", State::kOpen},
                  {99, "no probe", State::kOpen},
                  {100, "probe due", State::kHalfOpen},
                  {100, "no probe", State::kHalfOpen},
                  {120, "probe succeeded", State::kClosed},
                  {121, "succeeded", State::kClosed},
                  {121, "failed", State::kClosed},
                  {121, "failed", State::kClosed},
                  {121, "failed", State::kOpen},
                  {220, "no probe", State::kOpen},  // as long as the first time again
                  {221, "probe due", State::kHalfOpen}});
  Play("stays open", {{0, "failed", State::kClosed},
                      {0, "failed", State::kClosed},
                      {0, "failed", State::kOpen},
                      {100, "probe due", State::kHalfOpen},
                      {150, "probe failed", State::kOpen},  // for 200
                      {349, "no probe", State::kOpen},
                      {350, "probe due", State::kHalfOpen},
                      {350, "probe failed", State::kOpen},  // for 350, the most
                      {699, "no probe", State::kOpen},
                      {700, "probe due", State::kHalfOpen},
                      {700, "probe failed", State::kOpen},
                      {1049, "no probe", State::kOpen},
                      {1050, "probe due", State::kHalfOpen}});
}

TEST(BreakerTest, WhoAnswersProbesButNoCallsIsAskedLessAndLess) {
  Play("on trial", {{0, "failed", State::kClosed},
                    {0, "failed", State::kClosed},
                    {0, "failed", State::kOpen},
                    {100, "probe due", State::kHalfOpen},
                    {100, "probe succeeded", State::kClosed},
                    {100, "failed", State::kOpen},  // the first one, and for 200
                    {299, "no probe", State::kOpen},
                    {300, "probe due", State::kHalfOpen},
                    {300, "probe succeeded", State::kClosed},
                    {300, "failed", State::kOpen},
                    {649, "no probe", State::kOpen},
                    {650, "probe due", State::kHalfOpen}});
}

TEST(BreakerTest, CallsThatEndLateChangeNothing) {
  Play("while open", {{0, "failed", State::kClosed},
                      {0, "failed", State::kClosed},
                      {0, "failed", State::kOpen},
                      {50, "succeeded", State::kOpen},
                      {90, "failed", State::kOpen},
                      {100, "probe due", State::kHalfOpen},  // not put off by the failure
                      {101, "succeeded", State::kHalfOpen},
                      {102, "failed", State::kHalfOpen},
                      {103, "probe succeeded", State::kClosed}});
}

}  // namespace
}  // namespace plaza::cache
