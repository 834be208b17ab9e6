// The fDDA chain against raw RSA of the same keys: without a cache three recoveries (CA, issuer,
// card), each key fresh from its octets as the chain has it; with the issuer-key cache two. The
// floor is RSA alone, keys prepared, and no hash.
#include <cstdio>
#include <memory>

#include "libs/base/check.h"
#include "libs/emv/kernel3/kernel3.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/reader.h"
#include "tests/bench/emv/timing.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv {
namespace {

using bench::BestMicroseconds;
constexpr int kRuns = 500;

DataElements Terminal() {
  DataElements data;
  PLAZA_CHECK(data.Add(tag::kUnpredictableNumber, test::Hex("38393031"), Source::kTerminal));
  PLAZA_CHECK(data.Add(tag::kAmount, test::Hex("000000001100"), Source::kTerminal));
  PLAZA_CHECK(data.Add(tag::kCurrency, test::Hex("0484"), Source::kTerminal));
  return data;
}

// A card's data, read once by the kernel.
Kernel3Outcome ReadCard(const test::TestKeys& keys, const CapkTable& capks,
                        const DataElements& terminal) {
  test::TestCard card({.keys = &keys});
  const Bytes aid = test::Hex("A0000000031010");
  const auto fci = Exchange(card, SelectByName(aid));
  PLAZA_CHECK(fci.ok());
  auto outcome = RunKernel3(card, {.aid = aid,
                                   .fci = fci->data,
                                   .terminal = &terminal,
                                   .capks = &capks,
                                   .date = *Date::FromCivil(2026, 11, 23)});
  PLAZA_CHECK(outcome.ok() && outcome->oda.result == OdaResult::kPassed);
  return std::move(outcome).value();
}

// RSA alone, with prepared keys.
double Floor(const test::TestKeys& keys, const DataElements& card, bool with_ca) {
  const auto ca = RsaPublicKey::Make(keys.ca.modulus(), keys.ca.exponent());
  const auto issuer = RsaPublicKey::Make(keys.issuer.modulus(), keys.issuer.exponent());
  const auto icc = RsaPublicKey::Make(keys.icc.modulus(), keys.icc.exponent());
  Bytes out(kRsaBytesMax);
  const auto recover = [&](const RsaPublicKey& key, Tag tag) {
    PLAZA_CHECK(key.Recover(card.Get(tag), MutableBytes(out).first(key.size())));
  };
  return BestMicroseconds(kRuns, [&] {
    if (with_ca) recover(*ca, tag::kIssuerCertificate);
    recover(*issuer, tag::kIccCertificate);
    recover(*icc, tag::kSignedDynamicData);
  });
}

void Measure(int ca_bits, int issuer_bits, int icc_bits, std::uint32_t exponent) {
  const test::TestKeys keys = test::MakeKeys(ca_bits, issuer_bits, icc_bits, exponent);
  const CapkTable capks = test::TestCapks(keys.ca);
  const DataElements terminal = Terminal();
  const Kernel3Outcome card = ReadCard(keys, capks, terminal);
  const Bytes aid = test::Hex("A0000000031010");
  OdaInput input;
  input.date = *Date::FromCivil(2026, 11, 23);
  input.aid = aid;
  input.capks = &capks;
  input.card = &card.data;
  input.terminal = &terminal;
  input.static_data = card.static_data;
  IssuerKeyCache cache;
  for (const bool cached : {false, true}) {
    input.issuer_keys = cached ? &cache : nullptr;
    const double chain = BestMicroseconds(
        kRuns, [&] { PLAZA_CHECK(AuthenticateOffline(input).result == OdaResult::kPassed); });
    const double floor = Floor(keys, card.data, /*with_ca=*/!cached);
    std::printf(
        "{\"bench\":\"oda_chain\",\"keys\":\"%d/%d/%d\",\"exponent\":%u,\"issuer_key_cached\":%s,"
        "\"unit\":\"us\",\"value\":%.2f,\"floor\":%.2f,\"ratio\":%.2f}\n",
        ca_bits, issuer_bits, icc_bits, exponent, cached ? "true" : "false", chain, floor,
        chain / floor);
  }
}

}  // namespace
}  // namespace plaza::emv

int main() {
  plaza::emv::Measure(1984, 1408, 1024, 3);
  plaza::emv::Measure(1984, 1984, 1152, 65537);
  return 0;
}
