#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "apps/citysim/citysim.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/keys.h"
#include "apps/citysim/recording.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/citysim/small_feed.h"
#include "tests/unit/apps/validator/fake_city.h"

namespace plaza::citysim {
namespace {

using std::chrono::milliseconds;
using testing::FakeCity;

// A city of its own in a fresh folder.
struct Town {
  Town() : city((folder.path() / "tls").string(), MakeKeys(11).tap_mac_base) {
    city.DenyAtCutOff(40);
    options.seed = 11;
    options.taps = 900;
    options.date = *Date::Parse("2026-11-23");
    options.feed_dir = testing::WriteSmallFeed(folder.path() / "feed");
    options.gates_dir = (folder.path() / "gates").string();
    options.record_file = (folder.path() / "day.rec").string();
    options.patience = milliseconds(20'000);
  }
  Doors DoorsOf() const { return {city.address(), city.admin(), city.depot()}; }
  Result<DayOutcome> Run() { return RunDay(options, DoorsOf(), {}); }

  testing::TempFolder folder;
  FakeCity city;
  Options options;
};

std::uint64_t Count(const GateCounts& counts, const std::string& name) {
  const auto found = counts.by_decision.find(name);
  return found == counts.by_decision.end() ? 0 : found->second;
}

TEST(DayTest, EveryRefusalOccursAndNothingIsLost) {
  Town town;
  std::uint64_t done = 0;
  Instant last;
  const auto outcome = RunDay(town.options, town.DoorsOf(), [&](const ProgressReport& report) {
    EXPECT_GE(report.done, done);
    EXPECT_GT(report.sim_time, last);
    done = report.done;
    last = report.sim_time;
    EXPECT_LE(report.done, report.total);
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error().ToString();
  EXPECT_EQ(done, outcome->day.presented + outcome->morning.presented);
  for (const char* name : {"accepted", "denied/expired", "denied/not_yet_valid",
                           "denied/oda_failed", "denied/card_declined", "denied/pan_mismatch",
                           "denied/not_accepted", "denied/passed_back", "retry/no_application"}) {
    EXPECT_GT(Count(outcome->day, name), 0U) << name;
  }
  EXPECT_EQ(Count(outcome->day, "denied/deny_listed"), 0U);
  EXPECT_GT(Count(outcome->morning, "denied/deny_listed"), 0U);
  EXPECT_GE(outcome->records, 850U);
  EXPECT_EQ(town.city.taps().size(), outcome->records);
  EXPECT_EQ(outcome->uplink.accepted, outcome->records);
  EXPECT_EQ(outcome->uplink.duplicates, outcome->records_sent_again);
  EXPECT_GT(outcome->records_sent_again, 0U);
  EXPECT_EQ(outcome->uplink.conflicts + outcome->uplink.refused, 0U);
  EXPECT_GT(outcome->late_records, 0U);
  EXPECT_EQ(outcome->gates_offline_past_cut_off, 2U);
  EXPECT_EQ(town.city.validators(), outcome->gates);
  EXPECT_EQ(town.city.grants().size(), outcome->students);
  EXPECT_GT(outcome->students, 0U);
  EXPECT_EQ(town.city.cut_offs(), (std::vector<std::string>{"2026-11-23", "2026-11-24"}));
  EXPECT_TRUE(std::ranges::is_sorted(town.city.clock()));
  EXPECT_GE(outcome->journal_syncs, outcome->records);
  EXPECT_GT(outcome->card_seconds, 0);
  ASSERT_FALSE(outcome->suggestions.empty());
  std::set<std::string> kinds;
  for (const Suggestion& suggestion : outcome->suggestions) {
    EXPECT_FALSE(suggestion.account.value().IsNil());
    kinds.insert(suggestion.why);
    const std::size_t colon = suggestion.tap_id.find(':');
    ASSERT_NE(colon, std::string::npos);
    EXPECT_TRUE(town.city.taps().contains(
        {suggestion.tap_id.substr(0, colon), std::stoull(suggestion.tap_id.substr(colon + 1))}));
  }
  EXPECT_EQ(kinds.size(), 2U);
}

TEST(DayTest, TheSameSeedGivesTheSameRecordsOctetForOctet) {
  Town one;
  Town two;
  two.options.threads = 3;
  ASSERT_TRUE(one.Run().ok());
  ASSERT_TRUE(two.Run().ok());
  const auto a = one.city.taps();
  const auto b = two.city.taps();
  EXPECT_EQ(a.size(), b.size());
  EXPECT_TRUE(a == b);
  Town three;
  three.options.seed = 12;
  const auto refused = three.Run();  // the services hold the keys of another seed
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kTapsRefused)) << refused.error().ToString();
  EXPECT_FALSE(std::filesystem::exists(three.options.record_file));
}

TEST(DayTest, GoesOnWhenTheServerDiesAndComesBack) {
  Town town;
  std::thread killer;
  int windows = 0;
  const auto outcome = RunDay(town.options, town.DoorsOf(), [&](const ProgressReport&) {
    if (++windows % 20 != 0) return;
    if (killer.joinable()) killer.join();
    town.city.GoAway();
    killer = std::thread([&] { town.city.ComeBack(); });
  });
  if (killer.joinable()) killer.join();
  ASSERT_TRUE(outcome.ok()) << outcome.error().ToString();
  EXPECT_GE(windows, 100);
  EXPECT_EQ(town.city.taps().size(), outcome->records);
}

TEST(DayTest, EndsWithAClearErrorWhenTheServerStaysAwayOrIsStuck) {
  Town away;
  away.city.GoAway();
  away.options.patience = milliseconds(200);
  const auto gone = away.Run();
  ASSERT_FALSE(gone.ok());
  EXPECT_TRUE(gone.error().Is(kServerAway)) << gone.error().ToString();

  Town stuck;
  stuck.city.BeStuck();
  stuck.options.patience = milliseconds(200);
  const auto waits = stuck.Run();
  ASSERT_FALSE(waits.ok());
  EXPECT_TRUE(waits.error().Is(kServerStuck));
  EXPECT_NE(waits.error().what().find("fare/taps is 5 records behind"), std::string::npos);
}

TEST(DayTest, RefusesOptionsThatCannotBe) {
  Town town;
  town.options.threads = 0;
  EXPECT_TRUE(town.Run().error().Is(kBadOptions));
  town.options.threads = 2;
  town.options.feed_dir = "/no/such/feed";
  EXPECT_TRUE(town.Run().error().Is(kBadFeed));
  town.options.feed_dir = (town.folder.path() / "feed").string();
  testing::WriteText(town.folder.path() / "gates/GDL-S0001/old", "x");
  EXPECT_TRUE(town.Run().error().Is(kBadOptions));
}

class ReplayTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    town_ = new Town;
    const auto outcome = town_->Run();
    ASSERT_TRUE(outcome.ok()) << outcome.error().ToString();
  }
  static void TearDownTestSuite() {
    delete town_;
    town_ = nullptr;
  }
  static Town* town_;
};
Town* ReplayTest::town_ = nullptr;

TEST_F(ReplayTest, SendsTheSameDayAgain) {
  Town other;
  const auto replayed = Replay(town_->options.record_file, {}, other.DoorsOf(), {});
  ASSERT_TRUE(replayed.ok()) << replayed.error().ToString();
  EXPECT_TRUE(other.city.taps() == town_->city.taps());
  EXPECT_EQ(other.city.grants(), town_->city.grants());
  EXPECT_EQ(other.city.validators(), town_->city.validators());
  EXPECT_EQ(other.city.clock(), town_->city.clock());
  EXPECT_EQ(other.city.cut_offs(), town_->city.cut_offs());
  EXPECT_EQ(replayed->answers.accepted, town_->city.taps().size());
  EXPECT_EQ(replayed->cut_offs, 2U);
}

TEST_F(ReplayTest, ShuffledRepeatedAndLateItIsTheSameSet) {
  Town other;
  ReplayOptions options;
  options.shuffle_seed = 5;
  options.repeat_percent = 30;
  options.late_percent = 5;
  options.batch = 17;
  const auto replayed = Replay(town_->options.record_file, options, other.DoorsOf(), {});
  ASSERT_TRUE(replayed.ok()) << replayed.error().ToString();
  EXPECT_TRUE(other.city.taps() == town_->city.taps());
  EXPECT_NE(other.city.arrivals(), town_->city.arrivals());
  EXPECT_EQ(replayed->answers.duplicates, replayed->repeated);
  EXPECT_GT(replayed->repeated, 100U);
  EXPECT_GT(replayed->late, 10U);
  for (const std::size_t size : other.city.batches()) EXPECT_LE(size, 17U);
}

// What some gates have in their journals comes last, after everybody else's and two more closed
// days.
TEST_F(ReplayTest, GatesComeBackAfterThreeDays) {
  Town other;
  ReplayOptions options;
  options.shuffle_seed = 5;
  options.offline_percent = 30;
  const auto replayed = Replay(town_->options.record_file, options, other.DoorsOf(), {});
  ASSERT_TRUE(replayed.ok()) << replayed.error().ToString();
  EXPECT_TRUE(other.city.taps() == town_->city.taps());
  EXPECT_EQ(replayed->cut_offs, 4U);
  ASSERT_GT(replayed->offline, 10U);
  const auto arrivals = other.city.arrivals();
  ASSERT_LT(replayed->offline + 10, arrivals.size());
  std::set<std::string> early;
  std::set<std::string> last;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    (i + replayed->offline < arrivals.size() ? early : last).insert(arrivals[i].first);
  }
  for (const std::string& one : last) EXPECT_FALSE(early.contains(one)) << one;
}

TEST_F(ReplayTest, GoesOnWhenTheServerDies) {
  Town other;
  std::thread killer;
  int windows = 0;
  ReplayOptions options;
  options.patience = milliseconds(20'000);
  const auto replayed =
      Replay(town_->options.record_file, options, other.DoorsOf(), [&](const ProgressReport&) {
        if (++windows % 25 != 0) return;
        if (killer.joinable()) killer.join();
        other.city.GoAway();
        killer = std::thread([&] { other.city.ComeBack(); });
      });
  if (killer.joinable()) killer.join();
  ASSERT_TRUE(replayed.ok()) << replayed.error().ToString();
  EXPECT_TRUE(other.city.taps() == town_->city.taps());
}

TEST_F(ReplayTest, RefusesBadOptionsAndForeignServers) {
  ReplayOptions options;
  options.batch = 0;
  EXPECT_TRUE(
      Replay(town_->options.record_file, options, town_->DoorsOf(), {}).error().Is(kBadOptions));
  options.batch = 100;
  options.late_percent = 101;
  EXPECT_TRUE(
      Replay(town_->options.record_file, options, town_->DoorsOf(), {}).error().Is(kBadOptions));
  const testing::TempFolder folder;
  const FakeCity other((folder.path() / "tls").string(), MakeKeys(99).tap_mac_base);
  const auto refused =
      Replay(town_->options.record_file, {}, {other.address(), other.admin(), other.depot()}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kTapsRefused));
}

}  // namespace
}  // namespace plaza::citysim
