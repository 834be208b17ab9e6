#include "tests/support/emv/custodians.h"

#include <array>

#include "libs/emv/crypto/hmac.h"
#include "libs/emv/vsam/key_block.h"
#include "libs/emv/vsam/key_check.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv::test {

Bytes CheckValueOf(const KeyBlockHeader& header, ByteView key) {
  if (header.algorithm != 'H') return KeyCheckValue(CipherKind::kAes, key).value();
  const Sha256Digest digest = HmacSha256Key(key).Sign(std::array<std::uint8_t, 16>{});
  return ToBytes(ByteView(digest).first(5));
}

Bytes Custodians::Kbpk() {
  return Hex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6");
}

Result<void> Custodians::Open(const Key256& sealing_key) {
  store_.reset();
  PLAZA_ASSIGN_OR_RETURN(store_, KeyStore::Open({"vsam", sealing_key}, keys_, clock_, files_));
  return {};
}

Result<void> Custodians::BringProtectionKey() {
  Bytes mine = Kbpk();
  const Bytes other(mine.size(), 0x3C);
  for (std::size_t i = 0; i < mine.size(); ++i) mine[i] ^= other[i];
  PLAZA_RETURN_IF_ERROR(store_->StageProtectionKey("ann", "kbpk", mine));
  const Bytes check_value = KeyCheckValue(CipherKind::kAes, Kbpk()).value();
  return store_->ConfirmProtectionKey("bob", "kbpk", other, check_value);
}

std::string Custodians::Block(KeyBlockHeader header, ByteView key) {
  return WrapKeyBlock(Kbpk(), header, key, RandomKeyPadding(header, key.size())).value();
}

KeyBlockHeader Custodians::Header(const char* usage, char algorithm, char mode) {
  return {.usage = usage, .algorithm = algorithm, .mode = mode};
}

Result<void> Custodians::Bring(const std::string& slot, const KeyBlockHeader& header, ByteView key,
                               std::optional<std::uint64_t> uses_max) {
  const std::string block = Block(header, key);
  PLAZA_RETURN_IF_ERROR(store_->StageImport("ann", {slot, "kbpk", block, uses_max}));
  return store_->ConfirmImport("bob", slot, CheckValueOf(header, key));
}

std::string Custodians::Trail() { return ToString(files_.Contents("vsam/audit")); }

}  // namespace plaza::emv::test
