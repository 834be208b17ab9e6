// The same city on a cluster: services as processes of their own over PostgreSQL and Kafka. The
// same taps give the same money, also when any process is killed while they flow.
#include <gtest/gtest.h>

#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

constexpr std::uint32_t kFaultSeed =
    20261125;  // of the moments and victims; printed with a failure

// One recorded day and what the embedded city makes of it, shared.
class ClusterRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    run_ = new FinishedRun(SimulateDay(folder_->path(), /*seed=*/11, Recording()));
  }
  static void TearDownTestSuite() {
    delete run_;
    delete folder_;
  }
  static std::string Recording() { return (folder_->path() / "day.rec").string(); }
  static void ExpectTheSame(const AuditReport& audit, const std::string& what) {
    EXPECT_EQ(Broken(audit), "") << what;
    EXPECT_EQ(audit.money_digest, run_->audit.money_digest) << what;
    EXPECT_EQ(audit.book_digest, run_->audit.book_digest) << what;
  }
  static TempFolder* folder_;
  static FinishedRun* run_;
};
TempFolder* ClusterRuns::folder_ = nullptr;
FinishedRun* ClusterRuns::run_ = nullptr;

TEST_F(ClusterRuns, TheSameTapsGiveTheSameMoney) {
  citysim::ReplayOptions options;
  options.shuffle_seed = 3;
  options.repeat_percent = 20;
  options.pace = false;
  for (const char* partitions : {"1", "16"}) {
    const TempFolder folder;
    const AuditReport audit =
        ReplayRecording(folder.path(), Recording(), options, {"--eventlog.partitions", partitions},
                        /*cluster=*/true);
    ExpectTheSame(audit, std::string(partitions) + " partitions");
  }
}

}  // namespace
}  // namespace plaza::testing
