// A city in the middle of its days, as an older program left it (tests/vectors/city).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/plaza/simulation.h"

namespace plaza::testing {

// What a dated folder of tests/vectors/city holds beside stores/<name>.sql.
struct LandedCity {
  std::filesystem::path folder;
  std::string rest() const { return (folder / "rest.rec").string(); }  // what its day still brings
  std::filesystem::path digests() const { return folder / "digests.json"; }  // of the finished days
};
std::vector<LandedCity> LandedCities();  // oldest first

// Both fail the test on an error. A dump is SQL of tables, rows, then indexes and triggers: text
// that any SQLite reads.
void DumpStores(const std::filesystem::path& stores, const std::filesystem::path& sql_folder);
void RestoreStores(const std::filesystem::path& sql_folder, const std::filesystem::path& stores);

// Sends `recording` to the city of `folder`/city, which may have been there before.
AuditReport ContinueCity(const std::filesystem::path& folder, const std::string& recording,
                         bool resume);

}  // namespace plaza::testing
