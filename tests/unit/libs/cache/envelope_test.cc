#include "libs/cache/envelope.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"

namespace plaza::cache {
namespace {

TEST(EnvelopeTest, GoldenOctets) {
  // SHA-256 of 00000001 "k" "v": printf '\0\0\0\1kv' | sha256sum
  EXPECT_EQ(ToHex(AsBytes(Seal("k", "v"))),
            "5031"
            "DCEBE451747903D86E81A0C6769287A23FC43A1027F9FCB4EF73E25801C1298C"
            "76");
}

TEST(EnvelopeTest, GivesBackWhatWasSealed) {
  for (const std::string& value :
       {std::string(), std::string("a\0b", 3), std::string(70'000, 'x')}) {
    EXPECT_EQ(Unseal("key", Seal("key", value)), value);
    EXPECT_EQ(Seal("key", value).size(), value.size() + kEnvelopeBytes);
  }
}

TEST(EnvelopeTest, NoticesEveryChange) {
  const std::string sealed = Seal("key", "value");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_EQ(Unseal("key", changed), std::nullopt) << "octet " << i;
    }
    EXPECT_EQ(Unseal("key", sealed.substr(0, i)), std::nullopt) << "cut to " << i;
  }
  EXPECT_EQ(Unseal("key", sealed + "x"), std::nullopt);
  EXPECT_EQ(Unseal("other", sealed), std::nullopt);
  EXPECT_EQ(Unseal("kez", sealed), std::nullopt);  // of the same length
  // The same octets in a row, parted elsewhere.
  EXPECT_EQ(Unseal("ke", Seal("key", "value").replace(kEnvelopeBytes, 5, "yvalue")), std::nullopt);
}

}  // namespace
}  // namespace plaza::cache
