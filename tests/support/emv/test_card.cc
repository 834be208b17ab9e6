#include "tests/support/emv/test_card.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/emv/errors.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::emv::test {
namespace {

constexpr std::string_view kCardAuthData = "01AABBCCDD3E00";

void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

void AppendHex(Bytes& out, Tag tag, std::string_view hex) {
  if (!hex.empty()) AppendTlv(out, tag, Hex(hex));
}

Bytes WithStatus(Bytes data, std::uint16_t sw = 0x9000) {
  data.push_back(static_cast<std::uint8_t>(sw >> 8));
  data.push_back(static_cast<std::uint8_t>(sw));
  return data;
}

Bytes PaddedPan(const std::string& pan) { return Hex(pan + std::string(20 - pan.size(), 'F')); }

bool IsFdda(const TestCardSpec& spec) { return spec.kernel == 3 || spec.kernel == 7; }

}  // namespace

TestCardSpec SpecOf(int kernel) {
  TestCardSpec spec;
  spec.kernel = kernel;
  if (kernel == 7) {
    spec.aid = "A000000333010101";
    spec.pan = "6210946888090005";
  }
  if (kernel == 2) {
    spec.aid = "A0000000041010";
    spec.pan = "5413330089020011";
    spec.pdol = "9F3501";
  }
  if (kernel == 4) {
    spec.aid = "A00000002501";
    spec.pan = "374245001751006";
    spec.pdol = "9F6E049F6D019F3501";
  }
  if (!IsFdda(spec)) spec.aip = "0180";
  spec.track2 = spec.pan + "D29122010000000000";
  if (spec.track2.size() % 2 != 0) spec.track2 += "F";
  return spec;
}

TestCard::TestCard(TestCardSpec spec)
    : spec_(std::move(spec)), keys_(spec_.keys != nullptr ? *spec_.keys : Keys()) {
  Bytes first;
  const std::string cn = spec_.pan + (spec_.pan.size() % 2 != 0 ? "F" : "");
  AppendHex(first, tag::kPan, cn);
  AppendHex(first, tag::kExpiry, spec_.expiry);
  AppendHex(first, tag::kEffective, spec_.effective);
  AppendHex(first, tag::kIssuerCountry, spec_.issuer_country);
  AppendHex(first, tag::kSdaTagList, spec_.sda_tags);
  if (spec_.par_authenticated && !spec_.par.empty())
    AppendTlv(first, tag::kPar, AsBytes(spec_.par));
  if (!IsFdda(spec_)) {
    AppendHex(first, tag::kTrack2, spec_.track2);
    AppendHex(first, tag::kPanSequence, "01");
    AppendHex(first, tag::kCdol1, spec_.cdol1);
    AppendHex(first, tag::kCvmList, spec_.cvm_list);
    AppendHex(first, tag::kUsageControl, spec_.usage_control);
  }
  records_ = {first, {}, {}};
  records_[2] = Certificates(records_[1]);
  authenticated_ = 1;
}

// The issuer's record; returned, the card's.
Bytes TestCard::Certificates(Bytes& issuer_record) const {
  Bytes static_data = records_[0];
  if (!spec_.sda_tags.empty()) Append(static_data, Hex(spec_.aip));
  const Certificate issuer =
      Certify(keys_.ca, keys_.issuer,
              {.format = 0x02, .identity = Hex(spec_.pan.substr(0, 8)), .static_data = {}});
  const Certificate icc =
      Certify(keys_.issuer, keys_.icc,
              {.format = 0x04, .identity = PaddedPan(spec_.pan), .static_data = static_data});
  AppendTlv(issuer_record, tag::kCapkIndex, Bytes{kTestIndex});
  AppendTlv(issuer_record, tag::kIssuerCertificate, issuer.certificate);
  AppendTlv(issuer_record, tag::kIssuerExponent, keys_.issuer.exponent());
  if (!issuer.remainder.empty()) AppendTlv(issuer_record, tag::kIssuerRemainder, issuer.remainder);
  Bytes third;
  AppendTlv(third, tag::kIccCertificate, icc.certificate);
  AppendTlv(third, tag::kIccExponent, keys_.icc.exponent());
  if (!icc.remainder.empty()) AppendTlv(third, tag::kIccRemainder, icc.remainder);
  if (IsFdda(spec_)) AppendHex(third, tag::kCardAuthData, kCardAuthData);
  if (!spec_.par_authenticated && !spec_.par.empty())
    AppendTlv(third, tag::kPar, AsBytes(spec_.par));
  AppendHex(third, tag::kFormFactor, spec_.form_factor);
  return third;
}

Result<Bytes> TestCard::Transmit(ByteView bytes) {
  const std::size_t number = commands.size();
  auto command = DecodeCommand(bytes);
  PLAZA_CHECK(command.ok());
  commands.push_back(*command);
  const auto other = instead.find(number);
  if (other != instead.end()) {
    if (!other->second) return Error(errors::kCardRemoved, "the card left the field");
    return *other->second;
  }
  Bytes answer = Answer(*command);
  if (change) change(number, answer);
  return answer;
}

Bytes TestCard::Answer(const Command& command) {
  if (command.ins == 0xA4) {
    const bool ppse = ToString(command.data) == "2PAY.SYS.DDF01";
    if (ppse) return WithStatus(spec_.ppse.value_or(Directory()));
    if (command.data != Hex(spec_.aid)) return WithStatus({}, 0x6A82);
    Bytes proprietary;
    AppendHex(proprietary, tag::kPdol, spec_.pdol);
    Bytes fci = MakeTlv(tag::kDfName, command.data);
    AppendTlv(fci, tag::kFciProprietary, proprietary);
    return WithStatus(MakeTlv(tag::kFci, fci));
  }
  if (command.ins == 0xA8) return Options(command);
  if (command.ins == 0xAE && !IsFdda(spec_)) return GenerateAc(command);
  if (command.ins == 0xB2 && command.p2 == 0x14 && command.p1 >= 1 &&
      command.p1 <= records_.size()) {
    return WithStatus(MakeTlv(tag::kRecord, records_[command.p1 - 1U]));
  }
  return WithStatus({}, 0x6D00);
}

Bytes TestCard::Directory() const {
  Bytes entry = MakeTlv(tag::kAid, Hex(spec_.aid));
  AppendHex(entry, tag::kPriority, "01");
  AppendHex(entry, tag::kKernelId, spec_.kernel_id);
  const Bytes list = MakeTlv(tag::kFciIssuerData, MakeTlv(tag::kDirectoryEntry, entry));
  Bytes fci = MakeTlv(tag::kDfName, AsBytes("2PAY.SYS.DDF01"));
  AppendTlv(fci, tag::kFciProprietary, list);
  return MakeTlv(tag::kFci, fci);
}

// The terminal's values, cut out of a command by the card's own list; none if they do not fit.
std::optional<std::map<Tag, Bytes>> TestCard::TakeTerminal(std::string_view dol, ByteView values) {
  const auto entries = ParseDol(Hex(dol));
  PLAZA_CHECK(entries.ok());
  std::map<Tag, Bytes> terminal;
  for (const DolEntry& entry : *entries) {
    if (values.size() < entry.length) return std::nullopt;
    terminal[entry.tag] = ToBytes(values.first(entry.length));
    values = values.subspan(entry.length);
  }
  return values.empty() ? std::optional(terminal) : std::nullopt;
}

Bytes TestCard::Atc() const {
  return {static_cast<std::uint8_t>(atc_ >> 8), static_cast<std::uint8_t>(atc_)};
}

Bytes TestCard::FddaElements(std::map<Tag, Bytes>& terminal) {
  Bytes head = {spec_.signed_format, 0x01, 0x03, 0x02};
  Append(head, Atc());
  Bytes hashed = terminal[tag::kUnpredictableNumber];
  Append(hashed, terminal[tag::kAmount]);
  Append(hashed, terminal[tag::kCurrency]);
  Append(hashed, Hex(kCardAuthData));
  Bytes signature = SignBlock(keys_.icc, head, 0xBB, hashed);
  if (spec_.flip_signature) signature[40] ^= 0x01;
  Bytes elements;
  AppendHex(elements, tag::kTrack2, spec_.track2);
  AppendHex(elements, tag::kPanSequence, "01");
  AppendHex(elements, tag::kIssuerApplicationData, spec_.iad);
  AppendHex(elements, tag::kCryptogram, "0102030405060708");
  AppendHex(elements, tag::kCid, spec_.cid);
  AppendTlv(elements, tag::kAtc, Atc());
  AppendHex(elements, tag::kCtq, "3E00");
  AppendTlv(elements, tag::kSignedDynamicData, signature);
  return elements;
}

Bytes TestCard::Options(const Command& command) {
  if (command.data.size() < 2) return WithStatus({}, 0x6700);
  pdol_data_ = ToBytes(ByteView(command.data).subspan(2));
  auto terminal = TakeTerminal(spec_.pdol, pdol_data_);
  if (!terminal) return WithStatus({}, 0x6700);
  ++atc_;
  const Bytes elements = IsFdda(spec_) ? FddaElements(*terminal) : Bytes();
  const bool in_record = spec_.format_80 && IsFdda(spec_);
  if (records_.size() == 4) records_.pop_back();
  if (in_record) records_.push_back(elements);
  const auto last = static_cast<std::uint8_t>(records_.size());
  const Bytes afl = spec_.afl.empty() ? Bytes{0x10, 0x01, last, authenticated_} : Hex(spec_.afl);
  if (spec_.format_80) {
    Bytes value = Hex(spec_.aip);
    Append(value, afl);
    return WithStatus(MakeTlv(tag::kFormat1, value));
  }
  Bytes content = MakeTlv(tag::kAip, Hex(spec_.aip));
  AppendTlv(content, tag::kAfl, afl);
  Append(content, elements);
  return WithStatus(MakeTlv(tag::kFormat2, content));
}

Bytes TestCard::GenerateAc(const Command& command) {
  constexpr std::string_view kCryptogram = "1112131415161718";
  auto terminal = TakeTerminal(spec_.cdol1, command.data);
  if (!terminal) return WithStatus({}, 0x6700);
  Bytes answer = MakeTlv(tag::kCid, Hex(spec_.cid));
  AppendTlv(answer, tag::kAtc, Atc());
  AppendHex(answer, tag::kIssuerApplicationData, spec_.iad);
  const bool declined = spec_.cid == "00";
  if ((command.p1 & 0x10) == 0 || declined || spec_.cda_in_clear) {
    if (spec_.format_80) {
      Bytes value = Hex(spec_.cid);
      Append(value, Atc());
      Append(value, Hex(kCryptogram));
      Append(value, Hex(spec_.iad));
      return WithStatus(MakeTlv(tag::kFormat1, value));
    }
    AppendHex(answer, tag::kCryptogram, kCryptogram);
    return WithStatus(MakeTlv(tag::kFormat2, answer));
  }
  AppendHex(answer, tag::kCryptogram, spec_.clear_cryptogram);
  Bytes transaction = pdol_data_;
  Append(transaction, command.data);
  Append(transaction, answer);
  Bytes head = {0x05, 0x01, 0x26, 0x08};  // ICC dynamic data of 38 bytes, its number of 8
  Append(head, Hex("A1A2A3A4A5A6A7A8"));
  Append(head, Hex(spec_.cid));
  Append(head, Hex(kCryptogram));
  Append(head, Sha1(transaction));
  Bytes signature = SignBlock(keys_.icc, head, 0xBB, (*terminal)[tag::kUnpredictableNumber]);
  if (spec_.flip_signature) signature[40] ^= 0x01;
  AppendTlv(answer, tag::kSignedDynamicData, signature);
  return WithStatus(MakeTlv(tag::kFormat2, answer));
}

}  // namespace plaza::emv::test
