// A card in clear, and what may be shown of it. Pure.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/journal/tap_record.h"
#include "services/vault/limits.h"

namespace plaza::vault {

// What names a card outside the vault.
struct CardKey {
  std::uint32_t token_epoch = 0;
  emv::Token token{};
  auto operator<=>(const CardKey&) const = default;
};

// The only type that holds a PAN. Zeroised at its end; moves, never copies. Not printable by
// design.
class CardData {
 public:
  CardData() = default;
  ~CardData();
  CardData(CardData&& other) noexcept;
  CardData& operator=(CardData&& other) noexcept;
  CardData(const CardData&) = delete;
  CardData& operator=(const CardData&) = delete;

  std::string_view pan() const { return {digits_.data(), length_}; }
  int expiry_year() const { return expiry_year_; }    // 2031
  int expiry_month() const { return expiry_month_; }  // 1 to 12

 private:
  friend Result<CardData> ParseCardData(ByteView tlv);
  std::array<char, kPanDigitsMax> digits_{};
  std::size_t length_ = 0;
  int expiry_year_ = 0;
  int expiry_month_ = 0;
};

// The BER-TLV that a validator seals: 5A, 5F24, and 5F34 and 57 if the card has them
// (docs/formats/journal.md). BAD_CARD_DATA names the tag, never its value; BAD_TLV the offset.
Result<CardData> ParseCardData(ByteView tlv);

// First six and last four digits (PCI DSS 4.0, 3.4.1), the rest as '*'. At least two digits stay
// hidden.
std::string MaskPan(std::string_view pan);
std::string ExpiryText(const CardData& card);     // "2031-05"
std::string_view SchemeOf(std::string_view pan);  // "visa", "mastercard", "amex", "carnet", "other"

// May this tap teach the vault a card? Only if its data was authenticated: a gate refuses for the
// deny list and for pass-back after offline data authentication, for everything else before it
// (libs/emv/transit/decision.h).
bool TeachesCard(emv::Decision decision, emv::Reason reason);

}  // namespace plaza::vault
