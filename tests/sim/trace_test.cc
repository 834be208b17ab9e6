// One tap followed from the gate to the capture by its id, embedded and on a cluster with two
// copies of each service; and that following taps changes no money.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "apps/plaza/errors.h"
#include "apps/plaza/trace.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kSampleAll{"--trace.sample_per_million", "1000000"};

// Taps that were charged, and whose card was captured in the end: "posted" in one line and
// "captured" in another of the same trace.
std::vector<std::string> TapsToFollow(const std::map<std::string, std::filesystem::path>& logs) {
  std::map<std::string, std::set<std::string>> seen;  // trace → what
  std::map<std::string, std::string> tap_of;
  for (const auto& [process, file] : logs) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const auto field = [&](const std::string& name) {
        const std::string mark = "\"" + name + "\":\"";
        const std::size_t at = line.find(mark);
        if (at == std::string::npos) return std::string();
        const std::size_t from = at + mark.size();
        return line.substr(from, line.find('"', from) - from);
      };
      if (field("message") != "trace") continue;
      seen[field("trace")].insert(field("what"));
      if (field("what") == "posted") tap_of[field("trace")] = field("tap");
    }
  }
  std::vector<std::string> taps;
  for (const auto& [trace, tap] : tap_of) {
    if (seen[trace].contains("captured")) taps.push_back(tap);
  }
  return taps;
}

// When the first hop of this kind was worked out; fails the test if there is none.
std::int64_t FirstTime(const TapTrace& trace, const std::string& service, const std::string& what,
                       const std::string& detail = "") {
  for (const TraceHop& hop : trace.hops) {
    const bool same = hop.service == service && hop.what == what;
    if (same && hop.detail.starts_with(detail)) return hop.at_us;
  }
  ADD_FAILURE() << "tap " << trace.tap.value() << ": no hop " << service << " " << what << " "
                << detail;
  return 0;
}

void ExpectTheWholeWay(const TapTrace& trace) {
  const std::pair<const char*, std::int64_t> way[] = {
      {"recorded", FirstTime(trace, "tap-ingest", "recorded")},
      {"rated", FirstTime(trace, "fare", "rated")},
      {"charged", FirstTime(trace, "fare", "charged")},
      {"posted", FirstTime(trace, "clearing", "posted")},
      {"requested", FirstTime(trace, "clearing", "requested", "authorisation")},
      {"answered", FirstTime(trace, "vault", "answered", "authorisation")},
      {"authorised", FirstTime(trace, "clearing", "authorised")},
      {"requested", FirstTime(trace, "clearing", "requested", "capture")},
      {"answered", FirstTime(trace, "vault", "answered", "capture")},
      {"captured", FirstTime(trace, "clearing", "captured")}};
  for (std::size_t i = 1; i < std::size(way); ++i) {
    EXPECT_LE(way[i - 1].second, way[i].second)
        << trace.tap.value() << ": " << way[i].first << " before " << way[i - 1].first;
  }
  // Each span descends from one that is told of, up to the gate's.
  std::set<std::string> spans{SpanText(SpanIdOf(TraceIdOf(trace.tap), kGateSpan))};
  for (const TraceHop& hop : trace.hops) spans.insert(hop.span);
  for (const TraceHop& hop : trace.hops) {
    if (!hop.tap.empty()) continue;  // in another tap's trace
    EXPECT_TRUE(spans.contains(hop.parent)) << hop.what << " below " << hop.parent;
    for (const auto& [what, topic] :
         std::map<std::string, std::string>{{"rated", "plaza.taps.v1/"},
                                            {"posted", "plaza.charges.v1/"},
                                            {"captured", "plaza.authorisations.v1/"}}) {
      if (hop.what == what) {
        EXPECT_THAT(hop.from, HasSubstr(topic));
      }
    }
  }
}

// The recorded day and what it comes to without sampling, shared.
class Trace : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    run_ = new FinishedRun(SimulateDay(folder_->path(), /*seed=*/5, Recording()));
  }
  static void TearDownTestSuite() {
    delete run_;
    delete folder_;
  }
  static std::string Recording() { return (folder_->path() / "day.rec").string(); }

  static void FollowADay(int copies) {
    const TempFolder folder;
    citysim::ReplayOptions options;
    options.pace = false;
    options.repeat_percent = 20;
    const AuditReport audit =
        ReplayRecording(folder.path(), Recording(), options, kSampleAll, copies);
    EXPECT_EQ(Broken(audit), "");
    EXPECT_EQ(audit.money_digest, run_->audit.money_digest);
    EXPECT_EQ(audit.book_digest, run_->audit.book_digest);
    const CityPaths paths{folder.path() / "city"};
    const auto logs = LogFilesOf(paths);
    ASSERT_TRUE(logs.ok()) << logs.error().ToString();
    EXPECT_GE(logs->size(), copies == 0 ? 1U : 5U * static_cast<unsigned>(copies));
    const auto taps = TapsToFollow(*logs);
    ASSERT_GT(taps.size(), 100U);
    // One of them is enough to look at; several, so that no path is missed by chance.
    for (std::size_t i = 0; i < taps.size(); i += taps.size() / 5) {
      const auto trace = TraceTap(paths, taps[i]);
      ASSERT_TRUE(trace.ok()) << trace.error().ToString();
      ExpectTheWholeWay(*trace);
    }
  }

  static TempFolder* folder_;
  static FinishedRun* run_;
};
TempFolder* Trace::folder_ = nullptr;
FinishedRun* Trace::run_ = nullptr;

TEST_F(Trace, FollowsATapThroughOneProcess) { FollowADay(/*copies=*/0); }

TEST_F(Trace, FollowsATapThroughACluster) { FollowADay(/*copies=*/2); }

TEST_F(Trace, SaysWhyThereIsNothingToShow) {
  const CityPaths paths{folder_->path() / "city"};  // of the run without sampling
  const auto show = [&](const std::string& tap) {
    const auto trace = TraceTap(paths, tap);
    EXPECT_TRUE(trace.ok()) << trace.error().ToString();
    std::ostringstream out;
    if (trace.ok()) ShowTrace(*trace, out);
    return out.str();
  };
  ASSERT_FALSE(run_->day.suggestions.empty());
  EXPECT_THAT(show(run_->day.suggestions.front().tap_id),
              HasSubstr("trace.sample_per_million = 1000000"));
  EXPECT_THAT(show("GDL-S0001:999999999"), HasSubstr("is not known"));
  EXPECT_THAT(show("NOBODY:1"), HasSubstr("is not known"));
  for (const char* tap : {"", "GDL-S0001", ":1", "GDL-S0001:", "GDL-S0001:0", "GDL-S0001:-1",
                          "GDL-S0001:1x", "GDL-S0001:99999999999999999999"}) {
    const auto trace = TraceTap(paths, tap);
    ASSERT_FALSE(trace.ok()) << tap;
    EXPECT_TRUE(trace.error().Is(kBadTapId)) << tap;
  }
}

}  // namespace
}  // namespace plaza::testing
