// A real SoftHSM2, and what a token adds to tests/contract/vsam.
#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>

#include "libs/devices/errors.h"
#include "libs/devices/pkcs11_key_store.h"
#include "tests/support/pkcs11/soft_token.h"

namespace plaza::devices {
namespace {

using emv::KeyRight;
using testing::SoftToken;

const Bytes kKey(16, 0xA7);

template <class T>
std::string Reason(const Result<T>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

TEST(Pkcs11Test, WhatCannotBeOpenedSaysWhy) {
  const SoftToken token;
  Pkcs11Options options = token.options();
  options.module = "/nowhere/libpkcs11.so";
  EXPECT_EQ(Reason(OpenPkcs11Keys(options)), "PKCS11_MODULE");
  options.module = "libcrypto.so.3";  // a library, but of something else
  EXPECT_EQ(Reason(OpenPkcs11Keys(options)), "PKCS11_MODULE");
  options = token.options();
  options.token = "another";
  EXPECT_EQ(Reason(OpenPkcs11Keys(options)), "TOKEN_AWAY");
  options = token.options();
  options.pin = "0000-wrong";
  EXPECT_EQ(Reason(OpenPkcs11Keys(options)), "TOKEN_PIN");
  EXPECT_EQ(Reason(OpenPkcs11Keys(token.options())), "ok");
}

TEST(Pkcs11Test, AMissingMechanismIsNamed) {
  const SoftToken token("CKM_SHA256_HMAC,CKM_AES_ECB");
  const auto keys = OpenPkcs11Keys(token.options());
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().reason(), "TOKEN_MECHANISM");
  EXPECT_EQ(keys.error().what(), "no CKM_AES_CMAC");
}

TEST(Pkcs11Test, KeysCannotBeReadAndDoOneThing) {
  SoftToken token;
  const auto keys = OpenPkcs11Keys(token.options()).value();
  const emv::SecretBytes mac = keys->Keep(KeyRight::kMac, kKey).value();
  const emv::SecretBytes bdk = keys->Keep(KeyRight::kDukpt, kKey).value();
  EXPECT_EQ(Reason(keys->EncryptBlock(mac.view(), Bytes(16))), "TOKEN_ERROR");
  EXPECT_EQ(Reason(keys->Cmac(bdk.view(), Bytes(16))), "TOKEN_ERROR");
  EXPECT_EQ(Reason(keys->Cmac(Bytes(16), Bytes(16))), "TOKEN_KEY_AWAY");
  EXPECT_EQ(token.ValueOf(mac.view()), CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_EQ(token.ValueOf(bdk.view()), CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_EQ(Reason(keys->Cmac(mac.view(), Bytes(16))), "ok");
  EXPECT_EQ(Reason(keys->Forget(mac.view())), "ok");
  EXPECT_EQ(Reason(keys->Cmac(mac.view(), Bytes(16))), "TOKEN_KEY_AWAY");
  EXPECT_EQ(Reason(keys->Forget(mac.view())), "ok");
}

TEST(Pkcs11Test, LostSessionsAreOpenedAgain) {
  SoftToken token;
  const auto keys = OpenPkcs11Keys(token.options()).value();
  const emv::SecretBytes mac = keys->Keep(KeyRight::kMac, kKey).value();
  const emv::SecretBytes before = keys->Cmac(mac.view(), Bytes(3)).value();
  token.CloseSessions();
  EXPECT_TRUE(
      emv::EqualConstantTime(keys->Cmac(mac.view(), Bytes(3)).value().view(), before.view()));
  token.Restart();
  EXPECT_TRUE(
      emv::EqualConstantTime(keys->Cmac(mac.view(), Bytes(3)).value().view(), before.view()));
  token.Unplug();
  EXPECT_EQ(Reason(keys->Cmac(mac.view(), Bytes(3))), "TOKEN_AWAY");
}

}  // namespace
}  // namespace plaza::devices
