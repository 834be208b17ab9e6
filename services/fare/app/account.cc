#include "services/fare/app/account.h"

#include <algorithm>

#include "services/fare/errors.h"
#include "services/fare/limits.h"

namespace plaza::fare {
namespace {

bool Before(const WindowTap& a, const WindowTap& b) {
  if (a.time != b.time) return a.time < b.time;
  return a.tap_id < b.tap_id;
}

// A grant's dates were checked when it came in.
ValidityBound BoundOf(const std::string& text) {
  if (text.empty()) return std::monostate{};
  return Date::Parse(text).value();
}

const std::string& MediumOf(MediaKind kind, const MediaIds& media) {
  static const std::string kAny;
  switch (kind) {
    case MediaKind::kEmvCard:
    case MediaKind::kEmvDevice:
      return media.emv;
    case MediaKind::kClosedLoop:
      return media.closed_loop;
    case MediaKind::kUnknown:
      break;
  }
  return kAny;
}

}  // namespace

Result<Grant> MakeGrant(std::string kind, std::string from, std::string until) {
  if (kind.empty() || kind.size() > kEntitlementKindCharsMax) {
    return Error(kBadEntitlement, "a kind of " + std::to_string(kind.size()) + " characters",
                 "kind");
  }
  const Result<Date> first = Date::Parse(from);
  if (!first.ok()) return Error(kBadEntitlement, "'" + from + "' is no date", "from");
  if (!until.empty()) {
    const Result<Date> last = Date::Parse(until);
    if (!last.ok()) return Error(kBadEntitlement, "'" + until + "' is no date", "until");
    if (*last < *first) return Error(kBadEntitlement, until + " is before " + from, "until");
  }
  return Grant{std::move(kind), std::move(from), std::move(until)};
}

Added AddTap(Account& account, const WindowTap& tap) {
  for (const WindowTap& known : account.taps) {
    if (known.sequence == tap.sequence && known.validator == tap.validator) {
      return known == tap ? Added::kKnown : Added::kConflict;
    }
  }
  account.taps.insert(std::upper_bound(account.taps.begin(), account.taps.end(), tap, Before), tap);
  return Added::kNew;
}

bool AddGrant(Account& account, const Grant& grant) {
  const auto at = std::lower_bound(account.grants.begin(), account.grants.end(), grant);
  if (at != account.grants.end() && *at == grant) return false;
  account.grants.insert(at, grant);
  return true;
}

const WindowTap* FindTap(const Account& account, std::string_view tap_id) {
  for (const WindowTap& tap : account.taps) {
    if (tap.tap_id.value() == tap_id) return &tap;
  }
  return nullptr;
}

MediaIds MediaIdsOf(const Tariff& tariff) {
  // GTFS fare_media.txt: 3 is the contactless EMV card, 2 the transit card.
  constexpr int kTransitCard = 2;
  constexpr int kContactlessEmv = 3;
  return {tariff.FareMediaOfType(kContactlessEmv), tariff.FareMediaOfType(kTransitCard)};
}

AccountInput MakeRatingInput(const Account& account, const MediaIds& media) {
  AccountInput input;
  input.account = account.id.value().ToText();
  for (const Grant& grant : account.grants) {
    Entitlement entitlement;
    entitlement.kind = grant.kind;
    entitlement.from = BoundOf(grant.from);
    entitlement.until = BoundOf(grant.until);
    input.entitlements.push_back(std::move(entitlement));
  }
  input.taps.reserve(account.taps.size());
  for (const WindowTap& tap : account.taps) {
    Tap& out = input.taps.emplace_back();
    out.tap_id = tap.tap_id.value();
    out.time = Moment{tap.time, 0};
    out.action = TapAction::kSingle;
    out.stop_id = tap.stop.value();
    out.route_id = tap.route.value();
    out.device_id = tap.validator.value();
    out.operator_id = tap.operator_id.value();
    out.fare_media_id = MediumOf(tap.media, media);
  }
  return input;
}

}  // namespace plaza::fare
