// The clock on a real store and an embedded log: what stands in the topics afterwards.
#include "apps/clock/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/eventlog/topics.h"
#include "plaza/events/v1/events.pb.h"

namespace plaza::clock {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kPartitions = 4;

Instant At(const std::string& text) { return ParseMoment(text).value().instant; }

class FakeWall : public Clock {
 public:
  Instant Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void Set(Instant now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }

 private:
  mutable std::mutex mutex_;
  Instant now_;
};

class ClockServiceTest : public testing::Test {
 protected:
  ClockServiceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza-clock-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    log_ = std::move(
        eventlog::OpenEmbeddedLog({.path = (folder_ / "log.db").string(), .sync_full = false})
            .value());
    EXPECT_TRUE(log_->CreateTopics(eventlog::CityTopics(kPartitions)).ok());
    config_.db_path = (folder_ / "clock.db").string();
  }
  ~ClockServiceTest() override {
    service_.reset();
    log_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void Open(const std::string& mode) {
    service_.reset();
    config_.mode = mode;
    auto opened = Service::OpenWith(config_, {*log_, metrics_, kPartitions}, wall_);
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    service_ = std::move(*opened);
  }
  // "cut-off 2026-11-23", "tick 2026-11-24T09:00:00Z"
  std::vector<std::string> Topic(std::string_view topic, int partition) {
    EXPECT_TRUE(service_->participant().RunUntilIdle().ok());
    return Records(topic, partition);
  }
  std::vector<std::string> Records(std::string_view topic, int partition) {
    std::vector<std::string> out;
    const auto records =
        log_->Fetch({std::string(topic), partition}, 0, 1000, std::chrono::milliseconds(0));
    for (const eventlog::StoredRecord& record : records.value()) {
      events::v1::Event event;
      EXPECT_TRUE(event.ParseFromString(record.record.value));
      EXPECT_EQ(event.id().size(), 16U);
      EXPECT_EQ(record.record.key, "");
      out.push_back(event.has_cut_off() ? "cut-off " + event.cut_off().business_day()
                                        : "tick " + FormatUtc(Instant{event.tick().now_ms()}));
    }
    return out;
  }
  Result<v1::AdvanceResponse> Advance(const std::string& id, const std::string& now) {
    v1::AdvanceRequest request;
    request.set_request_id(id);
    request.set_now_ms(At(now).unix_ms);
    return service_->Advance(request);
  }
  Result<v1::CutOffResponse> CutOff(const std::string& id, const std::string& day) {
    v1::CutOffRequest request;
    request.set_request_id(id);
    request.set_business_day(day);
    return service_->CutOff(request);
  }

  std::filesystem::path folder_;
  runtime::Metrics metrics_;
  std::unique_ptr<eventlog::Log> log_;
  FakeWall wall_;
  Config config_;
  std::unique_ptr<Service> service_;
};

TEST_F(ClockServiceTest, ASimulationMovesItAndEndsDays) {
  Open("sim");
  EXPECT_TRUE(Advance("a1", "2026-11-23T08:00:00-06:00").ok());
  EXPECT_TRUE(Advance("a1", "2026-11-23T08:00:00-06:00").ok()) << "the same request again";
  EXPECT_EQ(Advance("a1", "2026-11-23T09:00:00-06:00").error().reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(CutOff("c1", "2026-11-23").value().at_ms(), At("2026-11-24T03:00:00-06:00").unix_ms);
  EXPECT_EQ(CutOff("c2", "2026-11-23").value().at_ms(), At("2026-11-24T03:00:00-06:00").unix_ms);
  EXPECT_EQ(Advance("a2", "2026-11-23T23:00:00-06:00").error().reason(), "CLOCK_BACKWARDS");
  EXPECT_EQ(CutOff("c3", "2026-11-25").error().reason(), "DAY_SKIPPED");
  EXPECT_EQ(CutOff("c4", "2026-11-22").error().reason(), "DAY_PAST");
  EXPECT_EQ(CutOff("c5", "23/11/2026").error().reason(), "BAD_DATE");
  Open("sim");
  EXPECT_TRUE(CutOff("c6", "2026-11-24").ok()) << "what it said is kept";
  EXPECT_THAT(
      Topic(eventlog::topic::kClock, 0),
      ElementsAre("tick 2026-11-23T14:00:00Z", "cut-off 2026-11-23", "tick 2026-11-24T09:00:00Z",
                  "cut-off 2026-11-24", "tick 2026-11-25T09:00:00Z"));
  for (int partition = 0; partition < kPartitions; ++partition) {
    EXPECT_THAT(Topic(eventlog::topic::kTaps, partition),
                ElementsAre("cut-off 2026-11-23", "cut-off 2026-11-24"));
  }
}

TEST_F(ClockServiceTest, InWallModeItFollowsRealTimeAndRefusesToBeMoved) {
  wall_.Set(At("2026-11-23T12:00:00-06:00"));
  Open("wall");
  EXPECT_EQ(Advance("a", "2026-11-23T13:00:00-06:00").error().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(CutOff("c", "2026-11-23").error().reason(), "CLOCK_IS_WALL");
  ASSERT_TRUE(service_->FollowWallOnce().ok());
  wall_.Set(At("2026-11-24T02:59:59-06:00"));
  ASSERT_TRUE(service_->FollowWallOnce().ok());
  EXPECT_THAT(Topic(eventlog::topic::kTaps, 0), IsEmpty());
  // Two nights without a clock.
  wall_.Set(At("2026-11-25T08:00:00-06:00"));
  Open("wall");
  ASSERT_TRUE(service_->FollowWallOnce().ok());
  ASSERT_TRUE(service_->FollowWallOnce().ok());
  EXPECT_THAT(Topic(eventlog::topic::kTaps, 0),
              ElementsAre("cut-off 2026-11-23", "cut-off 2026-11-24"));
  EXPECT_EQ(Topic(eventlog::topic::kClock, 0).back(), "tick 2026-11-25T14:00:00Z");
}

TEST_F(ClockServiceTest, ItsThreadTicksAndStops) {
  wall_.Set(At("2026-11-23T12:00:00-06:00"));
  Open("wall");
  service_->Start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (log_->EndOffset({std::string(eventlog::topic::kClock), 0}).value() == 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  service_->Stop();
  EXPECT_THAT(Records(eventlog::topic::kClock, 0), ElementsAre("tick 2026-11-23T18:00:00Z"));
}

TEST_F(ClockServiceTest, RefusesABadConfiguration) {
  struct Case {
    const char* name;
    void (*change)(Config&);
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"mode", [](Config& c) { c.mode = "sundial"; }, "BAD_CLOCK_MODE"},
      {"cut-off", [](Config& c) { c.cut_off = "25:00:00"; }, "BAD_TIME"},
      {"zone", [](Config& c) { c.zone = "Mars/Olympus"; }, "UNKNOWN_ZONE"},
  };
  for (const Case& c : cases) {
    Config config = config_;
    c.change(config);
    const auto opened = Service::Open(config, {*log_, metrics_, kPartitions});
    ASSERT_FALSE(opened.ok()) << c.name;
    EXPECT_EQ(opened.error().reason(), c.reason) << c.name;
  }
}

}  // namespace
}  // namespace plaza::clock
