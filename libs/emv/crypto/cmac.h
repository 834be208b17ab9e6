// CMAC (NIST SP 800-38B) over AES or TDEA.
#pragma once
#include "libs/emv/crypto/block_cipher.h"

namespace plaza::emv {

// One block. `blocks_min` is 1 in the standard; NXP's AN10922 pads to two blocks whatever the
// length, and takes the subkey of padded messages (K2) whenever anything was padded.
SecretBytes Cmac(const BlockCipher& cipher, ByteView message, std::size_t blocks_min = 1);

}  // namespace plaza::emv
