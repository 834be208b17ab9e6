// The fDDA chain against raw RSA of the same keys: without a cache three recoveries (CA, issuer,
// card), each key fresh from its octets as the chain has it; with the issuer-key cache two. The
// floor is RSA alone, keys prepared, and no hash.
#include <cstdio>
#include <memory>

#include "libs/base/check.h"
#include "libs/emv/crypto/bn.h"
#include "libs/emv/kernel3/kernel3.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/reader.h"
#include "tests/bench/emv/timing.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv {
namespace {

constexpr int kRuns = 500;

DataElements Terminal() {
  DataElements data;
  PLAZA_CHECK(data.Add(tag::kUnpredictableNumber, test::Hex("38393031"), Source::kTerminal));
  PLAZA_CHECK(data.Add(tag::kAmount, test::Hex("000000001100"), Source::kTerminal));
  PLAZA_CHECK(data.Add(tag::kCurrency, test::Hex("0484"), Source::kTerminal));
  return data;
}

// A card's data, read once by the kernel.
KernelOutcome ReadCard(const test::TestKeys& keys, const CapkTable& capks,
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

// RSA alone as libcrypto does it: one modular exponentiation a key, with the Montgomery form
// prepared.
class RawRsa {
 public:
  RawRsa(const RsaPrivateKey& key, ByteView input) {
    SetBn(n_.get(), key.modulus());
    SetBn(e_.get(), key.exponent());
    SetBn(in_.get(), input);
    mont_ = NewMont(n_.get(), context_.get());
  }
  void Run() const {
    PLAZA_CHECK(BN_mod_exp_mont(out_.get(), in_.get(), e_.get(), n_.get(), context_.get(),
                                mont_.get()) == 1);
  }

 private:
  Bn n_ = NewBn();
  Bn e_ = NewBn();
  Bn in_ = NewBn();
  Bn out_ = NewBn();
  BnContext context_{BN_CTX_new()};
  BnMont mont_;
};

void Measure(int ca_bits, int issuer_bits, int icc_bits, std::uint32_t exponent) {
  const test::TestKeys keys = test::MakeKeys(ca_bits, issuer_bits, icc_bits, exponent);
  const CapkTable capks = test::TestCapks(keys.ca);
  const DataElements terminal = Terminal();
  const KernelOutcome card = ReadCard(keys, capks, terminal);
  const Bytes aid = test::Hex("A0000000031010");
  OdaInput input;
  input.date = *Date::FromCivil(2026, 11, 23);
  input.aid = aid;
  input.capks = &capks;
  input.card = &card.data;
  input.terminal = &terminal;
  input.static_data = card.static_data;
  IssuerKeyCache cache;
  const RawRsa ca(keys.ca, card.data.Get(tag::kIssuerCertificate));
  const RawRsa issuer(keys.issuer, card.data.Get(tag::kIccCertificate));
  const RawRsa icc(keys.icc, card.data.Get(tag::kSignedDynamicData));
  for (const bool cached : {false, true}) {
    input.issuer_keys = cached ? &cache : nullptr;
    const auto chain = [&] {
      PLAZA_CHECK(AuthenticateOffline(input).result == OdaResult::kPassed);
    };
    const auto raw = [&] {
      if (!cached) ca.Run();
      issuer.Run();
      icc.Run();
    };
    const bench::Times times = bench::BestMicroseconds(kRuns, chain, raw);
    std::printf(
        "{\"bench\":\"oda_chain\",\"keys\":\"%d/%d/%d\",\"exponent\":%u,\"issuer_key_cached\":%s,"
        "\"unit\":\"us\",\"value\":%.2f,\"floor\":%.2f,\"ratio\":%.2f}\n",
        ca_bits, issuer_bits, icc_bits, exponent, cached ? "true" : "false", times.step,
        times.floor, times.step / times.floor);
  }
}

}  // namespace
}  // namespace plaza::emv

int main() {
  plaza::emv::Measure(1984, 1408, 1024, 3);
  plaza::emv::Measure(1984, 1984, 1152, 65537);
  return 0;
}
