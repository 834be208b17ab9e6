// retention.json: what is kept how long, and what is refused (docs/formats/policy.md).
#include "apps/plaza/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/plaza/errors.h"

namespace plaza {
namespace {

constexpr const char* kGood =
    R"([{"from":"2026-01-01","log_days":35,"topics":{"plaza.clock.v1":400},"archive_days":1830},
        {"from":"2027-01-01","log_days":7,"topics":{},"archive_days":365}])";

TEST(Retention, TheEntryInForceOnTheDayCounts) {
  const auto entries = ParseRetention(kGood, "r");
  ASSERT_TRUE(entries.ok()) << entries.error().ToString();
  const auto on = [&](const char* day) { return RetentionOn(*entries, Date::Parse(day).value()); };
  EXPECT_TRUE(on("2025-12-31").error().Is(kBadRetention));
  ASSERT_TRUE(on("2026-01-01").ok());
  const Retention first = *on("2026-12-31");
  EXPECT_EQ(first.LogDays("plaza.taps.v1"), 35);
  EXPECT_EQ(first.LogDays("plaza.clock.v1"), 400);
  EXPECT_EQ(first.LogDays("plaza.clock.v1.dlq"), 400);
  EXPECT_EQ(first.archive_days, 1830);
  EXPECT_EQ(on("2027-01-01")->LogDays("plaza.clock.v1"), 7);
}

TEST(Retention, WhatIsWrongIsSaidWithItsPlace) {
  const struct {
    const char* text;
    const char* where;
  } table[] = {
      {"", "r"},
      {"[]", "r"},
      {"{}", "r"},
      {R"([{"log_days":35,"topics":{},"archive_days":1830}])", "r[0].from"},
      {R"([{"from":"2026-02-30","log_days":35,"topics":{},"archive_days":1830}])", "r[0].from"},
      {R"([{"from":"2026-01-01","log_days":0,"topics":{},"archive_days":1830}])", "r[0].log_days"},
      {R"([{"from":"2026-01-01","log_days":1.5,"topics":{},"archive_days":30}])", "r[0].log_days"},
      {R"([{"from":"2026-01-01","log_days":5,"topics":[],"archive_days":30}])", "r[0].topics"},
      {R"([{"from":"2026-01-01","log_days":5,"topics":{"a":-1},"archive_days":30}])",
       "r[0].topics.a"},
      {R"([{"from":"2026-01-01","log_days":5,"topics":{"a":31},"archive_days":30}])",
       "r[0].archive_days"},
      {R"([{"from":"2026-01-01","log_days":5,"topics":{},"archive_days":30,"x":1}])", "r[0].x"},
      {R"([{"from":"2026-01-01","log_days":5,"topics":{},"archive_days":30},
           {"from":"2026-01-01","log_days":5,"topics":{},"archive_days":30}])",
       "r"},
  };
  for (const auto& row : table) {
    const auto entries = ParseRetention(row.text, "r");
    ASSERT_FALSE(entries.ok()) << row.text;
    EXPECT_TRUE(entries.error().Is(kBadRetention)) << row.text;
    EXPECT_EQ(entries.error().where(), row.where) << row.text;
  }
}

TEST(Retention, TheCitysOwnIsGood) {
  EXPECT_TRUE(ReadRetention(PLAZA_SOURCE_DIR "/data/guadalajara/policy/retention.json").ok());
}

}  // namespace
}  // namespace plaza
