#include "libs/emv/vsam/key_store.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/hex.h"
#include "libs/emv/crypto/hmac.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/vsam/an10922.h"
#include "libs/emv/vsam/dukpt.h"
#include "libs/emv/vsam/key_check.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kHmacCheckBytes = 5;

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kKeyNameCharsMax &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string_view::npos;
}

Error SlotUnknown(const std::string& slot) {
  return Error(errors::kKeySlotUnknown, "no key is in slot " + slot);
}

Result<void> CheckLength(const KeyBlockHeader& header, std::size_t bytes) {
  const bool fits = header.algorithm == 'H'
                        ? bytes >= kHmacKeyBytesMin && bytes <= kStoredKeyBytesMax
                        : IsKeyLength(CipherKind::kAes, bytes);
  if (fits) return {};
  return Error(errors::kKeyLength, "a key of " + std::to_string(bytes) + " bytes");
}

// `key` has a length that CheckLength took.
Bytes CheckValue(const KeyBlockHeader& header, ByteView key) {
  if (header.algorithm != 'H') return KeyCheckValue(CipherKind::kAes, key).value();
  const Sha256Digest digest = HmacSha256Key(key).Sign(std::array<std::uint8_t, 16>{});
  return ToBytes(ByteView(digest).first(kHmacCheckBytes));
}

KeyBlockHeader ProtectionKeyHeader() {
  return {.usage = "K1", .algorithm = 'A', .mode = 'D', .exportability = 'N'};
}

// By the length that CheckLength took.
template <class Enum>
Enum BySize(std::size_t bytes) {
  if (bytes == 16) return Enum::kAes128;
  return bytes == 24 ? Enum::kAes192 : Enum::kAes256;
}

}  // namespace

KeyStore::KeyStore(Options options, KeyBackend& keys, const Clock& clock, FileEnv& files)
    : options_(std::move(options)), keys_(keys), clock_(clock), files_(files) {}

KeyStore::~KeyStore() { Zeroise(options_.sealing_key); }

Result<std::unique_ptr<KeyStore>> KeyStore::Open(Options options, KeyBackend& keys,
                                                 const Clock& clock, FileEnv& files) {
  std::unique_ptr<KeyStore> store(new KeyStore(options, keys, clock, files));
  Zeroise(options.sealing_key);
  const Result<void> loaded = store->Load();
  if (loaded.ok()) return store;
  if (!loaded.error().Is(errors::kJournalIo)) return loaded.error();
  return Error(errors::kKeyStoreIo, loaded.error().what(), loaded.error().where());
}

Result<void> KeyStore::Load() {
  PLAZA_RETURN_IF_ERROR(files_.MakeFolder(options_.folder));
  PLAZA_ASSIGN_OR_RETURN(lock_, files_.Open(Path("lock")));
  PLAZA_ASSIGN_OR_RETURN(const auto names, files_.List(options_.folder));
  PLAZA_ASSIGN_OR_RETURN(audit_, files_.Open(Path("audit")));
  if (std::ranges::find(names, "keys") == names.end()) {
    PLAZA_ASSIGN_OR_RETURN(const std::uint64_t size, audit_->Size());
    if (size == 0) return Commit({.who = "-", .what = "create"});
    return Error(errors::kKeyStoreRolledBack, "an audit trail without keys", "keys");
  }
  PLAZA_ASSIGN_OR_RETURN(const auto file, files_.Open(Path("keys")));
  PLAZA_ASSIGN_OR_RETURN(const Bytes sealed, file->ReadAt(0, 2 * kKeyStoreBytesMax));
  PLAZA_ASSIGN_OR_RETURN(state_, OpenKeyStore(options_.sealing_key, sealed));
  return MendAudit();
}

// The sealed file is written first and has the trail's last line, so a crash leaves the trail
// without that line, or with a part of it.
Result<void> KeyStore::MendAudit() {
  PLAZA_ASSIGN_OR_RETURN(const std::uint64_t size, audit_->Size());
  if (size > state_.before.bytes + state_.line.size()) {
    return Error(errors::kKeyStoreRolledBack,
                 "the trail goes on after line " + std::to_string(state_.before.lines + 1),
                 "audit");
  }
  PLAZA_ASSIGN_OR_RETURN(const Bytes text, audit_->ReadAt(0, size));
  const std::string_view all = AsText(text);
  PLAZA_ASSIGN_OR_RETURN(const AuditHead head, CheckAudit(all.substr(0, state_.before.bytes)));
  if (head != state_.before) {
    return Error(errors::kKeyAuditBroken, "it is not the trail of these keys", "audit");
  }
  if (all.substr(head.bytes) == state_.line) return {};
  PLAZA_RETURN_IF_ERROR(audit_->WriteAt(head.bytes, AsBytes(state_.line)));
  return audit_->Sync();
}

Result<void> KeyStore::WriteSealed() {
  const Bytes sealed = SealKeyStore(options_.sealing_key, state_);
  {
    PLAZA_ASSIGN_OR_RETURN(const auto file, files_.Open(Path("keys.new")));
    PLAZA_RETURN_IF_ERROR(file->Truncate(0));
    PLAZA_RETURN_IF_ERROR(file->WriteAt(0, sealed));
    PLAZA_RETURN_IF_ERROR(file->Sync());
  }
  PLAZA_RETURN_IF_ERROR(files_.Rename(Path("keys.new"), Path("keys")));
  PLAZA_RETURN_IF_ERROR(files_.SyncFolder(options_.folder));
  PLAZA_RETURN_IF_ERROR(audit_->WriteAt(state_.before.bytes, AsBytes(state_.line)));
  return audit_->Sync();
}

// One more line, and the state as it is now: on disk, or the store has failed.
Result<void> KeyStore::Commit(AuditEntry entry) {
  if (failed_) return Error(errors::kKeyStoreIo, "it has failed before");
  const AuditHead before = audit_head();
  entry.when = clock_.Now();
  if (entry.result.empty()) entry.result = "ok";
  std::string line = AuditLine(before, entry);
  if (before.bytes + line.size() > kKeyAuditBytesMax) {
    failed_ = true;  // what was changed in memory must not be used
    return Error(errors::kKeyAuditFull, std::to_string(before.lines) + " lines");
  }
  state_.before = before;
  state_.line = std::move(line);
  const Result<void> written = WriteSealed();
  if (written.ok()) return {};
  failed_ = true;
  return Error(errors::kKeyStoreIo, written.error().what(), written.error().where());
}

// Does a custodian's step, which may fill in the entry's check value, and writes how it ended.
template <class Step>
Result<void> KeyStore::Audited(AuditEntry entry, const Step& step) {
  if (!IsName(entry.who)) return Error(errors::kKeyName, "no name of a custodian", "who");
  if (!IsName(entry.slot)) return Error(errors::kKeyName, "no name of a slot", "slot");
  if (failed_) return Error(errors::kKeyStoreIo, "it has failed before");
  const Result<void> outcome = step(entry);
  if (!outcome.ok()) entry.result = outcome.error().reason();
  PLAZA_RETURN_IF_ERROR(Commit(std::move(entry)));
  return outcome;
}

Result<KeySlot*> KeyStore::Find(const std::string& slot) {
  const auto found = state_.slots.find(slot);
  if (found == state_.slots.end()) return SlotUnknown(slot);
  return &found->second;
}

Result<KeySlot*> KeyStore::TakeUse(const std::string& slot,
                                   std::initializer_list<KeyRight> rights) {
  if (failed_) return Error(errors::kKeyStoreIo, "it has failed before");
  PLAZA_ASSIGN_OR_RETURN(KeySlot * key, Find(slot));
  if (std::ranges::find(rights, key->right) == rights.end()) {
    return Error(errors::kKeyRight, "slot " + slot + " has a key of usage " + key->header.usage);
  }
  if (key->uses_max && key->uses >= *key->uses_max) {
    return Error(errors::kKeyUsedUp,
                 "slot " + slot + " has been used " + std::to_string(key->uses) + " times");
  }
  ++key->uses;
  if (key->uses <= key->uses_reserved) return key;
  key->uses_reserved = key->uses_max ? key->uses : key->uses + kKeyUsesReserved - 1;
  PLAZA_RETURN_IF_ERROR(
      Commit({.who = "-", .what = "use", .slot = slot, .check_value = ToHex(key->check_value)}));
  return key;
}

Result<SecretBytes> KeyStore::CmacOf(ByteView reference, ByteView message, std::size_t blocks_min) {
  if (message.size() > (blocks_min - 1) * kAesBlock || blocks_min == 1) {
    return keys_.Cmac(reference, message);
  }
  PLAZA_ASSIGN_OR_RETURN(const SecretBytes encrypted_zeros,
                         keys_.EncryptBlock(reference, std::array<std::uint8_t, kAesBlock>{}));
  const SecretBytes padded = PaddedForCmac(encrypted_zeros.view(), message, blocks_min);
  return keys_.Cmac(reference, padded.view());
}

Result<void> KeyStore::CheckFree(const std::string& slot) const {
  if (state_.slots.contains(slot)) return Error(errors::kKeySlotTaken, "slot " + slot);
  if (state_.slots.size() >= kKeySlotsMax || staged_.size() >= kKeySlotsMax) {
    return Error(errors::kKeyStoreFull, std::to_string(kKeySlotsMax) + " slots");
  }
  return {};
}

Result<void> KeyStore::StageProtectionKey(const std::string& who, const std::string& slot,
                                          ByteView component) {
  return Audited({.who = who, .what = "stage-kbpk", .slot = slot},
                 [&](AuditEntry&) -> Result<void> {
                   PLAZA_RETURN_IF_ERROR(CheckFree(slot));
                   const KeyBlockHeader header = ProtectionKeyHeader();
                   PLAZA_RETURN_IF_ERROR(CheckLength(header, component.size()));
                   staged_.insert_or_assign(slot, Staged{Staged::Kind::kProtectionKey, who, header,
                                                         SecretBytes(ToBytes(component))});
                   return {};
                 });
}

Result<void> KeyStore::ConfirmProtectionKey(const std::string& who, const std::string& slot,
                                            ByteView component, ByteView check_value) {
  return Audited(
      {.who = who, .what = "confirm-kbpk", .slot = slot}, [&](AuditEntry& entry) -> Result<void> {
        PLAZA_ASSIGN_OR_RETURN(Staged staged, TakeStaged(Staged::Kind::kProtectionKey, who, slot));
        if (component.size() != staged.key.size()) {
          return Error(errors::kKeyLength, "components of different lengths");
        }
        for (std::size_t i = 0; i < component.size(); ++i) staged.key.span()[i] ^= component[i];
        return Keep(slot, staged, check_value, entry);
      });
}

Result<UnwrappedKey> KeyStore::Unwrap(const KeyImport& import) {
  PLAZA_ASSIGN_OR_RETURN(const KeySlot* kbpk, TakeUse(import.kbpk, {KeyRight::kKeyBlock}));
  const CmacFunction cmac = [&](ByteView message, std::size_t blocks_min) {
    return CmacOf(kbpk->reference.view(), message, blocks_min);
  };
  PLAZA_ASSIGN_OR_RETURN(UnwrappedKey key, UnwrapKeyBlock(kbpk->key_bytes, cmac, import.block));
  if (!RightOf(key.header)) {
    return Error(errors::kKeyRight, "nothing here uses a key of usage " + key.header.usage +
                                        ", algorithm " + key.header.algorithm + ", mode " +
                                        key.header.mode);
  }
  PLAZA_RETURN_IF_ERROR(CheckLength(key.header, key.key.size()));
  return key;
}

Result<void> KeyStore::StageImport(const std::string& who, const KeyImport& import) {
  return Audited({.who = who, .what = "stage-import", .slot = import.slot},
                 [&](AuditEntry& entry) -> Result<void> {
                   PLAZA_RETURN_IF_ERROR(CheckFree(import.slot));
                   PLAZA_ASSIGN_OR_RETURN(UnwrappedKey key, Unwrap(import));
                   entry.check_value = ToHex(CheckValue(key.header, key.key.view()));
                   key.header.optional_blocks.clear();
                   staged_.insert_or_assign(
                       import.slot, Staged{Staged::Kind::kImport, who, std::move(key.header),
                                           std::move(key.key), import.uses_max});
                   return {};
                 });
}

// What another custodian staged; it is used up by this.
Result<KeyStore::Staged> KeyStore::TakeStaged(Staged::Kind kind, const std::string& who,
                                              const std::string& slot) {
  const auto found = staged_.find(slot);
  if (found == staged_.end() || found->second.kind != kind) {
    return Error(errors::kKeyNotStaged, "nobody has begun this for slot " + slot);
  }
  if (found->second.who == who) {
    return Error(errors::kKeyDualControl, who + " has begun this");
  }
  Staged staged = std::move(found->second);
  staged_.erase(found);
  return staged;
}

Result<void> KeyStore::ConfirmImport(const std::string& who, const std::string& slot,
                                     ByteView check_value) {
  return Audited(
      {.who = who, .what = "confirm-import", .slot = slot}, [&](AuditEntry& entry) -> Result<void> {
        PLAZA_ASSIGN_OR_RETURN(const Staged staged, TakeStaged(Staged::Kind::kImport, who, slot));
        return Keep(slot, staged, check_value, entry);
      });
}

Result<void> KeyStore::Keep(const std::string& slot, const Staged& staged, ByteView check_value,
                            AuditEntry& entry) {
  const Bytes own = CheckValue(staged.header, staged.key.view());
  entry.check_value = ToHex(own);
  if (!EqualConstantTime(own, check_value)) {
    return Error(errors::kKeyCheckValue, "the check value is not the key's");
  }
  PLAZA_RETURN_IF_ERROR(CheckFree(slot));
  KeySlot key;
  key.header = staged.header;
  key.right = RightOf(staged.header).value();
  key.key_bytes = staged.key.size();
  key.check_value = own;
  key.uses_max = staged.uses_max;
  PLAZA_ASSIGN_OR_RETURN(key.reference, keys_.Keep(key.right, staged.key.view()));
  PLAZA_CHECK(key.reference.size() <= kStoredKeyBytesMax);
  state_.slots.emplace(slot, std::move(key));
  return {};
}

Result<void> KeyStore::StageDelete(const std::string& who, const std::string& slot) {
  return Audited({.who = who, .what = "stage-delete", .slot = slot},
                 [&](AuditEntry& entry) -> Result<void> {
                   PLAZA_ASSIGN_OR_RETURN(const KeySlot* key, Find(slot));
                   entry.check_value = ToHex(key->check_value);
                   staged_.insert_or_assign(slot, Staged{Staged::Kind::kDelete, who});
                   return {};
                 });
}

Result<void> KeyStore::ConfirmDelete(const std::string& who, const std::string& slot,
                                     ByteView check_value) {
  return Audited({.who = who, .what = "confirm-delete", .slot = slot},
                 [&](AuditEntry& entry) -> Result<void> {
                   PLAZA_ASSIGN_OR_RETURN(const KeySlot* key, Find(slot));
                   entry.check_value = ToHex(key->check_value);
                   PLAZA_RETURN_IF_ERROR(TakeStaged(Staged::Kind::kDelete, who, slot));
                   if (!EqualConstantTime(key->check_value, check_value)) {
                     return Error(errors::kKeyCheckValue, "the check value is not the key's");
                   }
                   // Before the slot: a crash in between leaves a slot without a key, which can be
                   // deleted again.
                   PLAZA_RETURN_IF_ERROR(keys_.Forget(key->reference.view()));
                   state_.slots.erase(slot);
                   return {};
                 });
}

Result<Sha256Digest> KeyStore::Hmac(const std::string& slot, ByteView data) {
  PLAZA_ASSIGN_OR_RETURN(const KeySlot* key, TakeUse(slot, {KeyRight::kHmac}));
  return keys_.Hmac(key->reference.view(), data);
}

Result<SecretBytes> KeyStore::Cmac(const std::string& slot, ByteView message) {
  PLAZA_ASSIGN_OR_RETURN(const KeySlot* key, TakeUse(slot, {KeyRight::kMac}));
  return keys_.Cmac(key->reference.view(), message);
}

Result<SecretBytes> KeyStore::Diversify(const std::string& slot, ByteView input) {
  PLAZA_ASSIGN_OR_RETURN(const KeySlot* key, TakeUse(slot, {KeyRight::kAn10922, KeyRight::kDukpt}));
  const ByteView reference = key->reference.view();
  if (key->right == KeyRight::kDukpt) {
    const BlockFunction encrypt = [&](ByteView block) {
      return keys_.EncryptBlock(reference, block);
    };
    return DeriveInitialKey(BySize<DukptAlgorithm>(key->key_bytes), encrypt, input);
  }
  const CmacFunction cmac = [&](ByteView message, std::size_t blocks_min) {
    return CmacOf(reference, message, blocks_min);
  };
  return DiversifyAn10922(BySize<An10922Cipher>(key->key_bytes), cmac, input);
}

Result<Bytes> KeyStore::CheckValueOf(const std::string& slot) const {
  const auto found = state_.slots.find(slot);
  if (found == state_.slots.end()) return SlotUnknown(slot);
  return found->second.check_value;
}

std::vector<KeySlotInfo> KeyStore::List() const {
  std::vector<KeySlotInfo> list;
  for (const auto& [name, slot] : state_.slots) {
    list.push_back({name, slot.header, slot.right, slot.key_bytes, slot.check_value, slot.uses,
                    slot.uses_max});
  }
  return list;
}

AuditHead KeyStore::audit_head() const {
  return state_.line.empty() ? AuditHead() : HeadAfter(state_.before, state_.line);
}

}  // namespace plaza::emv
