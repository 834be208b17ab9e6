// The auditor: reads every store of a city by itself (SQL and documented layouts, none of the
// services' code) and checks that nothing was lost, doubled or changed on the way from tap to
// settlement. It also computes the digests by which two runs are compared (docs/architecture.md,
// "When are two runs the same?").
//
// The one exception to rule 3 (a service owns its tables): an auditor that asked the services would
// believe them.
#pragma once
#include <map>
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

// What a service has made of its facts: all rows of a table, but for their sequences. To compare a
// rebuilt store with the live one.
struct ServiceDigest {
  std::int64_t rows = 0;
  std::string digest;  // hex of SHA-256
  // These rows also tell in which order the topics were read, where a rider's accounts were linked:
  // on which of the two a leg was charged first, how often it was corrected on the way, which
  // number a denial got. Two folds of the same facts may differ here, and in nothing else.
  bool by_order = false;
};
// Of fare or clearing, by table.
Result<std::map<std::string, ServiceDigest>> DigestTables(const CityPaths& paths,
                                                          const std::string& service);

}  // namespace plaza
