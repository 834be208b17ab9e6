// The auditor: reads every store of a city by itself (SQL and documented layouts, none of the
// services' code) and checks that nothing was lost, doubled or changed on the way from tap to
// settlement. It also computes the digests by which two runs are compared (docs/architecture.md,
// "When are two runs the same?").
//
// The one exception to rule 3 (a service owns its tables): an auditor that asked the services would
// believe them.
#pragma once
#include <string>
#include <vector>

#include "apps/plaza/city.h"

namespace plaza {

struct Invariant {
  std::string name;  // "taps recorded = rated + held + ignored + refused"
  bool holds = false;
  std::string figures;  // both sides, and what differs first if it does not hold
};

struct AuditReport {
  std::vector<Invariant> invariants;
  std::string money_digest;  // hex of SHA-256
  std::string book_digest;
  bool Clean() const;
};

// The city may be running, but must be idle, or what is under way counts as lost.
Result<AuditReport> Audit(const CityPaths& paths);

// The lines under the digests, sorted: to find where two runs differ.
struct DigestLines {
  std::vector<std::string> money;
  std::vector<std::string> book;
};
Result<DigestLines> ReadDigestLines(const CityPaths& paths);

}  // namespace plaza
