#include "apps/citysim/keys.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "apps/citysim/errors.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "tests/support/temp_folder.h"

namespace plaza::citysim {
namespace {

TEST(KeysTest, FollowFromTheSeed) {
  EXPECT_EQ(MakeKeys(5).token, Sha256(AsBytes("plaza demo key/5/token")));
  EXPECT_EQ(MakeKeys(5).vault_storage, Sha256(AsBytes("plaza demo key/5/vault_storage")));
  EXPECT_NE(MakeKeys(5).token, MakeKeys(6).token);
  EXPECT_NE(MakeKeys(5).tap_mac_base, MakeKeys(5).card_data_base);
}

TEST(KeysTest, AreWrittenOnceForTheirOwnerAlone) {
  const testing::TempFolder folder;
  const std::string keys = (folder.path() / "keys").string();
  ASSERT_TRUE(WriteKeys(MakeKeys(5), keys).ok());
  for (const char* name : {"token", "tap_mac_base", "card_data_base", "vault_storage"}) {
    const std::filesystem::path path = keys + "/" + name + ".key";
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600)) << name;
  }
  std::ifstream in(keys + "/token.key");
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, ToHex(MakeKeys(5).token));
  EXPECT_TRUE(WriteKeys(MakeKeys(5), keys).ok());
  const auto other = WriteKeys(MakeKeys(6), keys);
  ASSERT_FALSE(other.ok());
  EXPECT_TRUE(other.error().Is(kBadKeyFile));
}

}  // namespace
}  // namespace plaza::citysim
