#include "libs/runtime/log.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "libs/runtime/limits.h"

namespace plaza::runtime {
namespace {

constexpr char kPan[] = "4761739001010010";  // the well-known test number

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza_log_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    SetLogFile(folder_ + "/log");
  }
  ~LogTest() override {
    SetLogLevel(LogLevel::kInfo);
    SetLogFile("");
    std::filesystem::remove_all(folder_);
  }
  std::vector<nlohmann::json> Lines() {
    std::vector<nlohmann::json> lines;
    std::ifstream in(folder_ + "/log");
    std::string line;
    while (std::getline(in, line)) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  std::string folder_;
};

TEST_F(LogTest, WritesOneObjectALine) {
  Log(LogLevel::kWarning, "fare", "tariff \"x\"\nreplaced",
      {{"version", std::string("2026-04")}, {"rules", std::int64_t{12}}, {"strict", true}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[0]["component"], "fare");
  EXPECT_EQ(lines[0]["message"], "tariff \"x\"\nreplaced");
  EXPECT_EQ(lines[0]["version"], "2026-04");
  EXPECT_EQ(lines[0]["rules"], 12);
  EXPECT_EQ(lines[0]["strict"], true);
  EXPECT_THAT(lines[0]["time"].get<std::string>(), ::testing::MatchesRegex("....-..-..T.*Z"));
}

TEST_F(LogTest, NoFieldLetsAPanThrough) {
  const std::string json_text = std::string("{\"pan\":\"") + kPan + "\"}";
  Log(LogLevel::kInfo, "vault", std::string("saw ") + kPan,
      {{"text", std::string(kPan)},
       {"number", std::int64_t{4761739001010010}},
       {"json", json_text},
       {"ordinary", std::int64_t{1764040453123}}});
  std::ifstream in(folder_ + "/log");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("900101")));
  EXPECT_EQ(Lines()[0]["number"], "****");
  EXPECT_EQ(Lines()[0]["ordinary"], 1764040453123);
}

TEST_F(LogTest, APanAcrossTheCutIsStillSeen) {
  for (std::size_t before = kLogTextCharsMax - 20; before <= kLogTextCharsMax; ++before) {
    Log(LogLevel::kInfo, "vault", std::string(before, 'x') + kPan + "y");
  }
  for (const auto& line : Lines()) {
    EXPECT_THAT(line["message"].get<std::string>(), ::testing::Not(::testing::HasSubstr("476173")));
    EXPECT_LE(line["message"].get<std::string>().size(), kLogTextCharsMax + 4);
  }
}

TEST_F(LogTest, LevelsBelowTheSetOneAreLeftOut) {
  Log(LogLevel::kDebug, "x", "hidden");
  SetLogLevel(LogLevel::kDebug);
  Log(LogLevel::kDebug, "x", "shown");
  SetLogLevel(LogLevel::kError);
  Log(LogLevel::kWarning, "x", "hidden");
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_EQ(Lines()[0]["message"], "shown");
}

TEST_F(LogTest, OctetsThatAreNotUtf8AreReplaced) {
  Log(LogLevel::kInfo, "x", "bad \xFF\xFE octets");
  ASSERT_EQ(Lines().size(), 1u);
}

}  // namespace
}  // namespace plaza::runtime
