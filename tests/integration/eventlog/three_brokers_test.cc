// The log on three brokers: one of them may die, and nothing is lost or out of reach.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "apps/plaza/servers/kafka.h"
#include "libs/eventlog/kafka_log.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog {
namespace {

using std::chrono::milliseconds;

using plaza::testing::Eventually;

// Leaders move when their brokers die, and do not move back when these return: whoever asked the
// first ones must find the next.
TEST(ThreeBrokers, OneMayDieAndTheLogGoesOn) {
  const testing::TempFolder folder;
  const auto kafka = servers::Kafka::Start({.folder = folder.path(), .nodes = 3});
  ASSERT_TRUE(kafka.ok()) << kafka.error().ToString();
  KafkaOptions options;
  options.brokers = (*kafka)->brokers();
  const auto log = OpenKafkaLog(options).value();
  const TopicSpec topics[] = {{"in", 3}};
  ASSERT_TRUE(Eventually([&] { return log->CreateTopics(topics).ok(); }));
  std::int64_t written = 0;
  const auto append_to_all = [&](const std::string& value) {
    std::vector<AppendBatch> batches;
    for (int part = 0; part < 3; ++part) batches.push_back({{"in", part}, {{"key", value}}});
    ASSERT_TRUE(Eventually([&] { return log->Append(batches).ok(); })) << value;
    ++written;
    for (int part = 0; part < 3; ++part) {
      ASSERT_TRUE(Eventually([&] {
        const auto end = log->EndOffset({"in", part});
        return end.ok() && *end >= written;  // an append that failed may be there in part
      })) << value
          << ", partition " << part;
    }
  };
  append_to_all("before");
  const int leads = (*kafka)->Controller();
  for (const int dies : {leads, (leads + 1) % (*kafka)->size()}) {
    (*kafka)->Kill(dies);
    append_to_all("one less");
    ASSERT_TRUE((*kafka)->StartAgain(dies).ok());
    append_to_all("all again");
  }
  for (int part = 0; part < 3; ++part) {
    std::vector<std::string> values;
    ASSERT_TRUE(Eventually([&] {
      const auto fetched = log->Fetch({"in", part}, 0, 1000, milliseconds(100));
      if (!fetched.ok()) return false;
      values.clear();
      for (const StoredRecord& one : *fetched) values.push_back(one.record.value);
      return values.size() >= 5;
    }));
    EXPECT_EQ(values.front(), "before");
    EXPECT_EQ(values.back(), "all again");
  }
}

}  // namespace
}  // namespace plaza::eventlog
