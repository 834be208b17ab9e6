// Derives everything that is derived from the ledger's rows again, checks the chain, and compares
// with what is stored.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libs/store/db.h"

namespace plaza::clearing {

struct Difference {
  std::string what;
  std::string stored;
  std::string rebuilt;
};
struct RebuildReport {
  std::int64_t rows = 0;
  std::int64_t shards = 0;
  std::vector<Difference> differences;  // the first kDifferencesMax
};

// The body of one read transaction. Memory: one number per account name, operator's day and
// aggregate.
RebuildReport RebuildAndCompare(plaza::store::Tx& tx);

}  // namespace plaza::clearing
