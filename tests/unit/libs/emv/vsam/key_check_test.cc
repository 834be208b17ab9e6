#include "libs/emv/vsam/key_check.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

// Of the keys of TR-31:2018, A.7, and X9.143:2021, 8, as public test suites print them.
TEST(KeyCheckTest, PublishedValues) {
  const struct {
    CipherKind kind;
    const char* key;
    const char* value;
  } cases[] = {
      {CipherKind::kTdea, "F039121BEC83D26B169BDCD5B22AAF8F", "CB9DEA"},
      {CipherKind::kTdea, "3F419E1CB7079442AA37474C2EFBF8B8", "57C409"},
      {CipherKind::kTdea, "EDB380DD340BC2620247D445F5B8D678", "F4B08D"},
      {CipherKind::kTdea, "777261707065642033444553206B6579", "B29D42"},
      {CipherKind::kAes, "3F419E1CB7079442AA37474C2EFBF8B8", "08793E25AB"},
      {CipherKind::kAes, "FA36E44278DB3AB5F298F9F7DA8F1F88", "D77F007724"},
  };
  for (const auto& c : cases) EXPECT_EQ(ToHex(*KeyCheckValue(c.kind, Hex(c.key))), c.value);
}

TEST(KeyCheckTest, LengthsAreChecked) {
  for (const auto& value :
       {KeyCheckValue(CipherKind::kAes, Bytes(15)), KeyCheckValue(CipherKind::kAes, Bytes(8)),
        KeyCheckValue(CipherKind::kTdea, {})}) {
    ASSERT_FALSE(value.ok());
    EXPECT_TRUE(value.error().Is(errors::kKeyLength));
  }
}

}  // namespace
}  // namespace plaza::emv
