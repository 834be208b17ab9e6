// What the auditor reads: rows of each store as plain values.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apps/plaza/city.h"

namespace plaza::audit {

struct LedgerRow {
  std::int64_t shard = 0;
  std::int64_t seq = 0;
  std::string business_day;
  std::string kind;
  std::string posting_id;  // 16 bytes
  std::string reference;
  std::string leg_id;
  std::string operator_id;
  std::string account;  // 16 bytes
  std::string debit;
  std::string credit;
  std::string currency;
  std::int64_t amount_minor = 0;
  std::int64_t event_time_ms = 0;
  std::string hash;
};

// Taps as tap-ingest keeps them: counted from the signed records themselves.
struct TapCounts {
  std::int64_t accepted = 0;
  std::int64_t denied = 0;
  std::int64_t recorded_by_counter = 0;  // what tap-ingest's own counters say
};

struct FareTotals {
  std::int64_t rated = 0;
  std::int64_t ignored = 0;
  std::int64_t held = 0;
  std::int64_t refused = 0;
  std::map<std::string, std::int64_t> charged_minor;   // by currency
  std::map<std::string, std::int64_t> charged_of_leg;  // minor units; legs in the open window
  std::map<std::string, std::string> journey_of_leg;
  std::map<std::string, std::string> moved_to;  // account → survivor, 16 bytes each
};

using Card = std::pair<std::int64_t, std::string>;  // token epoch, token
struct DeniedCard {
  std::string account;
  std::string reason;
};

struct Debtors {
  std::set<std::string> in_debt;         // accounts with an aggregate in state debt
  std::set<std::string> first_declined;  // accounts whose first use was declined for good
};

Result<void> ReadLedger(const CityPaths& paths, const std::function<void(const LedgerRow&)>& each);
Result<std::map<std::string, std::int64_t>> ReadStoredBalances(
    const CityPaths& paths);  // "account currency"
Result<TapCounts> ReadTaps(const CityPaths& paths);
Result<FareTotals> ReadFare(const CityPaths& paths);
Result<std::map<Card, DeniedCard>> ReadDeniedByClearing(const CityPaths& paths);
Result<Debtors> ReadDebtors(const CityPaths& paths);
Result<std::set<Card>> ReadDeniedAtTheGates(const CityPaths& paths);
Result<std::int64_t> CountOutboxRows(const CityPaths& paths);  // of all services

}  // namespace plaza::audit
