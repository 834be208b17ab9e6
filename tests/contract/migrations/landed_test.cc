// A migration that has landed ran on somebody's store: it is never edited, and a change is a new
// migration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

// The .sql files below apps, libs and services: each is a migration. Path from the root → SHA-256.
std::map<std::string, std::string> Present() {
  const fs::path root = PLAZA_SOURCE_DIR;
  std::map<std::string, std::string> present;
  for (const char* folder : {"apps", "libs", "services"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".sql") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string sql{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      present[fs::relative(entry.path(), root)] = ToHex(Sha256(AsBytes(sql)));
    }
  }
  return present;
}

// As sha256sum writes it.
std::map<std::string, std::string> Landed() {
  std::ifstream file(PLAZA_SOURCE_DIR "/tests/contract/migrations/landed.sha256");
  std::map<std::string, std::string> landed;
  for (std::string sum, path; file >> sum >> path;) landed[path] = ToHex(FromHex(sum).value());
  return landed;
}

TEST(LandedMigrations, AreNeverEdited) {
  const auto landed = Landed();
  ASSERT_FALSE(landed.empty());
  // One that differs or is gone: put it back, and write a new migration.
  EXPECT_THAT(landed, testing::IsSubsetOf(Present()));
}

TEST(LandedMigrations, AreAllListed) {
  // One that is new: sha256sum PATH >> tests/contract/migrations/landed.sha256.
  EXPECT_THAT(Present(), testing::IsSubsetOf(Landed()));
}

}  // namespace
}  // namespace plaza
