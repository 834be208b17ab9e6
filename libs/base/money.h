// Money: a checked 64-bit count of minor units with its ISO 4217 currency. No floating point,
// anywhere.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/result.h"

namespace plaza {

class Currency {
 public:
  Currency() = default;  // no currency: "XXX", 0 places
  static Result<Currency> Parse(std::string_view code);

  std::string_view code() const { return {code_.data(), code_.size()}; }
  int places() const { return places_; }  // ISO 4217 exponent: 2 for MXN, 0 for CLP
  auto operator<=>(const Currency&) const = default;

 private:
  std::array<char, 3> code_{'X', 'X', 'X'};
  int places_ = 0;
};

class Money {
 public:
  Money() = default;
  Money(std::int64_t amount_minor, Currency currency)
      : amount_minor_(amount_minor), currency_(currency) {}

  // "9.50" with exactly the currency's places, or fewer digits after the point if `lenient`:
  // BAD_AMOUNT otherwise.
  static Result<Money> Parse(std::string_view decimal, Currency currency, bool lenient = false);

  std::int64_t amount_minor() const { return amount_minor_; }
  Currency currency() const { return currency_; }
  std::string ToDecimal() const;  // "9.50", "-0.05"
  std::string ToText() const;     // "MXN 9.50"
  bool operator==(const Money&) const = default;

 private:
  std::int64_t amount_minor_ = 0;
  Currency currency_;
};

// MIXED_CURRENCY or AMOUNT_OVERFLOW.
Result<Money> Add(const Money& a, const Money& b);
Result<Money> Subtract(const Money& a, const Money& b);

// For sums of amounts whose currency is known to be one. AMOUNT_OVERFLOW.
Result<std::int64_t> AddMinor(std::int64_t a, std::int64_t b);

}  // namespace plaza
