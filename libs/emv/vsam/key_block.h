// Key blocks by ASC X9 TR-31:2018, ANSI X9.143 and ISO 20038: a key under a key block protection
// key (KBPK), bound to what it is for.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/emv/crypto/cmac.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/vsam/key_block_header.h"

namespace plaza::emv {

struct UnwrappedKey {
  KeyBlockHeader header;
  SecretBytes key;
};
// Versions A to E. `kbpk`: TDEA of 16 or 24 bytes for A, B, C; AES for D, E. Nothing of the key is
// looked at before the MAC held, which is compared in constant time. Errors of
// ParseKeyBlockHeader; KEY_LENGTH (of the KBPK), KEY_BLOCK_HEX, KEY_BLOCK_MAC, KEY_BLOCK_KEY.
// Whether the key may be used for what the caller wants is CheckKeyUse's to say.
Result<UnwrappedKey> UnwrapKeyBlock(ByteView kbpk, std::string_view block);
// The same with an AES KBPK of so many bytes that somebody else holds; the keys that it derives for
// this block are in memory meanwhile. Versions D and E (others: KEY_BLOCK_VERSION). Errors of
// `kbpk` as well.
Result<UnwrappedKey> UnwrapKeyBlock(std::size_t kbpk_bytes, const CmacFunction& kbpk,
                                    std::string_view block);

// Versions B, D and E (A and C are deprecated: KEY_BLOCK_VERSION). `padding` follows the key and is
// random, from RandomKeyPadding; it must fill whole cipher blocks in B and D (KEY_BLOCK_PADDING).
// The same errors otherwise. It does not judge whether the KBPK is as strong as the key.
Result<std::string> WrapKeyBlock(ByteView kbpk, const KeyBlockHeader& header, ByteView key,
                                 ByteView padding);

// Padding that makes all keys of the header's algorithm equally long (X9.143, 6.4: hides whether a
// TDEA key has 16 or 24 bytes, an AES key 16 to 32), and fills whole blocks.
Bytes RandomKeyPadding(const KeyBlockHeader& header, std::size_t key_bytes);

}  // namespace plaza::emv
