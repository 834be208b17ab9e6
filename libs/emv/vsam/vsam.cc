#include "libs/emv/vsam/vsam.h"

#include <algorithm>

#include "libs/base/big_endian.h"
#include "libs/emv/crypto/aead.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

// Label of each derived key (docs/formats/journal.md, "Keys").
constexpr std::string_view kMacLabel = "plaza-mac-1";
constexpr std::string_view kDataLabel = "plaza-data-1";

// Unique for each record of a validator, whose data key is its own.
GcmNonce NonceOf(std::uint64_t sequence) {
  GcmNonce nonce{};
  PutBigEndian(std::span(nonce).last(8), sequence);
  return nonce;
}

std::string SealContext(std::string_view validator_id, std::uint64_t sequence) {
  return std::string(validator_id) + ":" + std::to_string(sequence);
}

Mac Cut(const Sha256Digest& digest) {
  Mac mac{};
  std::copy_n(digest.begin(), mac.size(), mac.begin());
  return mac;
}

Key256 Derive(const Key256& base, std::string_view label, std::string_view validator_id) {
  const std::string context = std::string(label) + ":" + std::string(validator_id);
  return HmacSha256Key(base).Sign(AsBytes(context));
}

class SoftwareVsam final : public Vsam {
 public:
  explicit SoftwareVsam(const ValidatorKeys& keys)
      : validator_id_(keys.validator_id),
        token_epoch_(keys.token_epoch),
        token_key_(keys.token_key),
        mac_key_(keys.mac_key),
        data_key_(keys.data_key) {}
  ~SoftwareVsam() override { Zeroise(data_key_); }
  SoftwareVsam(const SoftwareVsam&) = delete;
  SoftwareVsam& operator=(const SoftwareVsam&) = delete;

  std::uint32_t token_epoch() const override { return token_epoch_; }
  Token Tokenise(std::string_view pan) const override { return token_key_.Sign(AsBytes(pan)); }
  Bytes Seal(std::uint64_t sequence, ByteView card_data) const override {
    const std::string context = SealContext(validator_id_, sequence);
    return AesGcmSeal(data_key_, NonceOf(sequence), AsBytes(context), card_data);
  }
  Mac Sign(ByteView data) const override { return mac_key_.Sign(data); }

 private:
  std::string validator_id_;
  std::uint32_t token_epoch_;
  HmacSha256Key token_key_;
  MacKey mac_key_;
  Key256 data_key_;
};

}  // namespace

Mac MacKey::Sign(ByteView covered) const { return Cut(key_.Sign(covered)); }

bool MacKey::Verify(ByteView covered, const Mac& mac) const {
  return EqualConstantTime(Sign(covered), mac);
}

std::unique_ptr<Vsam> MakeSoftwareVsam(ValidatorKeys keys) {
  auto vsam = std::make_unique<SoftwareVsam>(keys);
  Zeroise(keys.token_key);
  Zeroise(keys.mac_key);
  Zeroise(keys.data_key);
  return vsam;
}

Key256 DeriveMacKey(const Key256& mac_base, std::string_view validator_id) {
  return Derive(mac_base, kMacLabel, validator_id);
}

Key256 DeriveDataKey(const Key256& data_base, std::string_view validator_id) {
  return Derive(data_base, kDataLabel, validator_id);
}

bool VerifyMac(const Key256& mac_key, ByteView covered, const Mac& mac) {
  return MacKey(mac_key).Verify(covered, mac);
}

Result<Bytes> OpenSealed(const Key256& data_key, std::string_view validator_id,
                         std::uint64_t sequence, ByteView sealed) {
  const std::string context = SealContext(validator_id, sequence);
  auto opened = AesGcmOpen(data_key, NonceOf(sequence), AsBytes(context), sealed);
  if (!opened) {
    return Error(errors::kSealBroken, "the sealed card data of tap " + context + " does not open");
  }
  return std::move(*opened);
}

}  // namespace plaza::emv
