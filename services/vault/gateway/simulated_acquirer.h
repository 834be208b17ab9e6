// An acquirer for demos and tests: a pure function of (seed, aggregate, attempt, purpose), so that
// runs can be compared. It knows our test issuers, and nobody's money. Thread-safe.
#pragma once
#include <cstdint>

#include "services/vault/app/ports.h"

namespace plaza::vault {

struct SimulatedAcquirerOptions {
  std::int64_t seed = 1;
  std::int64_t decline_basis_points = 150;              // of authorisations
  std::int64_t verification_decline_basis_points = 20;  // of account verifications
  // The PAR comes with an answer to an authorisation, and so at a cut-off. With this also at a
  // verification, right after the first tap: another order of events, which must charge the same
  // money.
  bool par_at_verification = false;
};

// Captures, refunds and reversals are approved. Declines are 51 mostly, 05 and 14 some, 43 few (ISO
// 8583 DE 39).
class SimulatedAcquirer : public Acquirer {
 public:
  explicit SimulatedAcquirer(SimulatedAcquirerOptions options) : options_(options) {}
  Verdict Send(const AuthRequest& request, const CardData& card) const override;

 private:
  SimulatedAcquirerOptions options_;
};

}  // namespace plaza::vault
