// The upgrade of a city: stores and log that an older program left are taken over by today's, and
// the money is that of the old program's own undisturbed run.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/sim/landed_city.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

class Landed : public ::testing::TestWithParam<LandedCity> {
 protected:
  Landed() { RestoreStores(GetParam().folder / "stores", stores()); }
  fs::path stores() const { return folder_.path() / "city" / "stores"; }

  void FinishAndCompare() {
    std::ifstream file(GetParam().digests());
    const auto digests = nlohmann::json::parse(file);
    const AuditReport audit = ContinueCity(folder_.path(), GetParam().rest(), /*resume=*/true);
    EXPECT_EQ(Broken(audit), "");
    EXPECT_EQ(audit.money_digest, digests.at("money"));
    EXPECT_EQ(audit.book_digest, digests.at("book"));
  }

  TempFolder folder_;
};

TEST_P(Landed, TheCityGoesOnFromItsOldStores) { FinishAndCompare(); }

// The services' own stores are lost: what they knew is told again by the old log's facts.
TEST_P(Landed, TheOldFactsFoldToTheSameMoney) {
  for (const char* store : {"fare.db", "clearing.db", "vault.db"}) {
    ASSERT_TRUE(fs::remove(stores() / store)) << store;
  }
  FinishAndCompare();
}

INSTANTIATE_TEST_SUITE_P(City, Landed, ::testing::ValuesIn(LandedCities()), [](const auto& city) {
  std::string name = city.param.folder.filename();
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace plaza::testing
