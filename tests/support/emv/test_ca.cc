#include "tests/support/emv/test_ca.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza::emv::test {
namespace {

RsaPrivateKey MakeKey(int bits, std::uint32_t exponent) {
  auto key = RsaPrivateKey::Generate(bits, exponent);
  PLAZA_CHECK(key.ok());
  return std::move(key).value();
}

void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

TestKeys MakeKeys(int ca_bits, int issuer_bits, int icc_bits, std::uint32_t exponent) {
  return {MakeKey(ca_bits, exponent), MakeKey(issuer_bits, exponent), MakeKey(icc_bits, exponent)};
}

const TestKeys& Keys() {
  static const TestKeys keys = MakeKeys(1408, 1152, 1024, 3);
  return keys;
}

Bytes SignBlock(const RsaPrivateKey& key, Bytes head, std::uint8_t padding, ByteView hashed_after) {
  PLAZA_CHECK(head.size() <= key.size() - 22);
  head.resize(key.size() - 22, padding);
  Bytes hashed = head;
  Append(hashed, hashed_after);
  Bytes block = {0x6A};
  Append(block, head);
  Append(block, Sha1(hashed));
  block.push_back(0xBC);
  return key.Sign(block);
}

Certificate Certify(const RsaPrivateKey& signer, const RsaPrivateKey& subject,
                    const CertificateSpec& spec) {
  Bytes head = {spec.format};
  Append(head, spec.identity);
  Append(head, spec.expiry);
  Append(head, spec.serial);
  for (std::size_t octet :
       {std::size_t{1}, std::size_t{1}, subject.size(), subject.exponent().size()}) {
    head.push_back(static_cast<std::uint8_t>(octet));
  }
  const std::size_t room = std::min(signer.size() - 22 - head.size(), subject.size());
  const ByteView modulus = subject.modulus();
  Append(head, modulus.first(room));
  Certificate out;
  out.remainder = ToBytes(modulus.subspan(room));
  Bytes hashed_after = out.remainder;
  Append(hashed_after, subject.exponent());
  Append(hashed_after, spec.static_data);
  out.certificate = SignBlock(signer, std::move(head), 0xBB, hashed_after);
  return out;
}

CapkTable TestCapks(const RsaPrivateKey& ca) {
  CapkTable capks;
  for (const Rid& rid : {kTestRid, Rid{0xA0, 0x00, 0x00, 0x00, 0x04},
                         Rid{0xA0, 0x00, 0x00, 0x00, 0x25}, Rid{0xA0, 0x00, 0x00, 0x03, 0x33}}) {
    PLAZA_CHECK(capks.Add({rid, kTestIndex, ca.modulus(), ca.exponent(), {}}).ok());
  }
  return capks;
}

Bytes Hex(std::string_view text) {
  auto bytes = FromHex(text);
  PLAZA_CHECK(bytes.ok());
  return std::move(bytes).value();
}

}  // namespace plaza::emv::test
