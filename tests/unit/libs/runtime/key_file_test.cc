#include "libs/runtime/key_file.h"

#include <gmock/gmock.h>

#include <fstream>

#include "libs/base/hex.h"
#include "libs/runtime/errors.h"
#include "tests/support/temp_folder.h"

namespace plaza::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDigits = "00112233445566778899AABBCCDDEEFF102132435465768798A9BACBDCEDFE0F";

class KeyFileTest : public ::testing::Test {
 protected:
  auto Read(const std::string& text) {
    const std::string path = (folder_.path() / "some.key").string();
    std::ofstream(path, std::ios::trunc) << text;
    return ReadKeyFile(path, "vault.storage_key_file");
  }
  testing::TempFolder folder_;
};

TEST_F(KeyFileTest, HoldsDigitsAndALineEnd) {
  for (const std::string end : {"", "\n", "\r\n"}) {
    const auto key = Read(kDigits + end);
    ASSERT_TRUE(key.ok()) << key.error().ToString();
    EXPECT_EQ(ToHex(*key), kDigits);
  }
}

TEST_F(KeyFileTest, WhatIsNoneIsNamedAndNotQuoted) {
  for (const std::string& text : {std::string(), kDigits.substr(1), kDigits + "00",
                                  kDigits + "\n\n\nx", "zz" + kDigits.substr(2)}) {
    const auto key = Read(text);
    ASSERT_FALSE(key.ok()) << text.size();
    EXPECT_TRUE(key.error().Is(kBadKeyFile));
    EXPECT_THAT(key.error().ToString(), HasSubstr("vault.storage_key_file"));
    EXPECT_THAT(key.error().ToString(), HasSubstr("/some.key"));
    EXPECT_THAT(key.error().ToString(), Not(HasSubstr(kDigits.substr(2, 8))));
  }
  EXPECT_FALSE(ReadKeyFile("", "k").ok());
  EXPECT_FALSE(ReadKeyFile((folder_.path() / "none").string(), "k").ok());
}

}  // namespace
}  // namespace plaza::runtime
