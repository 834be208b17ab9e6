#include "libs/runtime/trace.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza_trace_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    SetLogFile(folder_ + "/log");
  }
  ~TraceTest() override {
    SetLogFile("");
    std::filesystem::remove_all(folder_);
  }
  std::vector<nlohmann::json> Lines() {
    std::vector<nlohmann::json> lines;
    std::ifstream in(folder_ + "/log");
    for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  static TraceStep Step(std::int64_t sample_per_million) {
    const TapId tap("GDL-S0119:41");
    const TraceContext recorded = RecordedContext(tap, sample_per_million);
    TraceStep step;
    step.what = "charged";
    step.context = Child(recorded, "charged/1");
    step.parent = recorded.span;
    step.event_time = Instant{1'764'057'600'250};
    step.tap = tap.value();
    step.detail = "of card 4761739001010010";  // the well-known test number
    step.from = TracePlace("plaza.taps.v1", 3, 4711);
    step.at =
        std::chrono::system_clock::time_point(std::chrono::microseconds(1'764'057'601'000'042));
    return step;
  }
  std::string folder_;
};

TEST_F(TraceTest, WritesALineAStepWhenTold) {
  TraceLines lines("fare", {.sample_per_million = 1'000'000});
  lines.Add(Step(1'000'000));
  EXPECT_TRUE(Lines().empty());  // nothing is committed yet
  lines.Write();
  const auto written = Lines();
  ASSERT_EQ(written.size(), 1U);
  const nlohmann::json& line = written[0];
  const TapId tap("GDL-S0119:41");
  EXPECT_EQ(line["component"], "fare");
  EXPECT_EQ(line["message"], "trace");
  EXPECT_EQ(line["what"], "charged");
  EXPECT_EQ(line["trace"], TraceText(TraceIdOf(tap)));
  EXPECT_EQ(line["span"], SpanText(SpanIdOf(TraceIdOf(tap), "charged/1")));
  EXPECT_EQ(line["parent"], SpanText(SpanIdOf(TraceIdOf(tap), "recorded")));
  EXPECT_EQ(line["tap"], "GDL-S0119:41");
  EXPECT_EQ(line["at"], "2025-11-25T08:00:01.000042Z");
  EXPECT_EQ(line["event_time"], "2025-11-25T08:00:00.250Z");
  EXPECT_EQ(line["from"], "plaza.taps.v1/3/4711");
  EXPECT_EQ(line["detail"], "of card ****");
  EXPECT_FALSE(line.contains("call"));
}

TEST_F(TraceTest, IsSilentAboutWhatIsNotSampled) {
  TraceLines sampled("fare", {});
  sampled.Add(Step(0));
  sampled.Write();
  TraceLines rebuild("fare", {.sample_per_million = 1'000'000, .silent = true});
  rebuild.Add(Step(1'000'000));
  rebuild.Write();
  EXPECT_TRUE(Lines().empty());
}

}  // namespace
}  // namespace plaza::runtime
