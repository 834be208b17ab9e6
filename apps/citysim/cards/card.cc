#include "apps/citysim/cards/card.h"

#include <algorithm>
#include <array>

#include "apps/citysim/cards/limits.h"
#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/emv/crypto/hmac.h"
#include "libs/emv/tlv/tag.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::citysim {
namespace {

namespace tag = emv::tag;

constexpr std::array<std::uint8_t, 7> kVisaAid{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10};
// A national scheme's application that the city's gates do not know.
constexpr std::array<std::uint8_t, 6> kForeignAid{0xA0, 0x00, 0x00, 0x09, 0x99, 0x01};
constexpr std::string_view kPpse = "2PAY.SYS.DDF01";

// Applications of kernel 3 ask for: TTQ, amount, other amount, country, TVR, currency, date, type,
// unpredictable number.
constexpr std::array<std::uint8_t, 24> kPdol{0x9F, 0x66, 0x04, 0x9F, 0x02, 0x06, 0x9F, 0x03,
                                             0x06, 0x9F, 0x1A, 0x02, 0x95, 0x05, 0x5F, 0x2A,
                                             0x02, 0x9A, 0x03, 0x9C, 0x01, 0x9F, 0x37, 0x04};
// Where those values stand in the data of GET PROCESSING OPTIONS.
constexpr std::size_t kTtqAt = 0;
constexpr std::size_t kAmountAt = 4;
constexpr std::size_t kCurrencyAt = 23;
constexpr std::size_t kNumberAt = 29;
constexpr std::size_t kPdolBytes = 33;

// TTQ, byte 1, bit 1: offline data authentication for online authorisations; byte 2, bit 8: online
// cryptogram required.
constexpr std::uint8_t kTtqOdaOnline = 0x01;

constexpr std::array<std::uint8_t, 2> kAip{0x20, 0x00};  // DDA supported
constexpr std::uint8_t kSfi = 2;
constexpr std::array<std::uint8_t, 4> kAfl{kSfi << 3, 1, 3,
                                           1};  // three records, the first authenticated
constexpr std::array<std::uint8_t, 2> kCtq{0x00, 0x00};
constexpr std::array<std::uint8_t, 4> kPhoneForm{0x23, 0x00, 0x00,
                                                 0x00};      // form factor: mobile phone
constexpr std::array<std::uint8_t, 2> kMexico{0x04, 0x84};   // ISO 3166-1 numeric
constexpr std::array<std::uint8_t, 2> kNowhere{0x09, 0x99};  // kRefusedCountry
constexpr std::uint8_t kCidArqc = 0x80;
constexpr std::uint8_t kCidAac = 0x00;

constexpr std::uint16_t kOk = 0x9000;
constexpr std::uint16_t kFileNotFound = 0x6A82;
constexpr std::uint16_t kRecordNotFound = 0x6A83;
constexpr std::uint16_t kConditions = 0x6985;
constexpr std::uint16_t kBadLength = 0x6700;
constexpr std::uint16_t kBadInstruction = 0x6D00;

void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

Bytes Answer(Bytes data, std::uint16_t status) {
  data.push_back(static_cast<std::uint8_t>(status >> 8));
  data.push_back(static_cast<std::uint8_t>(status));
  return data;
}

Bytes Packed(std::string digits, char pad) {
  if (digits.size() % 2 != 0) digits.push_back(pad);
  Result<Bytes> packed = FromHex(digits);
  PLAZA_CHECK(packed.ok());
  return *packed;
}

Bytes DateBcd(Date day) {
  const std::string text = day.ToText();  // YYYY-MM-DD
  return Packed(text.substr(2, 2) + text.substr(5, 2) + text.substr(8, 2), '0');
}

char CheckDigit(std::string_view digits) {
  int sum = 0;
  bool doubled = true;  // the digit beside the check digit
  for (auto it = digits.rbegin(); it != digits.rend(); ++it) {
    int digit = *it - '0';
    if (doubled) digit = digit < 5 ? digit * 2 : digit * 2 - 9;
    sum += digit;
    doubled = !doubled;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace

std::string_view CardKindName(CardKind kind) {
  switch (kind) {
    case CardKind::kGood:
      return "good";
    case CardKind::kExpired:
      return "expired";
    case CardKind::kNotYetValid:
      return "not_yet_valid";
    case CardKind::kForged:
      return "forged";
    case CardKind::kFlippedSignature:
      return "flipped_signature";
    case CardKind::kDeclining:
      return "declining";
    case CardKind::kPanMismatch:
      return "pan_mismatch";
    case CardKind::kForeign:
      return "foreign";
    case CardKind::kRefusedCountry:
      return "refused_country";
  }
  return "unknown";
}

std::string PanOf(std::uint64_t seed, std::uint64_t account, Issuer issuer) {
  PLAZA_CHECK(account < kAccountNumbers);
  // A bijection on nine digits: the multiplier is prime to 10, so accounts of one seed never meet.
  constexpr std::uint64_t kMultiplier = 387'420'489;
  const std::uint64_t number =
      (account * kMultiplier + (seed % kAccountNumbers) * 7 + 123'456'789) % kAccountNumbers;
  std::string nine = std::to_string(number);
  nine.insert(0, 9 - nine.size(), '0');
  std::string pan = std::string(IssuerBin(issuer)) + nine;
  pan.push_back(CheckDigit(pan));
  return pan;
}

bool LuhnValid(std::string_view digits) {
  return digits.size() > 1 &&
         CheckDigit(digits.substr(0, digits.size() - 1)) == digits[digits.size() - 1];
}

std::string TestPar(std::string_view pan) {
  PLAZA_CHECK(pan.size() >= 15);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const std::string text = "plaza test par " + std::string(pan.substr(6, 9));
  const Sha256Digest digest = Sha256(AsBytes(text));
  std::string par = "V0010013";
  std::uint32_t bits = 0;
  int held = 0;
  for (std::size_t at = 0; par.size() < 29; ++at) {
    bits = (bits << 8) | digest[at];
    held += 8;
    for (; held >= 5 && par.size() < 29; held -= 5) {
      par.push_back(kAlphabet[(bits >> (held - 5)) & 31]);
    }
  }
  return par;
}

Card::Card(const CardSpec& spec)
    : spec_(spec),
      pan_(PanOf(spec.seed, spec.account, spec.issuer)),
      expiry_(EndOfMonthAfter(spec.today, spec.kind == CardKind::kExpired ? -1 : 36)),
      effective_(spec.kind == CardKind::kNotYetValid ? EndOfMonthAfter(spec.today, 0) + 1
                                                     : EndOfMonthAfter(spec.today, -12) + 1) {}

Bytes Card::StaticData() const {
  Bytes out;
  emv::AppendTlv(out, tag::kPan, Packed(pan_, 'F'));
  emv::AppendTlv(out, tag::kExpiry, DateBcd(expiry_));
  emv::AppendTlv(out, tag::kEffective, DateBcd(effective_));
  emv::AppendTlv(out, tag::kPanSequence, Bytes{0x01});
  emv::AppendTlv(out, tag::kIssuerCountry,
                 spec_.kind == CardKind::kRefusedCountry ? kNowhere : kMexico);
  emv::AppendTlv(out, tag::kSdaTagList, Bytes{0x82});
  if (spec_.carries_par) emv::AppendTlv(out, tag::kPar, AsBytes(par()));
  return out;
}

const Card::Personalised& Card::Personalise(const TestPki& pki, const CardCrypto& crypto) const {
  std::call_once(once_, [&] {
    const auto at = static_cast<std::size_t>(spec_.issuer);
    const IssuerCertificate& issuer =
        spec_.kind == CardKind::kForged ? pki.forged[at] : pki.certificates[at];
    const emv::RsaPrivateKey& issuer_key = crypto.issuer(spec_.issuer);
    data_.key_index = static_cast<std::uint32_t>(spec_.account % pki.card_keys.size());
    const emv::RsaPrivateKey& key = crypto.card(data_.key_index);

    const Bytes covered = StaticData();
    data_.static_record = emv::MakeTlv(tag::kRecord, covered);

    Bytes record = emv::MakeTlv(tag::kCapkIndex, Bytes{kCaKeyIndex});
    emv::AppendTlv(record, tag::kIssuerCertificate, issuer.certificate);
    if (!issuer.remainder.empty()) emv::AppendTlv(record, tag::kIssuerRemainder, issuer.remainder);
    emv::AppendTlv(record, tag::kIssuerExponent, issuer.exponent);
    data_.issuer_record = emv::MakeTlv(tag::kRecord, record);

    // The card's certificate (EMV Book 2, 6.4, table 14). It outlives an expired card, so that a
    // gate has to see the expiry itself.
    const std::size_t room = issuer_key.size() - kIccCertificateOverhead;
    const Bytes& modulus = key.modulus();
    const std::size_t left = std::min(room, modulus.size());
    Bytes body = {0x04};
    Append(body, Packed(pan_ + "FFFF", 'F'));
    Append(body, MonthYearBcd(EndOfMonthAfter(spec_.today, 36)));
    Append(body, Bytes{0x00, static_cast<std::uint8_t>(spec_.account >> 8),
                       static_cast<std::uint8_t>(spec_.account)});
    Append(body, Bytes{0x01, 0x01, static_cast<std::uint8_t>(modulus.size()),
                       static_cast<std::uint8_t>(key.exponent().size())});
    Append(body, ByteView(modulus).first(left));
    body.resize(body.size() + (room - left), 0xBB);
    const ByteView remainder = ByteView(modulus).subspan(left);
    Bytes hashed = body;
    Append(hashed, remainder);
    Append(hashed, key.exponent());
    Append(hashed, covered);
    Append(hashed, kAip);  // 9F4A names tag 82
    Bytes block = {0x6A};
    Append(block, body);
    Append(block, Sha1(hashed));
    block.push_back(0xBC);

    emv::AppendTlv(data_.icc_record, tag::kIccCertificate, issuer_key.Sign(block));
    if (!remainder.empty()) emv::AppendTlv(data_.icc_record, tag::kIccRemainder, remainder);
    emv::AppendTlv(data_.icc_record, tag::kIccExponent, key.exponent());
  });
  return data_;
}

CardTap::CardTap(const Card& card, std::uint16_t atc, const TestPki& pki, const CardCrypto& crypto)
    : card_(card), data_(card.Personalise(pki, crypto)), crypto_(crypto), atc_(atc) {}

Result<Bytes> CardTap::Transmit(ByteView bytes) {
  PLAZA_ASSIGN_OR_RETURN(emv::Command command, emv::DecodeCommand(bytes));
  switch (command.ins) {
    case 0xA4: {
      selected_ = AsText(command.data) == kPpse ? selected_
                                                : std::ranges::equal(command.data, kVisaAid) &&
                                                      card_.spec().kind != CardKind::kForeign;
      return Select(command.data);
    }
    case 0xA8:
      return ProcessingOptions(command.data);
    case 0xB2:
      return ReadRecord(command.p1, command.p2);
    default:
      return Answer({}, kBadInstruction);
  }
}

Bytes CardTap::Select(ByteView name) const {
  const bool foreign = card_.spec().kind == CardKind::kForeign;
  const ByteView aid = foreign ? ByteView(kForeignAid) : ByteView(kVisaAid);
  Bytes fci;
  if (AsText(name) == kPpse) {
    Bytes entry = emv::MakeTlv(tag::kAid, aid);
    emv::AppendTlv(entry, tag::kPriority, Bytes{0x01});
    if (!foreign) emv::AppendTlv(entry, tag::kKernelId, Bytes{0x03});
    const Bytes list = emv::MakeTlv(tag::kFciIssuerData, emv::MakeTlv(tag::kDirectoryEntry, entry));
    emv::AppendTlv(fci, tag::kDfName, name);
    emv::AppendTlv(fci, tag::kFciProprietary, list);
    return Answer(emv::MakeTlv(tag::kFci, fci), kOk);
  }
  if (foreign || !std::ranges::equal(name, aid)) return Answer({}, kFileNotFound);
  Bytes proprietary = emv::MakeTlv(tag::kApplicationLabel, AsBytes("PLAZA TEST"));
  emv::AppendTlv(proprietary, tag::kPdol, kPdol);
  emv::AppendTlv(fci, tag::kDfName, aid);
  emv::AppendTlv(fci, tag::kFciProprietary, proprietary);
  return Answer(emv::MakeTlv(tag::kFci, fci), kOk);
}

Bytes CardTap::Cryptogram(ByteView pdol_data) const {
  // A key of the card's own; no scheme's derivation.
  const std::string name = "plaza test card key/" + card_.pan();
  const emv::HmacSha256Key key(Sha256(AsBytes(name)));
  Bytes input = ToBytes(pdol_data);
  Append(input, kAip);
  Append(input, Bytes{static_cast<std::uint8_t>(atc_ >> 8), static_cast<std::uint8_t>(atc_)});
  const Sha256Digest mac = key.Sign(input);
  return ToBytes(ByteView(mac).first(8));
}

// Card authentication related data: version, the card's unpredictable number, CTQ (Book C-3, 9F69).
Bytes CardTap::CardAuthData() const {
  const std::string name = card_.pan() + "/" + std::to_string(atc_);
  const Sha256Digest number = Sha256(AsBytes(name));
  Bytes out = {0x01};
  Append(out, ByteView(number).first(4));
  Append(out, kCtq);
  return out;
}

// Signed data format 95 (Book C-3, Annex C): recovered by the terminal with the card's certified
// key.
Bytes CardTap::SignDynamic(ByteView terminal_data) const {
  const emv::RsaPrivateKey& key = crypto_.card(data_.key_index);
  const Bytes dynamic = {0x02, static_cast<std::uint8_t>(atc_ >> 8),
                         static_cast<std::uint8_t>(atc_)};
  Bytes body = {0x95, 0x01, static_cast<std::uint8_t>(dynamic.size())};
  Append(body, dynamic);
  body.resize(body.size() + key.size() - kSignedDynamicOverhead - dynamic.size(), 0xBB);
  Bytes hashed = body;
  Append(hashed, terminal_data);
  Bytes block = {0x6A};
  Append(block, body);
  Append(block, Sha1(hashed));
  block.push_back(0xBC);
  Bytes signature = key.Sign(block);
  if (card_.spec().kind == CardKind::kFlippedSignature) signature[signature.size() / 2] ^= 0x10;
  return signature;
}

Bytes CardTap::ProcessingOptions(ByteView data) {
  if (!selected_) return Answer({}, kConditions);
  if (data.size() != kPdolBytes + 2 || data[0] != 0x83 || data[1] != kPdolBytes) {
    return Answer({}, kBadLength);
  }
  const ByteView values = data.subspan(2);
  const bool declines = card_.spec().kind == CardKind::kDeclining;
  Bytes out = emv::MakeTlv(tag::kAip, kAip);
  emv::AppendTlv(out, tag::kAfl, kAfl);
  emv::AppendTlv(out, tag::kAtc,
                 Bytes{static_cast<std::uint8_t>(atc_ >> 8), static_cast<std::uint8_t>(atc_)});
  emv::AppendTlv(out, tag::kCid, Bytes{declines ? kCidAac : kCidArqc});
  emv::AppendTlv(out, tag::kCryptogram, Cryptogram(values));
  // Cryptogram version 10, then the card's verification results.
  emv::AppendTlv(
      out, tag::kIssuerApplicationData,
      Bytes{0x06, 0x01, 0x0A, 0x03, static_cast<std::uint8_t>(declines ? 0x80 : 0xA0), 0x00, 0x00});
  std::string track = card_.spec().kind == CardKind::kPanMismatch
                          ? PanOf(card_.spec().seed, card_.spec().account ^ 1, card_.spec().issuer)
                          : card_.pan();
  track += "D" + ToHex(DateBcd(card_.expiry_)).substr(0, 4) + "201";
  emv::AppendTlv(out, tag::kTrack2, Packed(track, 'F'));
  emv::AppendTlv(out, tag::kCtq, kCtq);
  if (card_.spec().issuer == Issuer::kPhone) emv::AppendTlv(out, tag::kFormFactor, kPhoneForm);
  signed_ = (values[kTtqAt] & kTtqOdaOnline) != 0;
  if (signed_) {
    Bytes terminal = ToBytes(values.subspan(kNumberAt, 4));
    Append(terminal, values.subspan(kAmountAt, 6));
    Append(terminal, values.subspan(kCurrencyAt, 2));
    Append(terminal, CardAuthData());
    emv::AppendTlv(out, tag::kSignedDynamicData, SignDynamic(terminal));
  }
  return Answer(emv::MakeTlv(tag::kFormat2, out), kOk);
}

Bytes CardTap::ReadRecord(std::uint8_t record, std::uint8_t reference) const {
  if (!selected_) return Answer({}, kConditions);
  if (reference != (kSfi << 3 | 4)) return Answer({}, kFileNotFound);
  if (record == 1) return Answer(data_.static_record, kOk);
  if (record == 2) return Answer(data_.issuer_record, kOk);
  if (record != 3) return Answer({}, kRecordNotFound);
  Bytes body = data_.icc_record;
  if (signed_) emv::AppendTlv(body, tag::kCardAuthData, CardAuthData());
  return Answer(emv::MakeTlv(tag::kRecord, body), kOk);
}

}  // namespace plaza::citysim
