#include "services/vault/core/card.h"

#include <algorithm>
#include <utility>

#include "libs/emv/crypto/secret.h"
#include "libs/emv/tlv/reader.h"
#include "services/vault/errors.h"

namespace plaza::vault {
namespace {

void Wipe(std::array<char, kPanDigitsMax>& digits) {
  emv::Zeroise({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
}

// Half-bytes of packed decimals.
int Nibble(ByteView bytes, std::size_t at) {
  return at % 2 == 0 ? bytes[at / 2] >> 4 : bytes[at / 2] & 0x0F;
}

// Digits until a half-byte that is none; `out` takes at most its size. Returns how many, or one
// more than fit.
std::size_t TakeDigits(ByteView bytes, std::array<char, kPanDigitsMax>& out) {
  std::size_t count = 0;
  while (count < bytes.size() * 2 && Nibble(bytes, count) < 10) {
    if (count == out.size()) return count + 1;
    out[count] = static_cast<char>('0' + Nibble(bytes, count));
    ++count;
  }
  return count;
}

// EMV Book 3, Annex A: cn, left justified, padded with F on the right.
bool IsPadding(ByteView bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size() * 2; ++at) {
    if (Nibble(bytes, at) != 0x0F) return false;
  }
  return true;
}

// 57: the PAN, the separator D, then expiry and more (EMV Book 3, Annex A). Is it the same card?
bool NamesTheSameCard(ByteView track2, std::string_view pan) {
  std::array<char, kPanDigitsMax> digits{};
  const std::size_t length = TakeDigits(track2, digits);
  const bool same = length == pan.size() && std::equal(pan.begin(), pan.end(), digits.begin()) &&
                    length < track2.size() * 2 && Nibble(track2, length) == 0x0D;
  Wipe(digits);
  return same;
}

// n 6, YYMMDD; two-digit years as EMV Book 3, 4.1 has them.
bool ParseExpiry(ByteView bytes, int& year, int& month) {
  if (bytes.size() != 3) return false;
  for (std::size_t at = 0; at < 6; ++at) {
    if (Nibble(bytes, at) > 9) return false;
  }
  const int yy = Nibble(bytes, 0) * 10 + Nibble(bytes, 1);
  year = yy < 50 ? 2000 + yy : 1900 + yy;
  month = Nibble(bytes, 2) * 10 + Nibble(bytes, 3);
  return month >= 1 && month <= 12;
}

bool InRange(std::string_view pan, std::size_t digits, int from, int until) {
  int prefix = 0;
  for (char c : pan.substr(0, digits)) prefix = prefix * 10 + (c - '0');
  return pan.size() >= digits && prefix >= from && prefix <= until;
}

}  // namespace

CardData::~CardData() { Wipe(digits_); }

CardData::CardData(CardData&& other) noexcept
    : digits_(other.digits_),
      length_(std::exchange(other.length_, 0)),
      expiry_year_(other.expiry_year_),
      expiry_month_(other.expiry_month_) {
  Wipe(other.digits_);
}

CardData& CardData::operator=(CardData&& other) noexcept {
  if (this == &other) return *this;
  digits_ = other.digits_;
  length_ = std::exchange(other.length_, 0);
  expiry_year_ = other.expiry_year_;
  expiry_month_ = other.expiry_month_;
  Wipe(other.digits_);
  return *this;
}

Result<CardData> ParseCardData(ByteView tlv) {
  PLAZA_ASSIGN_OR_RETURN(const auto pan, emv::FindTlv(tlv, emv::tag::kPan));
  PLAZA_ASSIGN_OR_RETURN(const auto expiry, emv::FindTlv(tlv, emv::tag::kExpiry));
  PLAZA_ASSIGN_OR_RETURN(const auto track2, emv::FindTlv(tlv, emv::tag::kTrack2));
  if (!pan.has_value()) return Error(kBadCardData, "there is no PAN", "5A");
  CardData card;
  card.length_ = TakeDigits(*pan, card.digits_);
  const bool right_length = card.length_ >= kPanDigitsMin && card.length_ <= kPanDigitsMax;
  if (!right_length || !IsPadding(*pan, card.length_)) {
    card.length_ = 0;
    return Error(kBadCardData, "it is no PAN", "5A");
  }
  if (track2.has_value() && !NamesTheSameCard(*track2, card.pan())) {
    return Error(kBadCardData, "it names another card than 5A", "57");
  }
  if (!expiry.has_value() || !ParseExpiry(*expiry, card.expiry_year_, card.expiry_month_)) {
    return Error(kBadCardData, "it is no expiry date", "5F24");
  }
  return card;
}

std::string MaskPan(std::string_view pan) {
  constexpr std::size_t kFirst = 6;
  constexpr std::size_t kLast = 4;
  if (pan.size() < kFirst + kLast + 2) return std::string(pan.size(), '*');
  std::string masked(pan.size(), '*');
  std::copy_n(pan.begin(), kFirst, masked.begin());
  std::copy_n(pan.end() - kLast, kLast, masked.end() - kLast);
  return masked;
}

std::string ExpiryText(const CardData& card) {
  const std::string month = std::to_string(card.expiry_month());
  return std::to_string(card.expiry_year()) + (month.size() == 1 ? "-0" : "-") + month;
}

// Ranges as the schemes publish them; Carnet is Mexico's own.
std::string_view SchemeOf(std::string_view pan) {
  if (InRange(pan, 1, 4, 4)) return "visa";
  if (InRange(pan, 2, 51, 55) || InRange(pan, 4, 2221, 2720)) return "mastercard";
  if (InRange(pan, 2, 34, 34) || InRange(pan, 2, 37, 37)) return "amex";
  if (InRange(pan, 6, 286900, 286900) || InRange(pan, 6, 506199, 506499)) return "carnet";
  return "other";
}

bool TeachesCard(emv::Decision decision, emv::Reason reason) {
  if (decision == emv::Decision::kAccepted) return true;
  return reason == emv::Reason::kDenyListed || reason == emv::Reason::kPassedBack;
}

}  // namespace plaza::vault
