// Forward-only migrations with checksums. Internal to libs/store: Db::Migrate is the door.
#pragma once
#include <span>
#include <string_view>

#include "libs/store/db.h"

namespace plaza::store {

// All that are missing, in one transaction: a failing one leaves the schema as it was.
// BAD_MIGRATION names set, id, file. Needs a Db that can write: an auditor, who reads only, does
// not migrate.
struct Dialect {
  std::string_view name;       // a statement that begins with "-- only: other" is left out
  std::string_view blob_type;  // replaces {BLOB}
  std::string_view lock;       // statement that keeps others from migrating until commit, or empty
};
Result<void> ApplyMigrations(Db& db, std::string_view set, std::span<const Migration> migrations,
                             const Dialect& dialect);

}  // namespace plaza::store
