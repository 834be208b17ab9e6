// Against published values, and against libcrypto's own other way of doing the same.
#include <gmock/gmock.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "libs/base/hex.h"
#include "libs/emv/crypto/aead.h"
#include "libs/emv/crypto/hmac.h"
#include "libs/emv/crypto/rsa.h"
#include "libs/emv/crypto/rsa_private.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/crypto/sha1.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

TEST(HmacTest, Rfc4231) {
  const auto sign = [](const Bytes& key, ByteView data) {
    return ToHex(HmacSha256Key(key).Sign(data));
  };
  EXPECT_EQ(sign(Bytes(20, 0x0B), AsBytes("Hi There")),
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
  EXPECT_EQ(sign(ToBytes(AsBytes("Jefe")), AsBytes("what do ya want for nothing?")),
            "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843");
  EXPECT_EQ(
      sign(Bytes(131, 0xAA), AsBytes("Test Using Larger Than Block-Size Key - Hash Key First")),
      "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54");
}

TEST(HmacTest, AsLibcryptoForAllLengths) {
  const Bytes key(32, 0x42);
  const HmacSha256Key prepared(key);
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes data(size, static_cast<std::uint8_t>(size));
    Bytes expected(32);
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
         expected.data(), &length);
    EXPECT_EQ(ToHex(prepared.Sign(data)), ToHex(expected)) << size;
  }
}

TEST(Sha1Test, Fips180) {
  EXPECT_EQ(ToHex(Sha1OfParts({AsBytes("ab"), {}, AsBytes("c")})),
            "A9993E364706816ABA3E25717850C26C9CD0D89D");
}

// NIST's GCM test case 16 (AES-256, with additional data).
TEST(AeadTest, KnownAnswer) {
  std::array<std::uint8_t, 32> key{};
  std::ranges::copy(Hex("FEFFE9928665731C6D6A8F9467308308FEFFE9928665731C6D6A8F9467308308"),
                    key.begin());
  GcmNonce nonce{};
  std::ranges::copy(Hex("CAFEBABEFACEDBADDECAF888"), nonce.begin());
  const Bytes aad = Hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
  const Bytes plain =
      Hex("D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A721C3C0C95956809532FCF0E24"
          "49A6B525"
          "B16AEDF5AA0DE657BA637B39");
  const Bytes sealed = AesGcmSeal(key, nonce, aad, plain);
  EXPECT_EQ(ToHex(sealed),
            "522DC1F099567D07F47F37A32A84427D643A8CDCBFE5C0C97598A2BD2555D1AA8CB08E48590DBB3DA7B08B"
            "1056828838"
            "C5F61E6393BA7A0ABCC9F662"
            "76FC6ECE0F4E1768CDDF8853BB2D551B");
  EXPECT_EQ(AesGcmOpen(key, nonce, aad, sealed), plain);
  for (std::size_t bit = 0; bit < sealed.size() * 8; bit += 13) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(AesGcmOpen(key, nonce, aad, changed).has_value());
  }
  EXPECT_FALSE(AesGcmOpen(key, nonce, Hex("00"), sealed).has_value());
  EXPECT_FALSE(AesGcmOpen(key, nonce, aad, Hex("00")).has_value());
  EXPECT_EQ(AesGcmOpen(key, nonce, {}, AesGcmSeal(key, nonce, {}, {})), Bytes());
}

TEST(RsaTest, RecoverUndoesSign) {
  for (const auto& [bits, exponent] :
       {std::pair{512, 3U}, {768, 65537U}, {1024, 3U}, {1984, 65537U}, {1976, 3U}}) {
    const auto key = RsaPrivateKey::Generate(bits, exponent);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->size(), static_cast<std::size_t>(bits) / 8);
    Bytes block(key->size(), 0x6B);
    block[0] = 0x6A;
    const Bytes signature = key->Sign(block);
    const auto recover = RsaPublicKey::Make(key->modulus(), key->exponent());
    ASSERT_TRUE(recover.ok());
    Bytes out(block.size());
    ASSERT_TRUE(recover->Recover(signature, out));
    EXPECT_EQ(out, block) << bits;
    const auto again = RsaPrivateKey::FromDer(key->ToDer());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->Sign(block), signature);
  }
}

TEST(RsaTest, RefusesKeysAndInputs) {
  const Bytes odd(64, 0xFF);
  const auto refused = [](ByteView modulus, const Bytes& exponent) {
    const auto key = RsaPublicKey::Make(modulus, exponent);
    return !key.ok() && key.error().Is(errors::kBadKey);
  };
  EXPECT_FALSE(refused(odd, {0x03}));
  EXPECT_FALSE(refused(odd, {0x00, 0x01, 0x00, 0x01}));
  EXPECT_TRUE(refused(odd, {0x02}));
  EXPECT_TRUE(refused(odd, {}));
  EXPECT_TRUE(refused(odd, {0x01}));
  EXPECT_TRUE(refused(Bytes(63, 0xFF), {0x03}));
  EXPECT_TRUE(refused(Bytes(249, 0xFF), {0x03}));
  EXPECT_TRUE(refused(Bytes(64, 0xFE), {0x03}));  // even
  Bytes short_one = odd;
  short_one[0] = 0;
  EXPECT_TRUE(refused(short_one, {0x03}));
  const auto key = RsaPublicKey::Make(odd, Bytes{0x03});
  Bytes out(64);
  EXPECT_FALSE(key->Recover(Bytes(63), out));
  EXPECT_FALSE(key->Recover(odd, out));  // equal to the modulus
  EXPECT_TRUE(key->Recover(Bytes(64), out));
  EXPECT_FALSE(RsaPrivateKey::Generate(500, 3).ok());
  EXPECT_FALSE(RsaPrivateKey::Generate(1024, 5).ok());
  EXPECT_FALSE(RsaPrivateKey::FromDer(Hex("3000")).ok());
}

TEST(SecretTest, ComparesAndZeroises) {
  EXPECT_TRUE(EqualConstantTime(Hex("0102"), Hex("0102")));
  EXPECT_FALSE(EqualConstantTime(Hex("0102"), Hex("0103")));
  EXPECT_FALSE(EqualConstantTime(Hex("0102"), Hex("01")));
  EXPECT_TRUE(EqualConstantTime({}, {}));
  Bytes memory = Hex("0102");
  Zeroise(memory);
  EXPECT_EQ(ToHex(memory), "0000");
  SecretBytes secret(Hex("AABB"));
  const std::uint8_t* at = secret.view().data();
  const SecretBytes moved = std::move(secret);
  EXPECT_EQ(moved.view().data(), at);  // no copy stays behind
  std::array<std::uint8_t, 32> a{};
  std::array<std::uint8_t, 32> b{};
  RandomBytes(a);
  RandomBytes(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace plaza::emv
