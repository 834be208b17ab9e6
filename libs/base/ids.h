// Strong ids: two of different kinds cannot be swapped. Text ids keep the text that the outside
// gave.
#pragma once
#include <compare>
#include <functional>
#include <string>
#include <utility>

#include "libs/base/uuid.h"

namespace plaza {

template <class Tag, class Rep>
class Id {
 public:
  Id() = default;
  explicit Id(Rep value) : value_(std::move(value)) {}
  const Rep& value() const { return value_; }
  auto operator<=>(const Id&) const = default;

 private:
  Rep value_{};
};

using AccountId = Id<struct AccountTag, Uuid>;
using MediumId = Id<struct MediumTag, Uuid>;
using AggregateId = Id<struct AggregateTag, Uuid>;
using ValidatorId = Id<struct ValidatorTag, std::string>;
using OperatorId = Id<struct OperatorTag, std::string>;
using StopId = Id<struct StopTag, std::string>;
using RouteId = Id<struct RouteTag, std::string>;
using TapId = Id<struct TapTag, std::string>;  // "<validator>:<sequence>"

inline TapId MakeTapId(const ValidatorId& validator, std::uint64_t sequence) {
  return TapId(validator.value() + ":" + std::to_string(sequence));
}

// Namespaces of the ids that Plaza derives (docs/formats/events.md). Each is UUIDv5(URL namespace,
// its URL).
namespace id_space {
Uuid Medium();     // of "<token epoch>/<token, hex>"
Uuid Account();    // of "par/<PAR>" or "medium/<medium id>"
Uuid Refused();    // of the validator id: the key of refused taps without a token
Uuid Aggregate();  // of "<account id>/<business day>/<ordinal>"
Uuid Posting();    // of "<leg>/<account>/<operator>/<revision>" and of other references
Uuid Request();    // of "<aggregate or tap>/<purpose>/<attempt>"
Uuid Event();      // of "<topic>/<what it is about>"
Uuid Trace();      // of the tap id
}  // namespace id_space

MediumId MakeMediumId(std::uint32_t token_epoch, ByteView token);
AccountId MakeAccountId(std::string_view par, const MediumId& medium);  // par may be empty

// Ledger shards are a fixed number by account, whatever the number of partitions
// (docs/architecture.md, "The event log").
inline constexpr int kShards = 16;
inline int ShardOf(const Uuid& account) { return account.bytes()[15] & 0x0F; }

}  // namespace plaza

template <class Tag, class Rep>
struct std::hash<plaza::Id<Tag, Rep>> {
  std::size_t operator()(const plaza::Id<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
