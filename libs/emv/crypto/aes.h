// AES-128 as smart cards use it: CBC without padding, and CMAC (NIST SP 800-38B). For closed-loop
// cards (closedloop/). Thread-safe; one cipher context per thread, no allocation per call.
#pragma once
#include <array>
#include <span>

#include "libs/base/bytes.h"

namespace plaza::emv {

inline constexpr std::size_t kAesBlockBytes = 16;
using AesBlock = std::array<std::uint8_t, kAesBlockBytes>;
using CutCmac = std::array<std::uint8_t, 8>;

// A key, zeroised at its end.
class AesKey {
 public:
  AesKey() = default;  // zeros
  explicit AesKey(const AesBlock& octets) : octets_(octets) {}
  ~AesKey();
  AesKey(const AesKey&) = default;
  AesKey& operator=(const AesKey&) = default;
  const AesBlock& octets() const { return octets_; }

 private:
  AesBlock octets_{};
};

// In place; the length is a multiple of 16 (checked).
void AesCbcEncrypt(const AesKey& key, const AesBlock& iv, std::span<std::uint8_t> data);
void AesCbcDecrypt(const AesKey& key, const AesBlock& iv, std::span<std::uint8_t> data);
AesBlock AesEncryptBlock(const AesKey& key, const AesBlock& block);

AesBlock AesCmac(const AesKey& key, ByteView message);
// The CMAC's octets 2, 4, … 16: what MIFARE Plus and DESFire EV2 send of it.
CutCmac AesCutCmac(const AesKey& key, ByteView message);

}  // namespace plaza::emv
