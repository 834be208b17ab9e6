#include "libs/eventlog/topics.h"

#include <gtest/gtest.h>

#include <map>

namespace plaza::eventlog {
namespace {

TEST(CityTopics, HaveTheirPartitionsAndTheirDeadLetterTopic) {
  for (const int partitions : {1, 2, 4, 8, 16}) {
    std::map<std::string, int> by_name;
    for (const TopicSpec& spec : CityTopics(partitions)) by_name[spec.name] = spec.partitions;
    const struct {
      std::string_view name;
      int partitions;
    } table[] = {{topic::kTaps, partitions},
                 {topic::kAccounts, partitions},
                 {topic::kCharges, partitions},
                 {topic::kAuthorisations, partitions},
                 {topic::kMedia, 1},
                 {topic::kDenyList, 1},
                 {topic::kSettlements, 1},
                 {topic::kClock, 1}};
    EXPECT_EQ(by_name.size(), 2 * std::size(table));
    for (const auto& row : table) {
      EXPECT_EQ(by_name.at(std::string(row.name)), row.partitions) << row.name;
      EXPECT_EQ(by_name.at(std::string(row.name) + ".dlq"), row.partitions) << row.name;
    }
  }
}

TEST(CityTopics, PartitionsDivideTheShards) {
  for (const int partitions : {0, -1, 3, 5, 32}) {
    EXPECT_DEATH(CityTopics(partitions), "kShards") << partitions;
  }
}

TEST(CityTopics, AShardHasOnePartition) {
  for (const int partitions : {1, 2, 4, 8, 16}) {
    std::map<int, int> partition_of;
    for (int n = 0; n < 500; ++n) {
      const Uuid account = Uuid::V5(id_space::Account(), std::to_string(n));
      const int partition = AccountPartition(account, partitions);
      EXPECT_GE(partition, 0);
      EXPECT_LT(partition, partitions);
      const auto [at, is_new] = partition_of.emplace(ShardOf(account), partition);
      EXPECT_EQ(at->second, partition);
    }
    EXPECT_EQ(partition_of.size(), static_cast<std::size_t>(kShards));
  }
}

}  // namespace
}  // namespace plaza::eventlog
