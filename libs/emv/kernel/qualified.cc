#include "libs/emv/kernel/qualified.h"

#include "libs/emv/kernel/reading.h"

namespace plaza::emv {
namespace {

// The cryptogram's kind in the CID (Book 3, 6.5.5.4).
constexpr std::uint8_t kAcMask = 0xC0;
constexpr std::uint8_t kTc = 0x40;
constexpr std::uint8_t kArqc = 0x80;
constexpr std::uint8_t kTtqOnlineCryptogramRequired = 0x80;  // byte 2

// Book C-3, 5.4 and 5.5 for an online transaction; the expiry for the gate's own check.
constexpr Tag kMandatory[] = {
    tag::kAip, tag::kCryptogram, tag::kAtc, tag::kExpiry, tag::kIssuerApplicationData, tag::kTrack2,
};

// Book C-3, 5.4.2: without a CID, byte 5 of 9F10 (card verification results, bits 6 and 5) tells
// the cryptogram's kind.
std::optional<std::uint8_t> CryptogramKind(const DataElements& data) {
  if (const auto cid = data.Find(tag::kCid)) {
    return cid->size() == 1 ? std::optional<std::uint8_t>(cid->front() & kAcMask) : std::nullopt;
  }
  const ByteView issuer_data = data.Get(tag::kIssuerApplicationData);
  if (issuer_data.size() < 5) return std::nullopt;
  return static_cast<std::uint8_t>((issuer_data[4] & 0x30U) << 2);
}

// An offline approval is the card's to give only where the reader did not ask for an ARQC.
KernelVerdict VerdictOf(std::uint8_t kind, const DataElements& terminal) {
  if (kind == kArqc) return KernelVerdict::kOnline;
  const ByteView ttq = terminal.Get(tag::kTtq);
  const bool asked_online = ttq.size() != 4 || (ttq[1] & kTtqOnlineCryptogramRequired) != 0;
  return kind == kTc && !asked_online ? KernelVerdict::kOffline : KernelVerdict::kCardDeclined;
}

OdaOutcome Authenticate(const Reading& reading, const KernelInput& input) {
  OdaInput oda;
  oda.method = OdaMethod::kFdda;
  oda.date = input.date;
  oda.online = reading.out.verdict == KernelVerdict::kOnline;
  oda.aid = input.aid;
  oda.capks = input.capks;
  oda.card = &reading.out.data;
  oda.terminal = input.terminal;
  oda.static_data = reading.out.static_data;
  oda.issuer_keys = input.issuer_keys;
  return AuthenticateOffline(oda);
}

}  // namespace

Result<KernelOutcome> RunQualified(CardChannel& channel, const KernelInput& input,
                                   std::uint8_t kernel) {
  Reading reading(channel, input, kernel);
  PLAZA_ASSIGN_OR_RETURN(const std::uint16_t sw, reading.GetOptions());
  if (sw != status::kSuccess) {
    const auto hand_back = HandBackOf(sw);
    if (!hand_back) return CardError(reading.out.detail);
    reading.out.verdict = *hand_back;
    return std::move(reading.out);
  }
  PLAZA_RETURN_IF_ERROR(reading.ReadRecords());
  PLAZA_RETURN_IF_ERROR(reading.CheckElements(kMandatory));
  PLAZA_ASSIGN_OR_RETURN(const bool consistent, reading.PanIsConsistent());
  const auto kind = CryptogramKind(reading.out.data);
  if (!kind) return CardError("the cryptogram's kind cannot be told", TagText(tag::kCid));
  if (!consistent) {
    reading.out.verdict = KernelVerdict::kPanMismatch;
    return std::move(reading.out);
  }
  reading.out.verdict = VerdictOf(*kind, *input.terminal);
  if (reading.out.verdict != KernelVerdict::kCardDeclined) {
    reading.out.oda = Authenticate(reading, input);
  }
  return std::move(reading.out);
}

}  // namespace plaza::emv
