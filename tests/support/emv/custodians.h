// A key store with a protection key in it, and two custodians who bring keys.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "libs/emv/vsam/key_store.h"
#include "tests/support/emv/forgetful_files.h"

namespace plaza::emv::test {

class Custodians {
 public:
  explicit Custodians(KeyBackend& keys) : keys_(keys) {}

  // Opens the store, again if it is open.
  Result<void> Open(const Key256& sealing_key = Key256{0x5E});
  KeyStore& store() { return *store_; }
  void Close() { store_.reset(); }
  ForgetfulFiles& files() { return files_; }
  static Bytes Kbpk();  // AES-256

  // The protection key in slot "kbpk", of ann's and bob's components.
  Result<void> BringProtectionKey();
  // A key block of version D under Kbpk().
  static std::string Block(KeyBlockHeader header, ByteView key);
  static KeyBlockHeader Header(const char* usage, char algorithm, char mode);
  // ann begins, bob confirms.
  Result<void> Bring(const std::string& slot, const KeyBlockHeader& header, ByteView key,
                     std::optional<std::uint64_t> uses_max = {});
  std::string Trail();  // the audit file

 private:
  class Noon final : public Clock {
   public:
    Instant Now() const override { return {1'795'500'000'000}; }
  };
  KeyBackend& keys_;
  Noon clock_;
  ForgetfulFiles files_;
  std::unique_ptr<KeyStore> store_;
};

Bytes CheckValueOf(const KeyBlockHeader& header, ByteView key);

}  // namespace plaza::emv::test
