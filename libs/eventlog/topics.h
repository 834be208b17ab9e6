// The topics of the city (docs/architecture.md, "The event log") and where a key goes.
#pragma once
#include <string_view>
#include <vector>

#include "libs/base/ids.h"
#include "libs/eventlog/log.h"

namespace plaza::eventlog {

namespace topic {
inline constexpr std::string_view kTaps = "plaza.taps.v1";
inline constexpr std::string_view kAccounts = "plaza.accounts.v1";
inline constexpr std::string_view kMedia = "plaza.media.v1";
inline constexpr std::string_view kCharges = "plaza.charges.v1";
inline constexpr std::string_view kAuthorisations = "plaza.authorisations.v1";
inline constexpr std::string_view kDenyList = "plaza.denylist.v1";
inline constexpr std::string_view kSettlements = "plaza.settlements.v1";
inline constexpr std::string_view kClock = "plaza.clock.v1";
}  // namespace topic

// Topics keyed by account share this number of partitions, a divisor of kShards.
std::vector<TopicSpec> CityTopics(int account_partitions);  // with each topic's .dlq

// partition = ledger shard mod P, so that a shard has one writer.
inline int AccountPartition(const Uuid& account, int partitions) {
  return ShardOf(account) % partitions;
}

}  // namespace plaza::eventlog
