// The error catalogue of libs/devices.
#pragma once
#include "libs/base/error.h"

namespace plaza::devices {

inline constexpr ErrorKind kReaderAway{
    StatusCode::kUnavailable, "READER_AWAY",
    "Plug the reader in, and start pcscd; pcsc_scan (package pcsc-tools) shows what there is."};
inline constexpr ErrorKind kPkcs11Module{
    StatusCode::kFailedPrecondition, "PKCS11_MODULE",
    "Name the PKCS#11 library of the token's maker, such as libsofthsm2.so."};
inline constexpr ErrorKind kTokenAway{
    StatusCode::kUnavailable, "TOKEN_AWAY",
    "Plug the token in, or start its server; pkcs11-tool --list-slots shows what there is."};
inline constexpr ErrorKind kTokenPin{
    StatusCode::kUnauthenticated, "TOKEN_PIN",
    "Give the token's user PIN; a few wrong ones lock it until its security officer sets another."};
inline constexpr ErrorKind kTokenMechanism{
    StatusCode::kUnimplemented, "TOKEN_MECHANISM",
    "Use a token that has CKM_SHA256_HMAC, CKM_AES_CMAC and CKM_AES_ECB."};
inline constexpr ErrorKind kTokenKeyAway{
    StatusCode::kNotFound, "TOKEN_KEY_AWAY",
    "Use the token that has this key, or delete the slot and import the key again."};
inline constexpr ErrorKind kTokenError{StatusCode::kInternal, "TOKEN_ERROR",
                                       "Look the CKR code up in the manual of the token."};

}  // namespace plaza::devices
