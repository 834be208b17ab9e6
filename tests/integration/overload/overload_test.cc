// More than tap-ingest can carry, sent to the real process by senders that do not wait: it refuses
// at once, stays small, keeps what it took, and goes on by itself.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/overload/ingest_process.h"

namespace plaza::testing {
namespace {

constexpr int kExhausted = static_cast<int>(StatusCode::kResourceExhausted);
constexpr int kValidators = 20;
constexpr int kRecords = 100;
// 50 connections * 4 calls * 1 MB that come in, 64 MiB that wait (libs/rpc/README.md), and generous
// room for the service itself.
constexpr std::int64_t kMemoryMax = std::int64_t{768} << 20;

std::size_t CountOf(const std::vector<OpenLoopAnswer>& answers, int code) {
  return static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(),
                    [code](const OpenLoopAnswer& answer) { return answer.code == code; }));
}

// Holds the write lock of a store.
class StuckStore {
 public:
  explicit StuckStore(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &db_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~StuckStore() { sqlite3_close(db_); }
  StuckStore(const StuckStore&) = delete;
  StuckStore& operator=(const StuckStore&) = delete;

 private:
  sqlite3* db_ = nullptr;
};

TEST(Overload, WhileTheStoreIsStuckWhatDoesNotFitIsRefusedAtOnce) {
  constexpr std::size_t kWorkers = 2;
  constexpr std::size_t kQueue = 16;
  constexpr std::size_t kCalls = 100;
  IngestProcess ingest(kValidators, {"--rpc.workers", std::to_string(kWorkers), "--rpc.queue_max",
                                     std::to_string(kQueue)});
  // Few on each: a connection whose calls are all stuck takes no more.
  OpenLoop crowd = ingest.Crowd(/*connections=*/50, /*calls_per_second=*/0);
  std::atomic<std::size_t> answered{0};
  crowd.on_answer = [&](int) {
    ++answered;
    answered.notify_one();
  };
  const auto calls = TapCalls(kCalls, 1, kValidators);
  std::vector<OpenLoopAnswer> answers;
  auto stuck = std::make_unique<StuckStore>(ingest.path("tap-ingest.db"));
  std::thread sender([&] { answers = SendOpenLoop(crowd, calls); });
  // Nothing moves, and yet all but those that fit are answered.
  for (std::size_t seen; (seen = answered) < kCalls - kWorkers - kQueue;) answered.wait(seen);
  stuck.reset();
  sender.join();
  const std::size_t refused = CountOf(answers, kExhausted);
  EXPECT_GE(refused, kCalls - kWorkers - kQueue);
  EXPECT_LE(refused, kCalls - kQueue);  // the workers may have been slow to take their first
  EXPECT_EQ(CountOf(answers, 0), kCalls - refused);
}

std::int64_t AcceptedIn(const std::vector<OpenLoopAnswer>& answers) {
  std::int64_t accepted = 0;
  for (const OpenLoopAnswer& answer : answers) {
    tap_ingest::v1::SubmitTapsResponse response;
    EXPECT_TRUE(response.ParseFromString(answer.response));
    for (const auto& tap : response.answers()) {
      accepted += tap.outcome() == tap_ingest::v1::TAP_OUTCOME_ACCEPTED ? 1 : 0;
    }
  }
  return accepted;
}

TEST(Overload, AtTenTimesWhatItCarriesNothingTakenIsLost) {
  constexpr std::size_t kCallsMax = 6000;
  IngestProcess ingest(kValidators);
  const auto before = TapCalls(300, kRecords, kValidators);
  const double rate = 10 * ingest.Capacity(/*callers=*/4, before);
  const auto calls = TapCalls(std::min(kCallsMax, static_cast<std::size_t>(rate)), kRecords,
                              kValidators, before.size());
  const auto answers = SendOpenLoop(ingest.Crowd(/*connections=*/100, rate), calls);

  const std::size_t taken = CountOf(answers, 0);
  EXPECT_EQ(taken + CountOf(answers, kExhausted), calls.size()) << "another answer";
  EXPECT_GT(CountOf(answers, kExhausted), 0U) << "it carried ten times the load";
  EXPECT_LT(ingest.MemoryBytes("VmHWM"), kMemoryMax);
  const std::int64_t accepted = AcceptedIn(answers);
  EXPECT_EQ(accepted, static_cast<std::int64_t>(taken) * kRecords);
  EXPECT_GE(taken, before.size() / 10) << "it did hardly anything but refuse";

  // By itself: the next call is taken, and what was refused too.
  std::vector<std::string> again;
  for (std::size_t i = 0; i < calls.size() && again.size() < 50; ++i) {
    if (answers[i].code == kExhausted) again.push_back(calls[i]);
  }
  const auto later = SendOpenLoop(ingest.Crowd(/*connections=*/1, /*calls_per_second=*/50), again);
  EXPECT_EQ(CountOf(later, 0), again.size());
  const std::int64_t all =
      accepted + AcceptedIn(later) + static_cast<std::int64_t>(before.size()) * kRecords;
  EXPECT_EQ(ingest.AcceptedTaps(), all);
  ingest.KillAndRestart();
  EXPECT_EQ(ingest.AcceptedTaps(), all) << "what was answered is durable";
}

TEST(Overload, TheMemoryIsBoundedWhateverIsSent) {
  IngestProcess ingest(kValidators);
  tap_ingest::v1::SubmitTapsRequest large;
  large.add_records(std::string(1000 << 10, 'x'));
  OpenLoop crowd = ingest.Crowd(/*connections=*/50, /*calls_per_second=*/0);
  crowd.calls = 2000;
  const auto answers = SendOpenLoop(crowd, {large.SerializeAsString()});
  EXPECT_GT(CountOf(answers, kExhausted), 0U);
  EXPECT_LT(ingest.MemoryBytes("VmHWM"), kMemoryMax);
  // By itself. A connection may still be given up for want of memory: a client of ours comes again.
  const auto gate = ingest.Client("gate", {"validator"});
  tap_ingest::v1::SubmitTapsRequest request;
  ASSERT_TRUE(request.ParseFromString(TapCalls(1, kRecords, kValidators)[0]));
  const auto later = gate->Call<tap_ingest::v1::SubmitTapsResponse>(taps::kService, "SubmitTaps",
                                                                    request, taps::kTimeout);
  EXPECT_TRUE(later.ok()) << later.error().ToString();
}

}  // namespace
}  // namespace plaza::testing
