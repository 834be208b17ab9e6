#include "libs/emv/oda/oda.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/crypto/sha1.h"
#include "libs/emv/oda/certificate.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/oda/pan.h"
#include "libs/emv/oda/reasons.h"
#include "libs/emv/oda/signed_data.h"

namespace plaza::emv {
namespace {

using Step = std::optional<OdaFailure>;  // none: go on

OdaFailure Failed(std::string_view reason) { return {reason, /*not_possible=*/false}; }
OdaFailure NotPossible(std::string_view reason) { return {reason, /*not_possible=*/true}; }

// Byte 1 of the AIP (Book 3, Annex C1).
std::uint8_t AipBit(OdaMethod method) {
  switch (method) {
    case OdaMethod::kSda:
      return 0x40;
    case OdaMethod::kDda:
      return 0x20;
    case OdaMethod::kFdda:
      return 0x20;
    case OdaMethod::kCda:
      return 0x01;
  }
  return 0;
}

// One authentication under way: the steps fill the outcome.
class Authentication {
 public:
  explicit Authentication(const OdaInput& input) : input_(input) {
    PLAZA_CHECK(input.capks != nullptr && input.card != nullptr);
    outcome_.method = input.method;
  }

  OdaOutcome Run() {
    if (const Step failure = Steps()) {
      outcome_.result = failure->not_possible ? OdaResult::kNotPossible : OdaResult::kFailed;
      outcome_.reason = failure->reason;
    } else {
      outcome_.result = OdaResult::kPassed;
    }
    return std::move(outcome_);
  }

 private:
  Step Steps() {
    if (const Step failure = CheckPrerequisites()) return failure;
    if (const Step failure = RecoverIssuerKey()) return failure;
    if (const Step failure = PrepareStaticData()) return failure;
    if (input_.method == OdaMethod::kSda) return VerifyStatic();
    if (const Step failure = RecoverCardKey()) return failure;
    switch (input_.method) {
      case OdaMethod::kFdda:
        return VerifyFdda();
      case OdaMethod::kDda:
        return VerifyDda();
      default:
        return VerifyCda();
    }
  }

  ByteView Card(Tag tag) const { return input_.card->Get(tag); }
  std::optional<ByteView> Terminal(Tag tag) const {
    if (input_.terminal != nullptr) {
      if (const auto value = input_.terminal->Find(tag)) return value;
    }
    return input_.card->Find(tag);
  }

  Step CheckPrerequisites();
  Step RecoverIssuerKey();
  Step RecoverUncached(const CertificateParts& parts);
  Step PrepareStaticData();
  Step RecoverCardKey();
  Step VerifyStatic();
  Step VerifyFdda();
  Step VerifyDda();
  Step VerifyCda();
  Step TakeDynamicNumber(const Recovered& block, ByteView* dynamic_data);

  const OdaInput& input_;
  OdaOutcome outcome_;
  std::optional<Pan> pan_;
  const CaKey* ca_ = nullptr;
  std::optional<IssuerCertificate> own_issuer_;  // where there is no cache
  const IssuerCertificate* issuer_ = nullptr;
  ByteView static_aip_;
  std::optional<RsaPublicKey> icc_key_;
};

Step Authentication::CheckPrerequisites() {
  const ByteView aip = Card(tag::kAip);
  if (aip.size() != 2) return NotPossible(oda_reason::kAipMissing);
  if ((aip[0] & AipBit(input_.method)) == 0) return NotPossible(oda_reason::kMethodNotSupported);
  const ByteView index = Card(tag::kCapkIndex);
  if (index.size() != 1) return NotPossible(oda_reason::kCaKeyIndexMissing);
  if (input_.aid.size() < 5) return NotPossible(oda_reason::kCaKeyUnknown);
  Rid rid{};
  std::copy_n(input_.aid.begin(), rid.size(), rid.begin());
  ca_ = input_.capks->Find(rid, index[0], input_.date);
  if (ca_ == nullptr) return NotPossible(oda_reason::kCaKeyUnknown);
  bool present = false;
  pan_ = PanOf(*input_.card, &present);
  if (!present) return NotPossible(oda_reason::kPanMissing);
  if (!pan_) return Failed(oda_reason::kPanMalformed);
  return std::nullopt;
}

Step Authentication::RecoverIssuerKey() {
  const ByteView certificate = Card(tag::kIssuerCertificate);
  if (certificate.empty()) return NotPossible(oda_reason::kIssuerCertificateMissing);
  const ByteView exponent = Card(tag::kIssuerExponent);
  if (exponent.empty()) return NotPossible(oda_reason::kIssuerExponentMissing);
  const CertificateParts parts{certificate, input_.card->Find(tag::kIssuerRemainder), exponent};
  if (input_.issuer_keys != nullptr) issuer_ = input_.issuer_keys->Find(*ca_, parts);
  if (issuer_ == nullptr) {
    if (const Step failure = RecoverUncached(parts)) return failure;
  }
  if (const Step failure =
          CheckIssuerCertificate(*issuer_, *pan_, *ca_, *input_.capks, input_.date)) {
    return failure;
  }
  outcome_.issuer_key = RecoveredKey{issuer_->key.modulus(), issuer_->key.exponent()};
  return std::nullopt;
}

Step Authentication::RecoverUncached(const CertificateParts& parts) {
  IssuerOrFailure recovered;
  if (input_.issuer_keys != nullptr) {
    const RsaPublicKey* ca_key = input_.issuer_keys->CaKeyOf(*ca_);
    PLAZA_CHECK(ca_key != nullptr);  // CapkTable::Add checked it
    recovered = RecoverIssuerCertificate(*ca_key, parts);
    if (recovered.certificate) {
      issuer_ = input_.issuer_keys->Keep(*ca_, parts, std::move(*recovered.certificate));
    }
  } else {
    const auto ca_key = RsaPublicKey::Make(ca_->modulus, ca_->exponent);
    PLAZA_CHECK(ca_key.ok());
    recovered = RecoverIssuerCertificate(*ca_key, parts);
    if (recovered.certificate) {
      own_issuer_ = std::move(recovered.certificate);
      issuer_ = &*own_issuer_;
    }
  }
  return issuer_ == nullptr ? Step(recovered.failure) : std::nullopt;
}

// Book 2, 5.1.1 and Book 3, 10.3: the tag list may name the AIP and nothing else.
Step Authentication::PrepareStaticData() {
  const auto tags = input_.card->Find(tag::kSdaTagList);
  if (!tags) return std::nullopt;
  if (tags->size() != 1 || tags->front() != tag::kAip) return Failed(oda_reason::kSdaTagList);
  static_aip_ = Card(tag::kAip);
  return std::nullopt;
}

Step Authentication::RecoverCardKey() {
  const ByteView certificate = Card(tag::kIccCertificate);
  if (certificate.empty()) return NotPossible(oda_reason::kIccCertificateMissing);
  const ByteView exponent = Card(tag::kIccExponent);
  if (exponent.empty()) return NotPossible(oda_reason::kIccExponentMissing);
  const CertificateParts parts{certificate, input_.card->Find(tag::kIccRemainder), exponent};
  IccKeyOrFailure recovered =
      RecoverIccKey(issuer_->key, parts, input_.static_data, static_aip_, *pan_, input_.date);
  if (!recovered.key) return recovered.failure;
  icc_key_ = std::move(recovered.key);
  outcome_.icc_key = RecoveredKey{icc_key_->modulus(), icc_key_->exponent()};
  return std::nullopt;
}

// Book 2, 5.4.
Step Authentication::VerifyStatic() {
  const ByteView signature = Card(tag::kSignedStaticData);
  if (signature.empty()) return NotPossible(oda_reason::kSignatureMissing);
  Recovered block;
  std::optional<std::uint8_t> format;
  const Step failure = OpenSignature(issuer_->key, signature, 0x03,
                                     {input_.static_data, static_aip_}, block, format);
  outcome_.signed_data_format = format;
  if (failure) return failure;
  outcome_.data_authentication_code = ToBytes(block.view().subspan(3, 2));
  return std::nullopt;
}

Step Authentication::TakeDynamicNumber(const Recovered& block, ByteView* dynamic_data) {
  const auto data = IccDynamicData(block);
  const auto number = data ? IccDynamicNumber(*data) : std::nullopt;
  if (!number) return Failed(oda_reason::kDynamicDataLength);
  outcome_.icc_dynamic_number = ToBytes(*number);
  *dynamic_data = *data;
  return std::nullopt;
}

// Book C-3, Annex C: version 01 of the signature; format 95 authenticates an online transaction, 05
// an offline one.
Step Authentication::VerifyFdda() {
  const ByteView signature = Card(tag::kSignedDynamicData);
  if (signature.empty()) return NotPossible(oda_reason::kSignatureMissing);
  const ByteView auth_data = Card(tag::kCardAuthData);
  if (auth_data.empty()) return NotPossible(oda_reason::kCardAuthDataMissing);
  const auto number = Terminal(tag::kUnpredictableNumber);
  const auto amount = Terminal(tag::kAmount);
  const auto currency = Terminal(tag::kCurrency);
  if (!number || !amount || !currency) return NotPossible(oda_reason::kTerminalDataMissing);
  if (auth_data[0] != 0x01) return Failed(oda_reason::kFddaVersion);
  Recovered block;
  const std::uint8_t format = input_.online ? 0x95 : 0x05;
  if (const Step failure =
          OpenSignature(*icc_key_, signature, format, {*number, *amount, *currency, auth_data},
                        block, outcome_.signed_data_format)) {
    return failure;
  }
  ByteView dynamic_data;
  return TakeDynamicNumber(block, &dynamic_data);
}

// Book 2, 6.5.2.
Step Authentication::VerifyDda() {
  const ByteView signature = Card(tag::kSignedDynamicData);
  if (signature.empty()) return NotPossible(oda_reason::kSignatureMissing);
  Recovered block;
  if (const Step failure = OpenSignature(*icc_key_, signature, 0x05, {input_.dynamic_data}, block,
                                         outcome_.signed_data_format)) {
    return failure;
  }
  ByteView dynamic_data;
  return TakeDynamicNumber(block, &dynamic_data);
}

// Book 2, 6.6.2: the dynamic data is the number, then CID, cryptogram and the hash of the
// transaction's data.
Step Authentication::VerifyCda() {
  constexpr std::size_t kCryptogramBytes = 8;
  constexpr std::size_t kHashBytes = 20;
  const ByteView signature = Card(tag::kSignedDynamicData);
  if (signature.empty()) return NotPossible(oda_reason::kSignatureMissing);
  const auto number = Terminal(tag::kUnpredictableNumber);
  if (!number) return NotPossible(oda_reason::kTerminalDataMissing);
  Recovered block;
  if (const Step failure = OpenSignature(*icc_key_, signature, 0x05, {*number}, block,
                                         outcome_.signed_data_format)) {
    return failure;
  }
  ByteView dynamic_data;
  if (const Step failure = TakeDynamicNumber(block, &dynamic_data)) return failure;
  const ByteView rest = dynamic_data.subspan(1 + outcome_.icc_dynamic_number.size());
  if (rest.size() < 1 + kCryptogramBytes + kHashBytes) {
    return Failed(oda_reason::kDynamicDataLength);
  }
  outcome_.cid = rest[0];
  outcome_.ac = ToBytes(rest.subspan(1, kCryptogramBytes));
  std::optional<std::uint8_t> stated = input_.cid;
  const ByteView clear_cid = Card(tag::kCid);
  if (!stated && clear_cid.size() == 1) stated = clear_cid[0];
  if (stated && *stated != rest[0]) return Failed(oda_reason::kCidMismatch);
  const Sha1Digest digest =
      Sha1OfParts({input_.pdol_data, input_.cdol1_data, input_.response_data});
  if (!std::ranges::equal(digest, rest.subspan(1 + kCryptogramBytes, kHashBytes))) {
    return Failed(oda_reason::kTransactionDataHash);
  }
  return std::nullopt;
}

}  // namespace

std::string_view OdaResultName(OdaResult result) {
  switch (result) {
    case OdaResult::kPassed:
      return "passed";
    case OdaResult::kFailed:
      return "failed";
    case OdaResult::kNotPossible:
      return "not_possible";
  }
  return "";
}

std::string_view OdaMethodName(OdaMethod method) {
  switch (method) {
    case OdaMethod::kSda:
      return "sda";
    case OdaMethod::kDda:
      return "dda";
    case OdaMethod::kCda:
      return "cda";
    case OdaMethod::kFdda:
      return "fdda";
  }
  return "";
}

OdaOutcome AuthenticateOffline(const OdaInput& input) { return Authentication(input).Run(); }

}  // namespace plaza::emv
