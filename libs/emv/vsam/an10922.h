// Key diversification by NXP's AN10922 ("Symmetric key diversifications", rev. 2.2): one key for
// each card, from a master key and what identifies the card.
#pragma once
#include "libs/base/result.h"
#include "libs/emv/crypto/cmac.h"
#include "libs/emv/crypto/secret.h"

namespace plaza::emv {

enum class An10922Cipher { kAes128, kAes192, kAes256, k2Tdea, k3Tdea };

// As long as `master`. `input` is M without its constant: UID, application, system identifier.
// TDEA keys come as the CMACs give them: a caller that keeps the key version in their parity bits
// puts it there. KEY_LENGTH, DIVERSIFICATION_INPUT (AES 1 to 31 bytes, TDEA 1 to 15).
Result<SecretBytes> DiversifyAn10922(An10922Cipher cipher, ByteView master, ByteView input);
// The same with a master key that somebody else holds. Errors of `master` as well.
Result<SecretBytes> DiversifyAn10922(An10922Cipher cipher, const CmacFunction& master,
                                     ByteView input);

}  // namespace plaza::emv
