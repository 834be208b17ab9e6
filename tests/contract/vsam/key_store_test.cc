// What a key store promises wherever its keys are.
#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/vsam/an10922.h"
#include "libs/emv/vsam/dukpt.h"
#include "tests/contract/vsam/backend.h"
#include "tests/support/emv/custodians.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv::contract {
namespace {

using test::Custodians;
using test::Hex;

const char* const kMaster = "00112233445566778899AABBCCDDEEFF0102030405060708090A0B0C0D0E0F00";
Bytes Master(std::size_t bytes) { return ToBytes(ByteView(Hex(kMaster)).first(bytes)); }

const KeyBlockHeader kHmacHeader = Custodians::Header("M7", 'H', 'G');
const KeyBlockHeader kMacHeader = Custodians::Header("M6", 'A', 'C');
const KeyBlockHeader kMasterHeader = Custodians::Header("B3", 'A', 'X');
const KeyBlockHeader kBdkHeader = Custodians::Header("B0", 'A', 'X');

// Test case 1; its 20 bytes filled up with zeros, which HMAC does by itself.
Bytes Rfc4231Key() {
  Bytes key(20, 0x0B);
  key.resize(32);
  return key;
}

template <class T>
std::string Reason(const Result<T>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

class VsamContract : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Reason(custodians_.Open()), "ok");
    ASSERT_EQ(Reason(custodians_.BringProtectionKey()), "ok");
  }
  KeyStore& store() { return custodians_.store(); }

  std::unique_ptr<Place> place_ = MakePlace();
  Custodians custodians_{place_->keys()};
};

TEST_F(VsamContract, HmacAsInRfc4231) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, Rfc4231Key())), "ok");
  const auto digest = store().Hmac("token", AsBytes("Hi There"));
  ASSERT_TRUE(digest.ok()) << digest.error().ToString();
  EXPECT_EQ(ToHex(*digest), "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
}

TEST_F(VsamContract, CmacAsInSp800_38B) {
  ASSERT_EQ(Reason(custodians_.Bring("mac", kMacHeader, Hex("2B7E151628AED2A6ABF7158809CF4F3C"))),
            "ok");
  const struct {
    const char* message;
    const char* mac;
  } cases[] = {{"", "BB1D6929E95937287FA37D129B756746"},
               {"6BC1BEE22E409F96E93D7E117393172A", "070A16B46B4D4144F79BDD9DD04A287C"},
               {"6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411",
                "DFA66747DE9AE63030CA32611497C827"}};
  for (const auto& c : cases) {
    const auto mac = store().Cmac("mac", Hex(c.message));
    ASSERT_TRUE(mac.ok()) << mac.error().ToString();
    EXPECT_EQ(ToHex(mac->view()), c.mac);
  }
}

TEST_F(VsamContract, DiversifiesAsInAn10922) {
  const std::pair<std::size_t, An10922Cipher> ciphers[] = {
      {16, An10922Cipher::kAes128}, {24, An10922Cipher::kAes192}, {32, An10922Cipher::kAes256}};
  for (const auto& [bytes, cipher] : ciphers) {
    const std::string slot = "master-" + std::to_string(bytes);
    ASSERT_EQ(Reason(custodians_.Bring(slot, kMasterHeader, Master(bytes))), "ok");
    for (const std::size_t size : {1, 7, 14, 15, 16, 17, 30, 31}) {
      const Bytes input(size, 0x42);
      const auto key = store().Diversify(slot, input);
      ASSERT_TRUE(key.ok()) << key.error().ToString();
      EXPECT_EQ(ToHex(key->view()), ToHex(DiversifyAn10922(cipher, Master(bytes), input)->view()))
          << bytes << " " << size;
    }
    EXPECT_EQ(Reason(store().Diversify(slot, {})), "DIVERSIFICATION_INPUT");
  }
  const auto published = store().Diversify("master-16", Hex("04782E21801D803042F54E585020416275"));
  ASSERT_TRUE(published.ok());
  EXPECT_EQ(ToHex(published->view()), "A8DD63A3B89D54B37CA802473FDA9175");
}

// X9.24-3:2017, the standard's own test vectors for AES-128.
TEST_F(VsamContract, InitialKeysAsInX924) {
  const Bytes bdk = Hex("FEDCBA9876543210F1F1F1F1F1F1F1F1");
  ASSERT_EQ(Reason(custodians_.Bring("bdk", kBdkHeader, bdk)), "ok");
  const auto key = store().Diversify("bdk", Hex("1234567890123456"));
  ASSERT_TRUE(key.ok()) << key.error().ToString();
  EXPECT_EQ(ToHex(key->view()), "1273671EA26AC29AFA4D1084127652A1");
  EXPECT_EQ(Reason(store().Diversify("bdk", Hex("123456"))), "KSN_LENGTH");
}

// Each kind of key, and each thing that is asked of it.
TEST_F(VsamContract, RightsTable) {
  ASSERT_EQ(Reason(custodians_.Bring("hmac", kHmacHeader, Master(32))), "ok");
  ASSERT_EQ(Reason(custodians_.Bring("mac", kMacHeader, Master(16))), "ok");
  ASSERT_EQ(Reason(custodians_.Bring("master", kMasterHeader, Master(16))), "ok");
  ASSERT_EQ(Reason(custodians_.Bring("bdk", kBdkHeader, Master(16))), "ok");
  const struct {
    const char* slot;
    const char* hmac;
    const char* cmac;
    const char* diversify;
    const char* import;
  } rows[] = {
      {"hmac", "ok", "KEY_RIGHT", "KEY_RIGHT", "KEY_RIGHT"},
      {"mac", "KEY_RIGHT", "ok", "KEY_RIGHT", "KEY_RIGHT"},
      {"master", "KEY_RIGHT", "KEY_RIGHT", "ok", "KEY_RIGHT"},
      {"bdk", "KEY_RIGHT", "KEY_RIGHT", "ok", "KEY_RIGHT"},
      {"kbpk", "KEY_RIGHT", "KEY_RIGHT", "KEY_RIGHT", "ok"},
      {"nobody", "KEY_SLOT_UNKNOWN", "KEY_SLOT_UNKNOWN", "KEY_SLOT_UNKNOWN", "KEY_SLOT_UNKNOWN"},
  };
  const std::string block = Custodians::Block(kMacHeader, Master(16));
  for (const auto& row : rows) {
    const Bytes eight(8, 0x11);
    EXPECT_EQ(Reason(store().Hmac(row.slot, eight)), row.hmac) << row.slot;
    EXPECT_EQ(Reason(store().Cmac(row.slot, eight)), row.cmac) << row.slot;
    EXPECT_EQ(Reason(store().Diversify(row.slot, eight)), row.diversify) << row.slot;
    EXPECT_EQ(Reason(store().StageImport("ann", {"new", row.slot, block})), row.import) << row.slot;
  }
}

TEST_F(VsamContract, UsesAreCountedAndEnd) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, Master(32), 3)), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(store().List().back().uses, 2U);
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_USED_UP");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_USED_UP");
}

TEST_F(VsamContract, KeysSurviveARestart) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, Rfc4231Key())), "ok");
  ASSERT_EQ(Reason(custodians_.Bring("master", kMasterHeader, Master(16))), "ok");
  const auto before = store().Hmac("token", AsBytes("Hi There"));
  place_->Restart();
  const auto after = store().Hmac("token", AsBytes("Hi There"));
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(*before, *after);
  place_->Restart();
  EXPECT_EQ(Reason(store().Diversify("master", Bytes(7, 0x42))), "ok");
  place_->Restart();
  EXPECT_EQ(Reason(custodians_.Bring("mac", kMacHeader, Master(16))), "ok");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(*store().Hmac("token", AsBytes("Hi There")), *before);
  EXPECT_EQ(Reason(store().Cmac("mac", {})), "ok");
}

TEST_F(VsamContract, ADeletedKeyIsGone) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, Master(32))), "ok");
  const Bytes check_value = store().CheckValueOf("token").value();
  ASSERT_EQ(Reason(store().StageDelete("bob", "token")), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
  ASSERT_EQ(Reason(store().ConfirmDelete("ann", "token", check_value)), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_SLOT_UNKNOWN");
  EXPECT_EQ(Reason(store().CheckValueOf("token")), "KEY_SLOT_UNKNOWN");
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, Rfc4231Key())), "ok");
  EXPECT_EQ(ToHex(*store().Hmac("token", AsBytes("Hi There"))),
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
}

}  // namespace
}  // namespace plaza::emv::contract
