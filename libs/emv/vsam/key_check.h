// Key check values: they tell two keys apart, and prove nothing else.
#pragma once
#include "libs/base/result.h"
#include "libs/emv/crypto/block_cipher.h"

namespace plaza::emv {

// AES: CMAC of a block of zeros, leftmost 5 bytes (ANSI X9.24-1:2017, Annex A). TDEA: the legacy
// one, a block of zeros encrypted, leftmost 3 bytes. KEY_LENGTH.
Result<Bytes> KeyCheckValue(CipherKind kind, ByteView key);

}  // namespace plaza::emv
