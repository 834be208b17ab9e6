#include "libs/eventlog/topics.h"

#include "libs/base/check.h"

namespace plaza::eventlog {

std::vector<TopicSpec> CityTopics(int account_partitions) {
  PLAZA_CHECK(account_partitions >= 1 && account_partitions <= kShards &&
              kShards % account_partitions == 0);
  std::vector<TopicSpec> specs;
  auto add = [&](std::string_view name, int partitions) {
    specs.push_back({std::string(name), partitions});
    specs.push_back({std::string(name) + ".dlq", partitions});
  };
  for (const std::string_view name :
       {topic::kTaps, topic::kAccounts, topic::kCharges, topic::kAuthorisations}) {
    add(name, account_partitions);
  }
  for (const std::string_view name :
       {topic::kMedia, topic::kDenyList, topic::kSettlements, topic::kClock}) {
    add(name, 1);
  }
  return specs;
}

}  // namespace plaza::eventlog
