// The key store of a VSAM: slots with a key each, what it may do, how often, and who put it there.
// Keys come in under two custodians and never leave; the back end says where they are. The sealed
// file and the audit trail are in a folder of their own: docs/formats/vsam.md.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/emv/journal/file_env.h"
#include "libs/emv/vsam/key_block.h"
#include "libs/emv/vsam/key_store_file.h"

namespace plaza::emv {

struct KeyImport {
  std::string slot;        // of the new key
  std::string kbpk;        // the slot whose key protects the block
  std::string_view block;  // TR-31, version D or E
  std::optional<std::uint64_t> uses_max = {};
};

struct KeySlotInfo {
  std::string slot;
  KeyBlockHeader header;  // usage, algorithm, mode, version number, exportability
  KeyRight right;
  std::size_t key_bytes;
  Bytes check_value;
  // After a crash up to kKeyUsesReserved too many, never too few; exact where there is a limit.
  std::uint64_t uses;
  std::optional<std::uint64_t> uses_max;
};

// One process, one thread. Custodians' names are believed: who may speak as whom is the caller's to
// see to. After KEY_STORE_IO all is refused until it is opened again. Operations of custodians are
// in the audit trail with their outcome, refusals too (but KEY_NAME, and whatever keeps the trail
// from being written: KEY_STORE_IO, KEY_AUDIT_FULL); uses are counted.
class KeyStore {
 public:
  struct Options {
    std::string folder;
    Key256 sealing_key;  // secret, of this store alone
  };
  // Makes the store if the folder has none. KEY_STORE_DAMAGED, KEY_STORE_ROLLED_BACK,
  // KEY_AUDIT_BROKEN, KEY_STORE_IO (also while another process has it). What is passed by reference
  // must outlive the store.
  static Result<std::unique_ptr<KeyStore>> Open(Options options, KeyBackend& keys,
                                                const Clock& clock, FileEnv& files);
  ~KeyStore();

  // The first protection key, in two components that are XORed: each custodian knows one (AES, 16
  // to 32 bytes). `check_value` is of the whole key. KEY_LENGTH; the errors of imports.
  Result<void> StageProtectionKey(const std::string& who, const std::string& slot,
                                  ByteView component);
  Result<void> ConfirmProtectionKey(const std::string& who, const std::string& slot,
                                    ByteView component, ByteView check_value);
  // The first custodian's part, and the second's, who says the key check value that the key's owner
  // told. Staging again replaces what was staged; a wrong check value throws it away.
  // KEY_SLOT_TAKEN, KEY_SLOT_UNKNOWN (of the protection key), KEY_RIGHT (also: no slot could use
  // such a key), KEY_LENGTH, KEY_STORE_FULL; errors of UnwrapKeyBlock and of the back end.
  Result<void> StageImport(const std::string& who, const KeyImport& import);
  // KEY_NOT_STAGED, KEY_DUAL_CONTROL, KEY_CHECK_VALUE.
  Result<void> ConfirmImport(const std::string& who, const std::string& slot, ByteView check_value);
  // As with imports: two custodians, and the check value of the key that is meant.
  Result<void> StageDelete(const std::string& who, const std::string& slot);
  Result<void> ConfirmDelete(const std::string& who, const std::string& slot, ByteView check_value);

  // KEY_SLOT_UNKNOWN, KEY_RIGHT, KEY_USED_UP, errors of the back end.
  Result<Sha256Digest> Hmac(const std::string& slot, ByteView data);
  Result<SecretBytes> Cmac(const std::string& slot, ByteView message);
  // kAn10922: `input` as of DiversifyAn10922; kDukpt: the initial key's id (8 bytes), for the
  // terminal's initial key. As long as the slot's key; in memory while the caller has it, then
  // zeroised. Their errors too.
  Result<SecretBytes> Diversify(const std::string& slot, ByteView input);

  // AES: as KeyCheckValue. HMAC: HMAC-SHA256 of 16 zeros, leftmost 5 bytes.
  Result<Bytes> CheckValueOf(const std::string& slot) const;
  std::vector<KeySlotInfo> List() const;  // by name; no key among it
  AuditHead audit_head() const;           // to be kept elsewhere: it shows a rollback of all files

 private:
  struct Staged {
    enum class Kind { kImport, kProtectionKey, kDelete } kind;
    std::string who;
    KeyBlockHeader header = {};
    SecretBytes key = {};
    std::optional<std::uint64_t> uses_max = {};
  };

  KeyStore(Options options, KeyBackend& keys, const Clock& clock, FileEnv& files);
  Result<void> Load();
  Result<void> MendAudit();
  Result<void> Commit(AuditEntry entry);
  Result<void> WriteSealed();
  template <class Step>
  Result<void> Audited(AuditEntry entry, const Step& step);
  Result<KeySlot*> Find(const std::string& slot);
  Result<KeySlot*> TakeUse(const std::string& slot, std::initializer_list<KeyRight> rights);
  Result<SecretBytes> CmacOf(ByteView reference, ByteView message, std::size_t blocks_min);
  Result<UnwrappedKey> Unwrap(const KeyImport& import);
  Result<void> CheckFree(const std::string& slot) const;
  Result<Staged> TakeStaged(Staged::Kind kind, const std::string& who, const std::string& slot);
  Result<void> Keep(const std::string& slot, const Staged& staged, ByteView check_value,
                    AuditEntry& entry);
  std::string Path(const char* name) const { return options_.folder + "/" + name; }

  Options options_;
  KeyBackend& keys_;
  const Clock& clock_;
  FileEnv& files_;
  std::unique_ptr<JournalFile> lock_;
  std::unique_ptr<JournalFile> audit_;
  KeyStoreState state_;
  std::map<std::string, Staged> staged_;
  bool failed_ = false;
};

}  // namespace plaza::emv
