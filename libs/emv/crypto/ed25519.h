// Ed25519 signatures (RFC 8032) by libcrypto. Thread-safe.
#pragma once
#include <array>

#include "libs/base/bytes.h"

namespace plaza::emv {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

// A private key is its seed of 32 octets (aborts on another length).
Ed25519PublicKey Ed25519PublicKeyOf(ByteView seed);
Ed25519Signature SignEd25519(ByteView seed, ByteView message);
bool VerifyEd25519(const Ed25519PublicKey& key, ByteView message,
                   const Ed25519Signature& signature);

}  // namespace plaza::emv
