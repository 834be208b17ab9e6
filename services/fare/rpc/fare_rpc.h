// The door for calls: plaza.fare.v1.Fare. Plain handlers; readers see the last committed batch and
// rate it again.
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/eventlog/outbox.h"
#include "libs/rpc/server.h"
#include "libs/store/db.h"
#include "plaza/fare/v1/fare.pb.h"
#include "services/fare/app/account.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

// Thread-safe. Outlives the server that it is registered with.
class FareRpc {
 public:
  FareRpc(std::shared_ptr<const Tariff> tariff, store::Db& db, eventlog::OutboxRelay& relay);
  void Register(rpc::Server& server);

  // BAD_REQUEST, BAD_ENTITLEMENT, and the errors of Rate().
  Result<v1::PriceJourneysResponse> PriceJourneys(const v1::PriceJourneysRequest& request) const;
  // UNKNOWN_ACCOUNT, UNKNOWN_TAP.
  Result<v1::ExplainChargeResponse> ExplainCharge(const v1::ExplainChargeRequest& request) const;
  // UNKNOWN_ACCOUNT. Journeys of the open window that begin in the span.
  Result<v1::GetStatementResponse> GetStatement(const v1::GetStatementRequest& request) const;
  // BAD_ENTITLEMENT, REQUEST_ID_REUSED.
  Result<v1::GrantEntitlementResponse> GrantEntitlement(
      const v1::GrantEntitlementRequest& request) const;

 private:
  Result<Statement> RateAgain(const Account& account) const;

  std::shared_ptr<const Tariff> tariff_;
  MediaIds media_;
  store::Db& db_;
  eventlog::OutboxRelay& relay_;
};

}  // namespace plaza::fare
