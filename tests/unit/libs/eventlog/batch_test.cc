#include "libs/eventlog/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"

namespace plaza::eventlog {
namespace {

using ::testing::HasSubstr;

// The format as README.md states it: a change here needs a new version.
TEST(Batch, GoldenBytes) {
  const Record records[] = {{"k", "va"}, {"", std::string("\0", 1)}};
  const std::string golden(
      "\x01"
      "\x02\0\0\0"
      "\x01\0\0\0"
      "k"
      "\x02\0\0\0"
      "va"
      "\0\0\0\0"
      "\x01\0\0\0"
      "\0",
      25);
  EXPECT_EQ(EncodeBatch(records), golden);
  std::vector<Record> decoded;
  ASSERT_TRUE(DecodeBatch(golden, "here", decoded).ok());
  ASSERT_EQ(decoded.size(), 2U);
  EXPECT_EQ(decoded[0].key, "k");
  EXPECT_EQ(decoded[1].value, records[1].value);
}

TEST(Batch, SkipsAndStops) {
  std::vector<Record> records;
  for (int i = 0; i < 10; ++i) records.push_back({"k", std::to_string(i)});
  const std::string bytes = EncodeBatch(records);
  const struct {
    std::size_t skip, max;
    std::vector<std::int64_t> offsets;
  } table[] = {{0, 3, {100, 101, 102}}, {8, 5, {108, 109}}, {10, 5, {}}, {3, 1, {103}}, {3, 0, {}}};
  for (const auto& row : table) {
    std::vector<StoredRecord> out;
    ASSERT_TRUE(DecodeBatch(bytes, "here", 100, row.skip, row.max, out).ok());
    std::vector<std::int64_t> offsets;
    for (const StoredRecord& one : out) {
      offsets.push_back(one.offset);
      EXPECT_EQ(one.record.value, std::to_string(one.offset - 100));
    }
    EXPECT_EQ(offsets, row.offsets);
  }
}

TEST(Batch, EveryTruncationAndEveryFlippedLengthIsDamage) {
  const Record records[] = {{"key", "value"}, {"another", "one"}};
  const std::string bytes = EncodeBatch(records);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut =
        bytes.substr(0, length);  // an own allocation, so that a sanitizer sees an over-read
    std::vector<Record> out;
    const auto refused = DecodeBatch(cut, "log a[1]", out);
    ASSERT_FALSE(refused.ok()) << length;
    EXPECT_TRUE(refused.error().Is(kLogDamaged));
    EXPECT_THAT(refused.error().where(), HasSubstr("log a[1], byte "));
  }
  const struct {
    const char* name;
    std::size_t at;
    char value;
  } table[] = {{"version", 0, 2},         {"count too small", 1, 1},
               {"count too large", 1, 3}, {"count absurd", 4, '\x7F'},
               {"key length", 8, '\xFF'}, {"value length", 15, '\xFF'}};
  for (const auto& row : table) {
    std::string bad = bytes;
    bad[row.at] = row.value;
    std::vector<Record> out;
    EXPECT_FALSE(DecodeBatch(bad, "here", out).ok()) << row.name;
  }
  std::vector<Record> out;
  EXPECT_FALSE(DecodeBatch(bytes + "x", "here", out).ok());
}

}  // namespace
}  // namespace plaza::eventlog
