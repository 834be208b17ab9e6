#include "services/fare/rpc/fare_rpc.h"

#include <limits>
#include <string>
#include <utility>

#include "libs/eventlog/topics.h"
#include "services/fare/convert.h"
#include "services/fare/errors.h"
#include "services/fare/limits.h"
#include "services/fare/rpc/views.h"
#include "services/fare/store/fare_store.h"

namespace plaza::fare {
namespace {

constexpr std::string_view kService = "plaza.fare.v1.Fare";

Result<void> CheckId(const std::string& text, const std::string& field) {
  if (text.size() <= kIdCharsMax) return {};
  return Error(kBadRequest, "more than " + std::to_string(kIdCharsMax) + " characters", field);
}

Result<Tap> ToTap(const v1::Tap& in, const std::string& field) {
  for (const std::string* text : {&in.tap_id(), &in.stop_id(), &in.route_id(), &in.operator_id(),
                                  &in.fare_media_id(), &in.rider_category_id()}) {
    PLAZA_RETURN_IF_ERROR(CheckId(*text, field));
  }
  Tap tap;
  tap.tap_id = in.tap_id();
  tap.time = Moment{Instant{in.time_ms()}, 0};
  tap.stop_id = in.stop_id();
  tap.route_id = in.route_id();
  tap.operator_id = in.operator_id();
  tap.fare_media_id = in.fare_media_id();
  tap.rider_category_id = in.rider_category_id();
  if (in.action().empty()) return tap;
  const Result<TapAction> action = ParseTapAction(in.action());
  if (!action.ok()) return Error(kBadRequest, action.error().what(), field + ".action");
  tap.action = *action;
  return tap;
}

}  // namespace

FareRpc::FareRpc(std::shared_ptr<const Tariff> tariff, store::Db& db, eventlog::OutboxRelay& relay)
    : tariff_(std::move(tariff)), media_(MediaIdsOf(*tariff_)), db_(db), relay_(relay) {}

void FareRpc::Register(rpc::Server& server) {
  const rpc::Access support{{"support"}};
  const rpc::Access admin{{"admin"}};
  server.Handle<v1::PriceJourneysRequest, v1::PriceJourneysResponse>(
      kService, "PriceJourneys", support,
      [this](rpc::Ctx&, const v1::PriceJourneysRequest& request) {
        return PriceJourneys(request);
      });
  server.Handle<v1::ExplainChargeRequest, v1::ExplainChargeResponse>(
      kService, "ExplainCharge", support,
      [this](rpc::Ctx&, const v1::ExplainChargeRequest& request) {
        return ExplainCharge(request);
      });
  server.Handle<v1::GetStatementRequest, v1::GetStatementResponse>(
      kService, "GetStatement", support,
      [this](rpc::Ctx&, const v1::GetStatementRequest& request) { return GetStatement(request); });
  server.Handle<v1::GrantEntitlementRequest, v1::GrantEntitlementResponse>(
      kService, "GrantEntitlement", admin,
      [this](rpc::Ctx&, const v1::GrantEntitlementRequest& request) {
        return GrantEntitlement(request);
      });
}

Result<Statement> FareRpc::RateAgain(const Account& account) const {
  return Rate(*tariff_, MakeRatingInput(account, media_), std::nullopt);
}

Result<v1::PriceJourneysResponse> FareRpc::PriceJourneys(
    const v1::PriceJourneysRequest& request) const {
  if (static_cast<std::size_t>(request.taps_size()) > kPricedTapsMax) {
    return Error(kBadRequest, "more than " + std::to_string(kPricedTapsMax) + " taps", "taps");
  }
  if (static_cast<std::size_t>(request.entitlement_kinds_size()) > kEntitlementsMax) {
    return Error(kBadRequest, "more than " + std::to_string(kEntitlementsMax) + " entitlements",
                 "entitlement_kinds");
  }
  AccountInput input;
  input.account = "price";
  for (int i = 0; i < request.taps_size(); ++i) {
    PLAZA_ASSIGN_OR_RETURN(Tap tap, ToTap(request.taps(i), "taps[" + std::to_string(i) + "]"));
    input.taps.push_back(std::move(tap));
  }
  for (const std::string& kind : request.entitlement_kinds()) {
    if (!tariff_->HasEntitlementKind(kind)) {
      return Error(kBadEntitlement, "the tariff has no entitlement '" + kind + "'",
                   "entitlement_kinds");
    }
    Entitlement entitlement;
    entitlement.kind = kind;
    input.entitlements.push_back(std::move(entitlement));
  }
  PLAZA_ASSIGN_OR_RETURN(const Statement statement, Rate(*tariff_, input, std::nullopt));
  v1::PriceJourneysResponse response;
  for (const StatementJourney& journey : statement.journeys) {
    FillJourney(*tariff_, journey, statement.currency, nullptr, *response.add_journeys());
  }
  response.set_total_minor(statement.total_minor);
  response.set_currency(std::string(statement.currency.code()));
  for (const StatementWarning& warning : statement.warnings) {
    response.add_warnings(WarningText(warning));
  }
  return response;
}

Result<v1::ExplainChargeResponse> FareRpc::ExplainCharge(
    const v1::ExplainChargeRequest& request) const {
  PLAZA_ASSIGN_OR_RETURN(const AccountId id, ToAccountId(request.account_id(), "account_id"));
  PLAZA_RETURN_IF_ERROR(CheckId(request.tap_id(), "tap_id"));
  std::optional<TapSetAside> aside;
  PLAZA_ASSIGN_OR_RETURN(const Account account, db_.Read([&](store::Tx& tx) {
    aside = ReadSetAside(tx, request.tap_id());
    return ReadSurvivor(tx, id);
  }));
  v1::ExplainChargeResponse response;
  if (FindTap(account, request.tap_id()) == nullptr) {
    if (aside.has_value() && (aside->account == id || aside->account == account.id)) {
      response.set_ignored(aside->outcome);
      return response;
    }
    return Error(kUnknownTap,
                 "account " + account.id.value().ToText() + " has no tap '" + request.tap_id() +
                     "' in its open window",
                 "tap_id");
  }
  PLAZA_ASSIGN_OR_RETURN(const Statement statement, RateAgain(account));
  for (const StatementWarning& warning : statement.warnings) {
    if (warning.where == request.tap_id()) response.add_warnings(WarningText(warning));
  }
  const StatementLeg* leg = statement.FindLeg(request.tap_id());
  if (leg == nullptr) {
    response.set_ignored(IgnoredText(statement, request.tap_id()));
    return response;
  }
  response.set_tariff_version_id(leg->tariff_version_id);
  for (const StatementJourney& journey : statement.journeys) {
    for (const StatementLeg& candidate : journey.legs) {
      if (&candidate != leg) continue;
      FillJourney(*tariff_, journey, statement.currency, &account, *response.mutable_journey());
    }
  }
  return response;
}

Result<v1::GetStatementResponse> FareRpc::GetStatement(
    const v1::GetStatementRequest& request) const {
  PLAZA_ASSIGN_OR_RETURN(const AccountId id, ToAccountId(request.account_id(), "account_id"));
  const std::int64_t until_ms =
      request.until_ms() == 0 ? std::numeric_limits<std::int64_t>::max() : request.until_ms();
  if (until_ms < request.from_ms()) return Error(kBadRequest, "until is before from", "until_ms");
  PLAZA_ASSIGN_OR_RETURN(const Account account,
                         db_.Read([&](store::Tx& tx) { return ReadSurvivor(tx, id); }));
  PLAZA_ASSIGN_OR_RETURN(const Statement statement, RateAgain(account));
  v1::GetStatementResponse response;
  response.set_account_id(account.id.value().ToBinary());
  std::int64_t total = 0;
  for (const StatementJourney& journey : statement.journeys) {
    const std::int64_t begin = journey.legs.front().time.instant.unix_ms;
    if (begin < request.from_ms() || begin >= until_ms) continue;
    FillJourney(*tariff_, journey, statement.currency, &account, *response.add_journeys());
    PLAZA_ASSIGN_OR_RETURN(total, AddMinor(total, journey.charged_minor));
  }
  response.set_total_minor(total);
  response.set_currency(std::string(statement.currency.code()));
  for (const StatementWarning& warning : statement.warnings) {
    response.add_warnings(WarningText(warning));
  }
  return response;
}

Result<v1::GrantEntitlementResponse> FareRpc::GrantEntitlement(
    const v1::GrantEntitlementRequest& request) const {
  PLAZA_ASSIGN_OR_RETURN(const AccountId account, ToAccountId(request.account_id(), "account_id"));
  PLAZA_ASSIGN_OR_RETURN(const Grant grant,
                         MakeGrant(request.kind(), request.from(), request.until()));
  if (!tariff_->HasEntitlementKind(grant.kind)) {
    return Error(kBadEntitlement, "the tariff has no entitlement '" + grant.kind + "'", "kind");
  }
  // It happens when it takes effect: services have no clock of their own for business.
  const ZoneRules utc;
  const ZoneRules& zone = tariff_->zone() != nullptr ? *tariff_->zone() : utc;
  const Instant time = DayBegin(Date::Parse(grant.from).value(), zone, TimeOfDay{});
  v1::GrantEntitlementRequest body = request;
  body.clear_request_id();
  const std::string body_bytes = body.SerializeAsString();
  const Result<std::string> done = db_.Write([&](store::Tx& tx) -> Result<std::string> {
    eventlog::Outbox outbox(relay_);
    PLAZA_ASSIGN_OR_RETURN(
        std::string answer,
        store::OncePerRequest(
            tx, "plaza.fare.v1.Fare/GrantEntitlement", request.request_id(), AsBytes(body_bytes),
            [&]() -> Result<std::string> {
              outbox.AddByAccount(
                  eventlog::topic::kAccounts, account.value(),
                  ToEvent(account, grant, request.request_id(), time).SerializeAsString());
              return v1::GrantEntitlementResponse().SerializeAsString();
            }));
    if (!outbox.empty()) outbox.Flush(tx);
    return answer;
  });
  if (!done.ok()) return done.error();
  return v1::GrantEntitlementResponse();
}

}  // namespace plaza::fare
