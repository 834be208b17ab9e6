#include "libs/emv/vsam/key_backend.h"

#include "libs/emv/crypto/cmac.h"
#include "libs/emv/crypto/hmac.h"

namespace plaza::emv {
namespace {

// The reference is the key.
class SoftwareKeyBackend final : public KeyBackend {
 public:
  Result<SecretBytes> Keep(KeyRight, ByteView key) override { return SecretBytes(ToBytes(key)); }
  Result<void> Forget(ByteView) override { return {}; }
  Result<Sha256Digest> Hmac(ByteView reference, ByteView data) override {
    return HmacSha256Key(reference).Sign(data);
  }
  Result<SecretBytes> Cmac(ByteView reference, ByteView message) override {
    return emv::Cmac(BlockCipher(CipherKind::kAes, reference), message);
  }
  Result<SecretBytes> EncryptBlock(ByteView reference, ByteView block) override {
    SecretBytes out{Bytes(block.size())};
    BlockCipher(CipherKind::kAes, reference).Encrypt(block, out.span());
    return out;
  }
};

}  // namespace

std::unique_ptr<KeyBackend> MakeSoftwareKeyBackend() {
  return std::make_unique<SoftwareKeyBackend>();
}

}  // namespace plaza::emv
