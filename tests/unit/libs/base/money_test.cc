#include "libs/base/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace plaza {
namespace {

Currency Of(const char* code) { return Currency::Parse(code).value(); }

TEST(Currency, PlacesFollowIso4217) {
  const struct {
    const char* code;
    int places;
  } table[] = {{"MXN", 2}, {"BRL", 2}, {"USD", 2}, {"CLP", 0}, {"JPY", 0}, {"KWD", 3}, {"CLF", 4}};
  for (const auto& row : table) EXPECT_EQ(Of(row.code).places(), row.places) << row.code;
}

TEST(Currency, RefusesWhatIsNoCode) {
  for (const char* code : {"", "MX", "mxn", "MXNN", "M1N"}) {
    ASSERT_FALSE(Currency::Parse(code).ok()) << code;
    EXPECT_EQ(Currency::Parse(code).error().reason(), "BAD_CURRENCY");
  }
}

TEST(Money, ParsesAndPrintsDecimals) {
  const struct {
    const char* text;
    const char* currency;
    std::int64_t minor;
  } table[] = {{"9.50", "MXN", 950},   {"0.05", "MXN", 5},  {"-0.05", "MXN", -5},
               {"11.00", "MXN", 1100}, {"750", "CLP", 750}, {"1.234", "KWD", 1234},
               {"0.00", "MXN", 0}};
  for (const auto& row : table) {
    const auto money = Money::Parse(row.text, Of(row.currency));
    ASSERT_TRUE(money.ok()) << row.text;
    EXPECT_EQ(money->amount_minor(), row.minor) << row.text;
    EXPECT_EQ(money->ToDecimal(), row.text);
  }
}

TEST(Money, RefusesBadDecimals) {
  for (const char* text : {"", "-", ".50", "9.", "9.5", "9.500", "1,45", " 9.50", "9.50 ", "+9.50",
                           "0x10", "1e3", "9.5a", "--9.50"}) {
    EXPECT_FALSE(Money::Parse(text, Of("MXN")).ok()) << text;
  }
  EXPECT_TRUE(Money::Parse("9.5", Of("MXN"), /*lenient=*/true).ok());
  EXPECT_EQ(Money::Parse("9.5", Of("MXN"), /*lenient=*/true)->amount_minor(), 950);
  EXPECT_EQ(Money::Parse("9223372036854775807.00", Of("MXN")).error().reason(), "AMOUNT_OVERFLOW");
}

TEST(Money, PrintsTheLeastAmount) {
  const Money least(std::numeric_limits<std::int64_t>::min(), Of("MXN"));
  EXPECT_EQ(least.ToText(), "MXN -92233720368547758.08");
}

TEST(Money, AddsWithChecks) {
  const Money most(std::numeric_limits<std::int64_t>::max(), Of("MXN"));
  EXPECT_EQ(Add(Money(950, Of("MXN")), Money(150, Of("MXN")))->amount_minor(), 1100);
  EXPECT_EQ(Subtract(Money(950, Of("MXN")), Money(1000, Of("MXN")))->amount_minor(), -50);
  EXPECT_EQ(Add(most, Money(1, Of("MXN"))).error().reason(), "AMOUNT_OVERFLOW");
  EXPECT_EQ(Add(most, Money(1, Of("CLP"))).error().reason(), "MIXED_CURRENCY");
  const Money least(std::numeric_limits<std::int64_t>::min(), Of("MXN"));
  EXPECT_EQ(Subtract(Money(0, Of("MXN")), least).error().reason(), "AMOUNT_OVERFLOW");
}

}  // namespace
}  // namespace plaza
