#include "libs/emv/lists/signed_list.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

using ::testing::HasSubstr;

const Bytes kSeed(32, 0x11);
const Bytes kOtherSeed(32, 0x22);
const std::string kBody{"any octets\0 and\n\nmore", 21};

std::vector<Ed25519PublicKey> Trusted() { return {Ed25519PublicKeyOf(kSeed)}; }

Result<SignedList> OpenList(const std::string& file,
                            const std::optional<ListInUse>& in_use = std::nullopt) {
  return OpenSignedList(AsBytes(file), "ca-keys", Trusted(), in_use);
}

TEST(Ed25519Test, Rfc8032) {
  // RFC 8032, 7.1, test 3.
  const Bytes seed = *FromHex("C5AA8DF43F9F837BEDB7442F31DCB7B166D38535076F094B85CE3A2E0B4458F7");
  const Bytes message = *FromHex("AF82");
  EXPECT_EQ(ToHex(Ed25519PublicKeyOf(seed)),
            "FC51CD8E6218A1A38DA47ED00230F0580816ED13BA3303AC5DEB911548908025");
  EXPECT_EQ(ToHex(SignEd25519(seed, message)),
            "6291D657DEEC24024827E69C3ABE01A30CE548A284743A445E3680D7DB5AC3AC"
            "18FF9B538D16F290AE67F760984DC6594A7C15E9716ED28DC027BECEEA1EC40A");
}

TEST(SignedListTest, IsOpenedAsItWasSigned) {
  const std::string file = SignList("ca-keys", 17, AsBytes(kBody), kSeed);
  EXPECT_THAT(file, ::testing::StartsWith("PLAZA-LIST 1\nkind: ca-keys\nepoch: 17\nsha256: "));
  const auto list = OpenList(file);
  ASSERT_TRUE(list.ok()) << list.error().ToString();
  EXPECT_EQ(list->epoch, 17U);
  EXPECT_EQ(AsText(list->body), kBody);
  EXPECT_EQ(list->hash, Sha256(AsBytes(kBody)));
}

TEST(SignedListTest, AnEmptyBodyIsAList) {
  const auto list = OpenList(SignList("ca-keys", 1, {}, kSeed));
  ASSERT_TRUE(list.ok()) << list.error().ToString();
  EXPECT_TRUE(list->body.empty());
}

// Each bit of a file, and each length that it may be cut to.
TEST(SignedListTest, NoChangeIsBelieved) {
  const std::string file = SignList("ca-keys", 17, AsBytes(kBody), kSeed);
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = file;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      // Small letters are hexadecimal digits too: the same header, written otherwise.
      const bool same = FromHex(std::string(1, '0') + changed[at]).ok() &&
                        FromHex(std::string(1, '0') + file[at]).ok() && bit == 5 &&
                        at < file.find("\n\n");
      const auto opened = OpenList(changed);
      if (same && opened.ok()) continue;
      ASSERT_FALSE(opened.ok()) << "octet " << at << ", bit " << bit;
    }
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    ASSERT_FALSE(OpenList(file.substr(0, size)).ok()) << size;
  }
  ASSERT_FALSE(OpenList(file + "x").ok());
}

TEST(SignedListTest, EachErrorIsItsOwn) {
  const std::string file = SignList("ca-keys", 17, AsBytes(kBody), kSeed);
  std::string body_changed = file;
  body_changed.back() = 'X';
  const std::string long_line = "PLAZA-LIST 1\nkind: " + std::string(100'000, 'a');
  struct Row {
    std::string file;
    const ErrorKind& kind;
    const char* says;
  };
  const Row rows[] = {
      {"", errors::kBadList, "version 1"},
      {"PLAZA-LIST 2\n", errors::kBadList, "version 1"},
      {long_line, errors::kBadList, "kind"},
      {SignList("config", 17, AsBytes(kBody), kSeed), errors::kBadList,
       "a list of config, not of ca-keys"},
      {"PLAZA-LIST 1\nkind: ca-keys\nepoch: 0\n", errors::kBadList, "a number from 1"},
      {"PLAZA-LIST 1\nkind: ca-keys\nepoch: 018\n", errors::kBadList, "a number from 1"},
      {"PLAZA-LIST 1\nkind: ca-keys\nepoch: 99999999999999999999\n", errors::kBadList,
       "a number from 1"},
      {"PLAZA-LIST 1\nkind: ca-keys\nepoch: 1\nsha256: 00\n", errors::kBadList, "SHA-256"},
      {SignList("ca-keys", 17, AsBytes(kBody), kOtherSeed), errors::kListSignature, "trusts"},
      {body_changed, errors::kListHash, "not the one"},
  };
  for (const Row& row : rows) {
    const auto opened = OpenList(row.file);
    ASSERT_FALSE(opened.ok()) << row.file.substr(0, 80);
    EXPECT_TRUE(opened.error().Is(row.kind)) << opened.error().ToString();
    EXPECT_THAT(opened.error().ToString(), HasSubstr(row.says));
  }
}

TEST(SignedListTest, NoOlderListTakesTheNewOnesPlace) {
  const ListInUse in_use{17, Sha256(AsBytes(kBody))};
  EXPECT_TRUE(OpenList(SignList("ca-keys", 18, AsBytes("new"), kSeed), in_use).ok());
  EXPECT_TRUE(OpenList(SignList("ca-keys", 17, AsBytes(kBody), kSeed), in_use).ok());
  for (const auto& [epoch, body] : {std::pair{16U, kBody}, {17U, std::string("another")}}) {
    const auto opened = OpenList(SignList("ca-keys", epoch, AsBytes(body), kSeed), in_use);
    ASSERT_FALSE(opened.ok());
    EXPECT_TRUE(opened.error().Is(errors::kListEpoch)) << opened.error().ToString();
  }
}

TEST(SignedListTest, TheKeyCanBeChanged) {
  const std::vector<Ed25519PublicKey> both{Ed25519PublicKeyOf(kSeed),
                                           Ed25519PublicKeyOf(kOtherSeed)};
  for (const Bytes& seed : {kSeed, kOtherSeed}) {
    const std::string file = SignList("ca-keys", 1, AsBytes(kBody), seed);
    EXPECT_TRUE(OpenSignedList(AsBytes(file), "ca-keys", both, std::nullopt).ok());
    EXPECT_FALSE(OpenSignedList(AsBytes(file), "ca-keys", {}, std::nullopt).ok());
  }
}

}  // namespace
}  // namespace plaza::emv
