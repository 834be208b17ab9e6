// A test CA, an issuer and a card key, made once per process, and the certificates that they sign
// (EMV Book 2, 6).
#pragma once
#include <string>

#include "libs/emv/capk/capk.h"
#include "libs/emv/crypto/rsa_private.h"

namespace plaza::emv::test {

struct TestKeys {
  RsaPrivateKey ca;
  RsaPrivateKey issuer;
  RsaPrivateKey icc;
};
const TestKeys& Keys();  // 1408, 1152 and 1024 bits, exponent 3
TestKeys MakeKeys(int ca_bits, int issuer_bits, int icc_bits, std::uint32_t exponent);

struct CertificateSpec {
  std::uint8_t format = 0x02;
  Bytes identity;               // issuer identifier or PAN, padded with F
  Bytes expiry = {0x12, 0x30};  // MMYY
  Bytes serial = {0x00, 0x00, 0x01};
  Bytes static_data;  // of a card's
};
struct Certificate {
  Bytes certificate;
  Bytes remainder;
};
Certificate Certify(const RsaPrivateKey& signer, const RsaPrivateKey& subject,
                    const CertificateSpec& spec);

// 6A, what is signed, its hash (with what follows), BC: signed.
Bytes SignBlock(const RsaPrivateKey& key, Bytes head, std::uint8_t padding, ByteView hashed_after);

inline constexpr Rid kTestRid = {0xA0, 0x00, 0x00, 0x00, 0x03};
inline constexpr std::uint8_t kTestIndex = 0x92;
CapkTable TestCapks(const RsaPrivateKey& ca);  // the key under the RID of each scheme

Bytes Hex(std::string_view text);  // checked

}  // namespace plaza::emv::test
