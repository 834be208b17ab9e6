#include "tests/support/emv/test_card.h"

#include <algorithm>

#include "libs/base/check.h"
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

}  // namespace

TestCard::TestCard(TestCardSpec spec)
    : spec_(std::move(spec)), keys_(spec_.keys != nullptr ? *spec_.keys : Keys()) {
  Bytes first;
  const std::string cn = spec_.pan + (spec_.pan.size() % 2 != 0 ? "F" : "");
  AppendHex(first, tag::kPan, cn);
  AppendHex(first, tag::kExpiry, spec_.expiry);
  AppendHex(first, tag::kEffective, spec_.effective);
  AppendHex(first, tag::kIssuerCountry, spec_.issuer_country);
  AppendHex(first, tag::kSdaTagList, "82");
  if (spec_.par_authenticated && !spec_.par.empty())
    AppendTlv(first, tag::kPar, AsBytes(spec_.par));
  Bytes static_data = first;
  Append(static_data, Hex(spec_.aip));

  const Certificate issuer = Certify(
      keys_.ca, keys_.issuer, {.format = 0x02, .identity = Hex("47617390"), .static_data = {}});
  const Certificate icc =
      Certify(keys_.issuer, keys_.icc,
              {.format = 0x04, .identity = PaddedPan(spec_.pan), .static_data = static_data});
  Bytes second;
  AppendTlv(second, tag::kCapkIndex, Bytes{kTestIndex});
  AppendTlv(second, tag::kIssuerCertificate, issuer.certificate);
  AppendTlv(second, tag::kIssuerExponent, keys_.issuer.exponent());
  if (!issuer.remainder.empty()) AppendTlv(second, tag::kIssuerRemainder, issuer.remainder);
  Bytes third;
  AppendTlv(third, tag::kIccCertificate, icc.certificate);
  AppendTlv(third, tag::kIccExponent, keys_.icc.exponent());
  if (!icc.remainder.empty()) AppendTlv(third, tag::kIccRemainder, icc.remainder);
  AppendHex(third, tag::kCardAuthData, kCardAuthData);
  if (!spec_.par_authenticated && !spec_.par.empty())
    AppendTlv(third, tag::kPar, AsBytes(spec_.par));
  AppendHex(third, tag::kFormFactor, spec_.form_factor);
  records_ = {first, second, third};
  authenticated_ = 1;
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
  if (command.ins == 0xB2 && command.p2 == 0x14 && command.p1 >= 1 &&
      command.p1 <= records_.size()) {
    return WithStatus(MakeTlv(tag::kRecord, records_[command.p1 - 1U]));
  }
  return WithStatus({}, 0x6D00);
}

Bytes TestCard::Directory() const {
  Bytes entry = MakeTlv(tag::kAid, Hex(spec_.aid));
  AppendHex(entry, tag::kPriority, "01");
  const Bytes list = MakeTlv(tag::kFciIssuerData, MakeTlv(tag::kDirectoryEntry, entry));
  Bytes fci = MakeTlv(tag::kDfName, AsBytes("2PAY.SYS.DDF01"));
  AppendTlv(fci, tag::kFciProprietary, list);
  return MakeTlv(tag::kFci, fci);
}

Bytes TestCard::Options(const Command& command) {
  // The terminal's values, cut out of the command by the card's own PDOL.
  const auto entries = ParseDol(Hex(spec_.pdol));
  PLAZA_CHECK(entries.ok());
  std::size_t wanted = 2;  // 83 and its length
  for (const DolEntry& entry : *entries) wanted += entry.length;
  if (command.data.size() != wanted) return WithStatus({}, 0x6700);
  ByteView rest = ByteView(command.data).subspan(2);
  std::map<Tag, Bytes> terminal;
  for (const DolEntry& entry : *entries) {
    terminal[entry.tag] = ToBytes(rest.first(entry.length));
    rest = rest.subspan(entry.length);
  }
  ++atc_;
  const Bytes atc = {static_cast<std::uint8_t>(atc_ >> 8), static_cast<std::uint8_t>(atc_)};
  Bytes head = {spec_.signed_format, 0x01, 0x03, 0x02};
  Append(head, atc);
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
  AppendTlv(elements, tag::kAtc, atc);
  AppendHex(elements, tag::kCtq, "3E00");
  AppendTlv(elements, tag::kSignedDynamicData, signature);
  if (records_.size() == 4) records_.pop_back();
  if (spec_.format_80) records_.push_back(elements);
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

}  // namespace plaza::emv::test
