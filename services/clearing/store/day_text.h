// How columns spell what the core has as values, and which ledger rows an operator's day is made
// of.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/civil.h"
#include "libs/base/uuid.h"
#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "services/clearing/app/ports.h"
#include "services/clearing/core/posting.h"

namespace plaza::clearing {

// What the store holds was written by us: anything else is damage, thrown as the store's own
// failures are.
inline Date DayFrom(const std::string& text) {
  const Result<Date> day = Date::Parse(text);
  if (!day.ok())
    throw plaza::store::DbFailure(Error(plaza::store::kStoreDamaged, "a date " + text));
  return *day;
}
inline Uuid UuidFrom(const std::string& bytes) {
  const Result<Uuid> id = Uuid::FromBytes(AsBytes(bytes));
  if (!id.ok()) throw plaza::store::DbFailure(Error(plaza::store::kStoreDamaged, "an id"));
  return *id;
}

inline std::string_view StreamTopic(Stream stream) {
  switch (stream) {
    case Stream::kTaps:
      return "plaza.taps.v1";
    case Stream::kCharges:
      return "plaza.charges.v1";
    case Stream::kClock:
      return "plaza.clock.v1";
  }
  return "";
}
inline Stream StreamFrom(const std::string& topic) {
  for (const Stream stream : {Stream::kTaps, Stream::kCharges, Stream::kClock}) {
    if (topic == StreamTopic(stream)) return stream;
  }
  throw plaza::store::DbFailure(Error(plaza::store::kStoreDamaged, "a topic " + topic));
}

inline bool IsOperatorDayKind(std::string_view kind) {
  return kind == kind::kCharge || kind == kind::kChargeBack || kind == kind::kShareRefund;
}
inline void AddPosting(std::string_view kind, std::int64_t amount_minor, OperatorDay& day) {
  if (kind == kind::kCharge) day.charged_minor += amount_minor;
  if (kind == kind::kChargeBack) day.returned_minor += amount_minor;
  if (kind == kind::kShareRefund) day.refunded_minor += amount_minor;
}

}  // namespace plaza::clearing
