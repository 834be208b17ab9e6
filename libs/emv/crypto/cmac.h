// CMAC (NIST SP 800-38B) over AES or TDEA.
#pragma once
#include "libs/emv/crypto/block_cipher.h"

namespace plaza::emv {

// One block. `blocks_min` is 1 in the standard; NXP's AN10922 pads to two blocks whatever the
// length, and takes the subkey of padded messages (K2) whenever anything was padded.
SecretBytes Cmac(const BlockCipher& cipher, ByteView message, std::size_t blocks_min = 1);

// The same under a key that somebody else holds, such as a token.
using CmacFunction = std::function<Result<SecretBytes>(ByteView message, std::size_t blocks_min)>;

// For a holder whose CMAC knows no blocks_min: the message whose CMAC by the standard is that of
// `message` with blocks_min, which is more than the message fills. `encrypted_zeros`: one block.
SecretBytes PaddedForCmac(ByteView encrypted_zeros, ByteView message, std::size_t blocks_min);

}  // namespace plaza::emv
