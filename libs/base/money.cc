#include "libs/base/money.h"

#include <algorithm>
#include <limits>

#include "libs/base/errors.h"

namespace plaza {
namespace {

struct Places {
  const char* code;
  int places;
};

// ISO 4217 (list one) currencies whose exponent is not 2.
constexpr Places kNotTwo[] = {
    {"BHD", 3}, {"BIF", 0}, {"CLF", 4}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"IQD", 3},
    {"ISK", 0}, {"JOD", 3}, {"JPY", 0}, {"KMF", 0}, {"KRW", 0}, {"KWD", 3}, {"LYD", 3},
    {"OMR", 3}, {"PYG", 0}, {"RWF", 0}, {"TND", 3}, {"UGX", 0}, {"UYI", 0}, {"UYW", 4},
    {"VND", 0}, {"VUV", 0}, {"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"XXX", 0}};

std::int64_t PowerOfTen(int exponent) {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Currency> Currency::Parse(std::string_view code) {
  const bool letters = code.size() == 3 && std::all_of(code.begin(), code.end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!letters)
    return Error(kBadCurrency, "'" + std::string(code.substr(0, 16)) + "' is no currency code");
  Currency currency;
  std::copy(code.begin(), code.end(), currency.code_.begin());
  const auto* entry = std::find_if(std::begin(kNotTwo), std::end(kNotTwo),
                                   [&](const Places& p) { return code == p.code; });
  currency.places_ = entry == std::end(kNotTwo) ? 2 : entry->places;
  return currency;
}

Result<Money> Money::Parse(std::string_view decimal, Currency currency, bool lenient) {
  const auto bad = [&](const char* why) {
    return Error(kBadAmount, "'" + std::string(decimal.substr(0, 32)) + "' " + why);
  };
  std::string_view rest = decimal;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : rest.substr(point + 1);
  if (whole.empty() || !AllDigits(whole) || !AllDigits(fraction))
    return bad("is not a decimal number");
  if (point != std::string_view::npos && fraction.empty()) return bad("ends with its point");
  const auto places = static_cast<std::size_t>(currency.places());
  if (fraction.size() > places || (!lenient && fraction.size() != places)) {
    return bad("has the wrong number of places");
  }
  std::int64_t minor = 0;
  std::string digits(whole);
  digits += fraction;
  digits.append(places - fraction.size(), '0');
  for (char c : digits) {
    if (__builtin_mul_overflow(minor, std::int64_t{10}, &minor) ||
        __builtin_add_overflow(minor, std::int64_t{c - '0'}, &minor)) {
      return Error(kAmountOverflow, "'" + std::string(decimal.substr(0, 32)) + "' is too large");
    }
  }
  return Money(negative ? -minor : minor, currency);
}

std::string Money::ToDecimal() const {
  const bool negative = amount_minor_ < 0;
  // Unsigned, since the least 64-bit integer has no positive.
  const std::uint64_t magnitude = negative ? ~static_cast<std::uint64_t>(amount_minor_) + 1
                                           : static_cast<std::uint64_t>(amount_minor_);
  const auto unit = static_cast<std::uint64_t>(PowerOfTen(currency_.places()));
  std::string text = (negative ? "-" : "") + std::to_string(magnitude / unit);
  if (currency_.places() > 0) {
    std::string fraction = std::to_string(magnitude % unit);
    fraction.insert(0, static_cast<std::size_t>(currency_.places()) - fraction.size(), '0');
    text += "." + fraction;
  }
  return text;
}

std::string Money::ToText() const { return std::string(currency_.code()) + " " + ToDecimal(); }

Result<std::int64_t> AddMinor(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return Error(kAmountOverflow, std::to_string(a) + " + " + std::to_string(b));
  }
  return sum;
}

Result<Money> Add(const Money& a, const Money& b) {
  if (a.currency() != b.currency()) return Error(kMixedCurrency, a.ToText() + " and " + b.ToText());
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t sum, AddMinor(a.amount_minor(), b.amount_minor()));
  return Money(sum, a.currency());
}

Result<Money> Subtract(const Money& a, const Money& b) {
  if (b.amount_minor() == std::numeric_limits<std::int64_t>::min()) {
    return Error(kAmountOverflow, "the least amount has no negative");
  }
  return Add(a, Money(-b.amount_minor(), b.currency()));
}

}  // namespace plaza
