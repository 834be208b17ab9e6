// Many callers at once, and a log that does not keep up.
#include <gtest/gtest.h>

#include <atomic>

#include "services/tap-ingest/errors.h"
#include "tests/integration/tap-ingest/harness.h"

namespace plaza::tap_ingest {
namespace {

using namespace harness;

TEST(TapIngestLoad, AFullOutboxRefusesAtOnceAndTakesAgainLater) {
  const TempFolder folder;
  Config config;
  config.outbox_backlog_max = 4;
  Node node(folder.path(), /*workers=*/2, config);  // not started: nothing is carried to the log
  const auto admin = ClientOf(folder.path(), node.port(), "admin", {"admin"}, {});
  const auto gate = ClientOf(folder.path(), node.port(), "gate", {"validator"}, {"GDL-1"});
  ASSERT_TRUE(admin
                  ->Call<v1::RegisterValidatorResponse>(kService, "RegisterValidator",
                                                        Registration("setup", {"GDL-1"}), kTimeout)
                  .ok());
  const auto submit = [&](std::uint64_t sequence) {
    v1::SubmitTapsRequest request;
    request.add_records(Sign(TapOf("GDL-1", sequence, 1)));
    return gate->Call<v1::SubmitTapsResponse>(kService, "SubmitTaps", request, kTimeout);
  };
  std::uint64_t sequence = 1;
  for (; sequence < 100; ++sequence) {
    const auto response = submit(sequence);
    if (response.ok()) continue;
    EXPECT_TRUE(response.error().Is(kBacklogFull)) << response.error().ToString();
    EXPECT_EQ(response.error().code(), StatusCode::kResourceExhausted);
    break;
  }
  EXPECT_EQ(sequence, 6u);  // five batches are in the outbox
  ASSERT_TRUE(node.service().participant().RunUntilIdle().ok());
  EXPECT_TRUE(submit(sequence).ok());
}

TEST(TapIngestLoad, CallersAtOnceShareCardsAndUploads) {
  const TempFolder folder;
  Node node(folder.path(), /*workers=*/4);
  node.service().Start();
  const auto admin = ClientOf(folder.path(), node.port(), "admin", {"admin"}, {});
  ASSERT_TRUE(admin
                  ->Call<v1::RegisterValidatorResponse>(kService, "RegisterValidator",
                                                        Registration("setup", {"GDL-1", "GDL-2"}),
                                                        kTimeout)
                  .ok());
  // Each validator's journal is uploaded by two callers at the same time.
  std::atomic<int> accepted{0};
  std::atomic<int> duplicates{0};
  std::atomic<int> other{0};
  constexpr std::uint64_t kRecords = 400;
  const auto upload = [&](const std::string& validator) {
    const auto gate = ClientOf(folder.path(), node.port(), "gate", {"validator"}, {"GDL-*"});
    for (std::uint64_t from = 1; from <= kRecords; from += 20) {
      v1::SubmitTapsRequest request;
      for (std::uint64_t s = from; s < from + 20; ++s) {
        request.add_records(Sign(TapOf(validator, s, static_cast<std::uint8_t>(s % 7))));
      }
      const auto response =
          gate->Call<v1::SubmitTapsResponse>(kService, "SubmitTaps", request, kTimeout);
      if (!response.ok()) {
        ++other;
        continue;
      }
      for (const v1::TapAnswer& answer : response->answers()) {
        const bool taken = answer.outcome() == v1::TAP_OUTCOME_ACCEPTED;
        const bool again = answer.outcome() == v1::TAP_OUTCOME_DUPLICATE;
        ++(taken ? accepted : again ? duplicates : other);
      }
    }
  };
  ClientOf(folder.path(), node.port(), "gate", {"validator"}, {"GDL-*"});
  std::vector<std::thread> threads;
  for (const char* validator : {"GDL-1", "GDL-2", "GDL-1", "GDL-2"}) {
    threads.emplace_back(upload, validator);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 2 * static_cast<int>(kRecords));
  EXPECT_EQ(duplicates, 2 * static_cast<int>(kRecords));
  EXPECT_EQ(other, 0);
}

}  // namespace
}  // namespace plaza::tap_ingest
