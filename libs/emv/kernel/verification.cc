#include "libs/emv/kernel/verification.h"

#include <algorithm>

namespace plaza::emv {
namespace {

constexpr std::uint8_t kAipCda = 0x01;             // byte 1
constexpr std::uint8_t kAipCvm = 0x10;             // byte 1
constexpr std::uint8_t kCapabilitiesNoCvm = 0x08;  // 9F33, byte 2
constexpr std::uint8_t kCapabilitiesCda = 0x08;    // 9F33, byte 3
constexpr std::uint8_t kUsageOtherThanAtm = 0x01;  // 9F07, byte 1
constexpr std::uint8_t kUsageDomestic = 0x28;      // goods or services
constexpr std::uint8_t kUsageInternational = 0x14;

void Set(Tvr& tvr, TvrBit bit) { tvr[bit.byte] |= bit.mask; }

bool HasBit(ByteView value, std::size_t byte, std::uint8_t mask) {
  return value.size() > byte && (value[byte] & mask) != 0;
}

int Digits(std::uint8_t octet) {
  const int high = octet >> 4;
  const int low = octet & 0x0F;
  return high > 9 || low > 9 ? -1 : high * 10 + low;
}

// Book C-2, 6.6 (456.14 ff.): CDA, if both can; what is known to fail is noted at once.
void PrepareOda(const DataElements& card, const KernelInput& input, Verification& out) {
  out.cda = HasBit(card.Get(tag::kAip), 0, kAipCda) &&
            HasBit(input.terminal->Get(tag::kTerminalCapabilities), 2, kCapabilitiesCda);
  if (!out.cda) {
    Set(out.tvr, tvr::kOdaNotPerformed);
    return;
  }
  for (const Tag tag : {tag::kCapkIndex, tag::kIssuerCertificate, tag::kIssuerExponent,
                        tag::kIccCertificate, tag::kIccExponent}) {
    if (card.Has(tag)) continue;
    Set(out.tvr, tvr::kIccDataMissing);
    Set(out.tvr, tvr::kCdaFailed);
    return;
  }
  Rid rid{};
  const ByteView index = card.Get(tag::kCapkIndex);
  std::copy_n(input.aid.begin(), std::min(input.aid.size(), rid.size()), rid.begin());
  if (index.size() != 1 || input.capks->Find(rid, index[0], input.date) == nullptr) {
    Set(out.tvr, tvr::kCdaFailed);
  }
}

// Book 3, 10.4.
void Restrict(const DataElements& card, const KernelInput& input, Tvr& out) {
  const auto version = card.Find(tag::kVersionCard);
  const auto own_version = input.terminal->Find(tag::kVersionTerminal);
  if (version && own_version && !std::ranges::equal(*version, *own_version)) {
    Set(out, tvr::kVersionsDiffer);
  }
  const auto expiry = ParseCardDate(card.Get(tag::kExpiry));
  if (expiry && *expiry < input.date) Set(out, tvr::kExpired);
  const auto effective = ParseCardDate(card.Get(tag::kEffective));
  if (effective && input.date < *effective) Set(out, tvr::kNotYetEffective);
  const auto usage = card.Find(tag::kUsageControl);
  if (!usage) return;
  const auto country = card.Find(tag::kIssuerCountry);
  const bool domestic =
      country && std::ranges::equal(*country, input.terminal->Get(tag::kTerminalCountry));
  const bool here = !country || HasBit(*usage, 0, domestic ? kUsageDomestic : kUsageInternational);
  if (!here || !HasBit(*usage, 0, kUsageOtherThanAtm)) Set(out, tvr::kServiceNotAllowed);
}

std::uint64_t Number(ByteView value) {
  std::uint64_t number = 0;
  for (std::uint8_t octet : value) number = (number << 8) | octet;
  return number;
}

std::uint64_t Decimal(ByteView value) {
  std::uint64_t number = 0;
  for (std::uint8_t octet : value) {
    number = number * 100 + static_cast<std::uint64_t>(std::max(0, Digits(octet)));
  }
  return number;
}

// Book 3, Annex C3, Table 42: the condition of a CVM rule, for a purchase at an unattended gate.
bool ConditionHolds(std::uint8_t condition, ByteView list, const DataElements& card,
                    const DataElements& terminal, bool supported) {
  switch (condition) {
    case 0x00:  // always
    case 0x02:  // neither cash nor cashback
      return true;
    case 0x03:
      return supported;
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09: {
      if (!std::ranges::equal(card.Get(tag::kApplicationCurrency), terminal.Get(tag::kCurrency))) {
        return false;
      }
      const std::uint64_t limit = Number(condition < 0x08 ? list.first(4) : list.subspan(4, 4));
      const std::uint64_t amount = Decimal(terminal.Get(tag::kAmount));
      return condition % 2 == 0 ? amount < limit : amount > limit;
    }
    default:
      return false;
  }
}

// Book 3, 10.5: the only method that a gate has is none at all.
CvmResults VerifyHolder(const DataElements& card, const DataElements& terminal, Tvr& out) {
  constexpr std::uint8_t kNone = 0x3F;
  constexpr std::uint8_t kMethod = 0x3F;
  constexpr std::uint8_t kGoOnIfFailed = 0x40;
  constexpr std::uint8_t kNoCvm = 0x1F;
  constexpr std::uint8_t kFailed = 0x01;
  constexpr std::uint8_t kSucceeded = 0x02;
  if (!HasBit(card.Get(tag::kAip), 0, kAipCvm)) return {kNone, 0x00, 0x00};
  const ByteView list = card.Get(tag::kCvmList);
  if (list.size() < 10 || list.size() % 2 != 0) {  // two amounts, then at least one rule
    Set(out, tvr::kIccDataMissing);
    return {kNone, 0x00, 0x00};
  }
  for (std::size_t at = 8; at < list.size(); at += 2) {
    const std::uint8_t code = list[at];
    const std::uint8_t method = code & kMethod;
    const bool supported =
        method == kNoCvm && HasBit(terminal.Get(tag::kTerminalCapabilities), 1, kCapabilitiesNoCvm);
    if (!ConditionHolds(list[at + 1], list, card, terminal, supported)) continue;
    if (supported) return {code, list[at + 1], kSucceeded};
    const bool recognised = method <= 0x05 || method == 0x1E || method == kNoCvm;
    if (!recognised) Set(out, tvr::kUnrecognisedCvm);
    if ((code & kGoOnIfFailed) != 0) continue;
    Set(out, tvr::kCvmFailed);
    return {code, list[at + 1], kFailed};
  }
  Set(out, tvr::kCvmFailed);
  return {kNone, 0x00, kFailed};
}

}  // namespace

Verification Verify(const DataElements& card, const KernelInput& input) {
  Verification out;
  PrepareOda(card, input, out);
  Restrict(card, input, out.tvr);
  out.cvm_results = VerifyHolder(card, *input.terminal, out.tvr);
  if (input.floor_limit_exceeded) Set(out.tvr, tvr::kFloorLimitExceeded);
  return out;
}

std::optional<Date> ParseCardDate(ByteView value) {
  if (value.size() != 3) return std::nullopt;
  const int year = Digits(value[0]);
  const int month = Digits(value[1]);
  const int day = Digits(value[2]);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const auto date = Date::FromCivil(year < 50 ? 2000 + year : 1900 + year, month, day);
  return date.ok() ? std::optional(*date) : std::nullopt;
}

}  // namespace plaza::emv
