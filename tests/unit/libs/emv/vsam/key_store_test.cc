#include "libs/emv/vsam/key_store.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/vsam/key_block.h"
#include "tests/support/emv/custodians.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Custodians;
using test::Hex;
using test::Unsynced;
using ::testing::HasSubstr;
using ::testing::Not;

const KeyBlockHeader kHmacHeader = Custodians::Header("M7", 'H', 'G');
const Bytes kKey(32, 0xA7);

template <class T>
std::string Reason(const Result<T>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

class KeyStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Reason(custodians_.Open()), "ok");
    ASSERT_EQ(Reason(custodians_.BringProtectionKey()), "ok");
  }
  KeyStore& store() { return custodians_.store(); }
  Bytes& File(const char* name) {
    return custodians_.files().Contents(std::string("vsam/") + name);
  }

  std::unique_ptr<KeyBackend> keys_ = MakeSoftwareKeyBackend();
  Custodians custodians_{*keys_};
};

TEST_F(KeyStoreTest, TwoCustodians) {
  const std::string block = Custodians::Block(kHmacHeader, kKey);
  const Bytes check_value = test::CheckValueOf(kHmacHeader, kKey);
  EXPECT_EQ(Reason(store().ConfirmImport("bob", "token", check_value)), "KEY_NOT_STAGED");
  ASSERT_EQ(Reason(store().StageImport("ann", {"token", "kbpk", block})), "ok");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_SLOT_UNKNOWN");
  EXPECT_EQ(Reason(store().ConfirmImport("ann", "token", check_value)), "KEY_DUAL_CONTROL");
  EXPECT_EQ(Reason(store().ConfirmDelete("bob", "token", check_value)), "KEY_SLOT_UNKNOWN");
  EXPECT_EQ(Reason(store().ConfirmImport("bob", "token", Bytes(5, 0))), "KEY_CHECK_VALUE");
  EXPECT_EQ(Reason(store().ConfirmImport("bob", "token", check_value)), "KEY_NOT_STAGED");
  ASSERT_EQ(Reason(store().StageImport("ann", {"token", "kbpk", block})), "ok");
  EXPECT_EQ(Reason(store().ConfirmImport("bob", "token", check_value)), "ok");
  EXPECT_EQ(Reason(store().StageImport("ann", {"token", "kbpk", block})), "KEY_SLOT_TAKEN");

  EXPECT_EQ(Reason(store().ConfirmDelete("bob", "token", check_value)), "KEY_NOT_STAGED");
  ASSERT_EQ(Reason(store().StageDelete("ann", "token")), "ok");
  EXPECT_EQ(Reason(store().ConfirmDelete("ann", "token", check_value)), "KEY_DUAL_CONTROL");
  EXPECT_EQ(Reason(store().ConfirmDelete("bob", "token", Bytes(5, 0))), "KEY_CHECK_VALUE");
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
  ASSERT_EQ(Reason(store().StageDelete("ann", "token")), "ok");
  EXPECT_EQ(Reason(store().ConfirmDelete("bob", "token", check_value)), "ok");
}

TEST_F(KeyStoreTest, WhatIsStagedIsForgottenWhenItIsClosed) {
  const std::string block = Custodians::Block(kHmacHeader, kKey);
  ASSERT_EQ(Reason(store().StageImport("ann", {"token", "kbpk", block})), "ok");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(Reason(store().ConfirmImport("bob", "token", test::CheckValueOf(kHmacHeader, kKey))),
            "KEY_NOT_STAGED");
}

TEST_F(KeyStoreTest, ProtectionKeysAreOfTwoComponents) {
  EXPECT_EQ(Reason(store().StageProtectionKey("ann", "second", Bytes(15, 1))), "KEY_LENGTH");
  ASSERT_EQ(Reason(store().StageProtectionKey("ann", "second", Bytes(16, 1))), "ok");
  EXPECT_EQ(Reason(store().ConfirmProtectionKey("ann", "second", Bytes(16, 2), Bytes(5))),
            "KEY_DUAL_CONTROL");
  EXPECT_EQ(Reason(store().ConfirmProtectionKey("bob", "second", Bytes(24, 2), Bytes(5))),
            "KEY_LENGTH");
  ASSERT_EQ(Reason(store().StageProtectionKey("ann", "second", Bytes(16, 1))), "ok");
  const Bytes check_value = test::CheckValueOf(Custodians::Header("K1", 'A', 'D'), Bytes(16, 3));
  EXPECT_EQ(Reason(store().ConfirmProtectionKey("bob", "second", Bytes(16, 2), check_value)), "ok");
  EXPECT_EQ(store().CheckValueOf("second").value(), check_value);
}

TEST_F(KeyStoreTest, ImportsThatAreRefused) {
  const auto block = [](const KeyBlockHeader& header, std::size_t bytes) {
    return Custodians::Block(header, Bytes(bytes, 0x11));
  };
  std::string changed = block(kHmacHeader, 32);
  changed.back() = changed.back() == '0' ? '1' : '0';
  const KeyBlockHeader old{.version = 'B', .usage = "M7", .algorithm = 'H', .mode = 'G'};
  const Bytes tdea(24, 0x22);
  const struct {
    std::string slot;
    std::string kbpk;
    std::string block;
    const char* reason;
  } cases[] = {
      {"new", "kbpk", changed, "KEY_BLOCK_MAC"},
      {"new", "nobody", block(kHmacHeader, 32), "KEY_SLOT_UNKNOWN"},
      {"new", "kbpk", "D0016", "KEY_BLOCK_LENGTH"},
      {"new", "kbpk", WrapKeyBlock(tdea, old, Bytes(32, 1), RandomKeyPadding(old, 32)).value(),
       "KEY_BLOCK_VERSION"},
      {"new", "kbpk", block(kHmacHeader, 31), "KEY_LENGTH"},
      {"new", "kbpk", block(kHmacHeader, 65), "KEY_LENGTH"},
      {"new", "kbpk", block(Custodians::Header("M7", 'H', 'V'), 32), "KEY_RIGHT"},
      {"new", "kbpk", block(Custodians::Header("P0", 'A', 'E'), 16), "KEY_RIGHT"},
      {"new", "kbpk", block(Custodians::Header("B0", 'T', 'X'), 16), "KEY_RIGHT"},
      {"kbpk", "kbpk", block(kHmacHeader, 32), "KEY_SLOT_TAKEN"},
      {"no name", "kbpk", block(kHmacHeader, 32), "KEY_NAME"},
      {std::string(33, 'n'), "kbpk", block(kHmacHeader, 32), "KEY_NAME"},
      {"", "kbpk", block(kHmacHeader, 32), "KEY_NAME"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Reason(store().StageImport("ann", {c.slot, c.kbpk, c.block})), c.reason) << c.block;
  }
  EXPECT_EQ(Reason(store().StageImport("ann\n", {"new", "kbpk", changed})), "KEY_NAME");
}

TEST_F(KeyStoreTest, ListsWhatIsThereAndTellsNoKey) {
  KeyBlockHeader header = kHmacHeader;
  header.version_number = "07";
  ASSERT_EQ(Reason(custodians_.Bring("token", header, kKey, 9)), "ok");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  const std::vector<KeySlotInfo> list = store().List();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].slot, "kbpk");
  EXPECT_EQ(list[0].right, KeyRight::kKeyBlock);
  EXPECT_EQ(list[1].slot, "token");
  EXPECT_EQ(list[1].header, header);
  EXPECT_EQ(list[1].key_bytes, 32U);
  EXPECT_EQ(list[1].uses_max, 9U);
  EXPECT_EQ(list[1].check_value, test::CheckValueOf(header, kKey));
  EXPECT_THAT(ToHex(File("keys")), Not(HasSubstr(ToHex(kKey))));
  EXPECT_THAT(ToHex(AsBytes(custodians_.Trail())), Not(HasSubstr(ToHex(kKey))));
}

TEST_F(KeyStoreTest, UsesWithoutALimitAreCountedAheadAndNeverTooFew) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, kKey)), "ok");
  const std::uint64_t lines = store().audit_head().lines;
  for (std::uint64_t i = 0; i < kKeyUsesReserved; ++i) {
    ASSERT_EQ(Reason(store().Hmac("token", {})), "ok");
  }
  EXPECT_EQ(store().audit_head().lines, lines + 1);
  EXPECT_EQ(store().List().back().uses, kKeyUsesReserved);
  ASSERT_EQ(Reason(store().Hmac("token", {})), "ok");
  EXPECT_EQ(store().audit_head().lines, lines + 2);
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(store().List().back().uses, 2 * kKeyUsesReserved);
}

TEST_F(KeyStoreTest, TheTrailSaysWhoDidWhat) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, kKey)), "ok");
  const std::string value = ToHex(test::CheckValueOf(kHmacHeader, kKey));
  EXPECT_EQ(Reason(store().ConfirmImport("eve", "token", {})), "KEY_NOT_STAGED");
  const std::string trail = custodians_.Trail();
  EXPECT_THAT(trail, HasSubstr(" - create - - ok "));
  EXPECT_THAT(trail, HasSubstr(" ann stage-import token " + value + " ok "));
  EXPECT_THAT(trail, HasSubstr(" bob confirm-import token " + value + " ok "));
  EXPECT_THAT(trail, HasSubstr(" eve confirm-import token - KEY_NOT_STAGED "));
  const auto head = CheckAudit(trail);
  ASSERT_TRUE(head.ok()) << head.error().ToString();
  EXPECT_EQ(*head, store().audit_head());
}

// Exhaustive: each octet of the sealed file.
TEST_F(KeyStoreTest, EveryChangeOfTheSealedFileIsRefused) {
  custodians_.Close();
  const Bytes good = File("keys");
  for (std::size_t i = 0; i < good.size(); ++i) {
    File("keys")[i] ^= 0x01;
    EXPECT_EQ(Reason(custodians_.Open()), "KEY_STORE_DAMAGED") << i;
    File("keys") = good;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    File("keys").resize(size);
    EXPECT_EQ(Reason(custodians_.Open()), "KEY_STORE_DAMAGED") << size;
    File("keys") = good;
  }
  EXPECT_EQ(Reason(custodians_.Open(Key256{0x5F})), "KEY_STORE_DAMAGED");
  EXPECT_EQ(Reason(custodians_.Open()), "ok");
}

// All but the last line, which the sealed file has too: it is written anew.
TEST_F(KeyStoreTest, EveryChangeOfTheTrailIsRefused) {
  custodians_.Close();
  const Bytes good = File("audit");
  const std::size_t last = AsText(good).rfind('\n', good.size() - 2) + 1;
  for (std::size_t i = 0; i < last; ++i) {
    File("audit")[i] ^= 0x01;
    EXPECT_EQ(Reason(custodians_.Open()), "KEY_AUDIT_BROKEN") << i;
    File("audit") = good;
  }
  for (std::size_t i = last; i < good.size(); ++i) {
    File("audit")[i] ^= 0x01;
    EXPECT_EQ(Reason(custodians_.Open()), "ok") << i;
    EXPECT_EQ(File("audit"), good) << i;
  }
  File("audit").resize(last - 1);
  EXPECT_EQ(Reason(custodians_.Open()), "KEY_AUDIT_BROKEN");
}

TEST_F(KeyStoreTest, OldKeysAreNoticed) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, kKey, 2)), "ok");
  const Bytes old = File("keys");
  ASSERT_EQ(Reason(store().Hmac("token", {})), "ok");
  custodians_.Close();
  File("keys") = old;
  EXPECT_EQ(Reason(custodians_.Open()), "KEY_STORE_ROLLED_BACK");
  ASSERT_TRUE(custodians_.files().Remove("vsam/keys").ok());
  EXPECT_EQ(Reason(custodians_.Open()), "KEY_STORE_ROLLED_BACK");
}

TEST_F(KeyStoreTest, AFullDiskStopsItUntilItIsOpenedAgain) {
  ASSERT_EQ(Reason(custodians_.Bring("token", kHmacHeader, kKey, 2)), "ok");
  custodians_.files().space_left = 0;
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_STORE_IO");
  custodians_.files().space_left.reset();
  EXPECT_EQ(Reason(store().Hmac("token", {})), "KEY_STORE_IO");
  EXPECT_EQ(Reason(store().StageDelete("ann", "token")), "KEY_STORE_IO");
  ASSERT_EQ(Reason(custodians_.Open()), "ok");
  EXPECT_EQ(store().List().back().uses, 0U);
  EXPECT_EQ(Reason(store().Hmac("token", {})), "ok");
}

// The power goes at each step of making a store, bringing a key and using it.
TEST(KeyStoreCrashTest, APowerCutLeavesTheStoreBeforeOrAfter) {
  for (const Unsynced unsynced : {Unsynced::kLost, Unsynced::kKept, Unsynced::kLaterHalfKept}) {
    bool whole = false;
    for (std::uint64_t step = 0; !whole; step += 7) {
      const auto keys = MakeSoftwareKeyBackend();
      Custodians custodians(*keys);
      custodians.files().CutPowerAfter(step);
      std::uint64_t used = 0;
      const auto run = [&]() -> Result<void> {
        PLAZA_RETURN_IF_ERROR(custodians.Open());
        PLAZA_RETURN_IF_ERROR(custodians.BringProtectionKey());
        PLAZA_RETURN_IF_ERROR(custodians.Bring("token", kHmacHeader, kKey, 2));
        for (; used < 2; ++used) PLAZA_RETURN_IF_ERROR(custodians.store().Hmac("token", {}));
        return {};
      };
      whole = run().ok();
      custodians.Close();
      custodians.files().PowerOn(unsynced);
      ASSERT_EQ(Reason(custodians.Open()), "ok") << step;
      EXPECT_EQ(*CheckAudit(custodians.Trail()), custodians.store().audit_head()) << step;
      if (used > 0) {
        EXPECT_GE(custodians.store().List().back().uses, used) << step;
      }
    }
  }
}

}  // namespace
}  // namespace plaza::emv
