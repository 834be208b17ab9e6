// Where a key store's keys are: in the process (here), or in a token (libs/devices). A back end
// knows nothing of rights, limits and custodians: those are KeyStore's.
#pragma once
#include <memory>

#include "libs/base/digest.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/vsam/key_block_header.h"

namespace plaza::emv {

// What a slot's key may do. One right a key, by its header (X9.143, Tables 2 to 4).
enum class KeyRight {
  kHmac,      // M7, H, generates: HMAC-SHA256
  kMac,       // M6, A, generates: CMAC
  kAn10922,   // B3, A, derives: a card's key
  kDukpt,     // B0, A, derives: a terminal's initial key
  kKeyBlock,  // K1, A, decrypts: keys that come in
};

// Not to be shared by threads. All of it may fail as the place where the keys are does.
class KeyBackend {
 public:
  virtual ~KeyBackend() = default;
  // Takes a key over; it is usable for its right only, as far as the back end can see to that. What
  // the store keeps (sealed) to call it by, at most kStoredKeyBytesMax.
  virtual Result<SecretBytes> Keep(KeyRight right, ByteView key) = 0;
  virtual Result<void> Forget(ByteView reference) = 0;  // fine if it is gone
  virtual Result<Sha256Digest> Hmac(ByteView reference, ByteView data) = 0;
  virtual Result<SecretBytes> Cmac(ByteView reference, ByteView message) = 0;  // SP 800-38B
  // AES of one block; only to derive.
  virtual Result<SecretBytes> EncryptBlock(ByteView reference, ByteView block) = 0;
};

// Keys in the sealed file of the store, and in memory, zeroised, while it is open.
std::unique_ptr<KeyBackend> MakeSoftwareKeyBackend();

}  // namespace plaza::emv
