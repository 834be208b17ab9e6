// AES-256-GCM (NIST SP 800-38D), tag of 16 bytes after the ciphertext.
#pragma once
#include <array>
#include <optional>

#include "libs/base/bytes.h"

namespace plaza::emv {

using GcmNonce = std::array<std::uint8_t, 12>;
inline constexpr std::size_t kGcmTagBytes = 16;

// A (key, nonce) pair must never be used for two different texts.
Bytes AesGcmSeal(const std::array<std::uint8_t, 32>& key, const GcmNonce& nonce, ByteView aad,
                 ByteView plain);
// None if it was not sealed with these.
std::optional<Bytes> AesGcmOpen(const std::array<std::uint8_t, 32>& key, const GcmNonce& nonce,
                                ByteView aad, ByteView sealed);

}  // namespace plaza::emv
