// Keys of a VSAM in a PKCS#11 token, as emv::KeyBackend: sensitive objects of the token that cannot
// be extracted. The module is the token's maker's library, loaded at run time.
//
// In memory, zeroised after use: a key that comes in, from its key block to C_CreateObject, with
// the keys that the protection key derives for that block; and what a derivation gives, for its
// caller. The token does HMAC (CKM_SHA256_HMAC), CMAC (CKM_AES_CMAC) and single blocks
// (CKM_AES_ECB).
#pragma once
#include <memory>
#include <string>

#include "libs/base/result.h"
#include "libs/emv/vsam/key_backend.h"

namespace plaza::devices {

struct Pkcs11Options {
  std::string module;  // path of the library
  std::string token;   // its label
  std::string pin;     // of the user; kept, zeroised at the end, to log in again
};
// Logs in. Not to be shared by threads; one for a module in a process: its end ends the module for
// all. A token that was restarted is logged in to again, once an operation; a wrong PIN is not
// tried twice. PKCS11_MODULE, TOKEN_AWAY, TOKEN_PIN, TOKEN_MECHANISM; TOKEN_ERROR with the CKR. Of
// operations also TOKEN_KEY_AWAY.
Result<std::unique_ptr<emv::KeyBackend>> OpenPkcs11Keys(Pkcs11Options options);

}  // namespace plaza::devices
