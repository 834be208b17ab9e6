// The city's gRPC doors as the simulation uses them: each call waits out a server that is away,
// within the patience given, and is safe to repeat (its request id is derived from its body).
// Thread-safe.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/base/result.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/rpc/client.h"

namespace plaza::citysim {

struct Doors {
  rpc::Route route;
  rpc::TlsFiles admin;                   // roles admin and support
  rpc::TlsFiles depot;                   // role validator, for all of the city's validators
  std::vector<std::string> processes{};  // the ops door of each; empty: route.address alone
};

struct ValidatorPlace {
  std::string validator_id;
  std::string operator_id;
  std::string stop_id;
  std::string vehicle_id;
  std::int64_t enrolled_from_ms = 0;
  bool operator==(const ValidatorPlace&) const = default;
};

struct Grant {
  AccountId account;
  std::string kind;
  std::string from;   // YYYY-MM-DD
  std::string until;  // YYYY-MM-DD, included; empty: open
  bool operator==(const Grant&) const = default;
};

struct SubmitCounts {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t refused = 0;  // for good
};

class CityDoors {
 public:
  // `patience`: of each wait, counted from the last sign of progress.
  static Result<std::unique_ptr<CityDoors>> Connect(const Doors& doors,
                                                    std::chrono::milliseconds patience);
  ~CityDoors();

  Result<void> Register(const std::vector<ValidatorPlace>& validators);
  Result<AccountId> LookupAccount(std::uint32_t token_epoch, const emv::Token& token,
                                  const std::string& par);
  Result<void> GrantEntitlement(const Grant& grant);
  Result<void> Advance(Instant now);
  Result<void> CutOff(Date business_day);
  // Until Ops says that every consumer and outbox is done. SERVER_STUCK if nothing moves for the
  // patience given.
  Result<void> WaitIdle();
  // Sends records until each has been answered for good. SERVER_AWAY; TAPS_REFUSED if what is left
  // is refused for now for as long as the patience lasts.
  Result<void> Submit(std::vector<Bytes> records, SubmitCounts& counts);

  rpc::Client& depot();

 private:
  CityDoors();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::citysim
