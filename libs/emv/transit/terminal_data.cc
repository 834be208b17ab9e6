#include "libs/emv/transit/terminal_data.h"

#include "libs/base/check.h"

namespace plaza::emv {
namespace {

// Decimal digits, two an octet, right-justified.
template <std::size_t kSize>
std::array<std::uint8_t, kSize> Numeric(std::int64_t value) {
  PLAZA_CHECK(value >= 0);
  std::array<std::uint8_t, kSize> out{};
  for (std::size_t i = kSize; i > 0; --i) {
    const auto pair = static_cast<int>(value % 100);
    out[i - 1] = static_cast<std::uint8_t>((pair / 10) << 4 | pair % 10);
    value /= 100;
  }
  PLAZA_CHECK(value == 0);
  return out;
}

int Digits(std::uint8_t octet) {
  const int high = octet >> 4;
  const int low = octet & 0x0F;
  return high > 9 || low > 9 ? -1 : high * 10 + low;
}

}  // namespace

DataElements MakeTerminalData(const TapContext& context) {
  const GateProfile& profile = *context.profile;
  const Date date = context.local.date;
  const std::int32_t seconds = context.local.time.seconds;
  const std::int64_t yymmdd = (date.year() % 100) * 10000 + date.month() * 100 + date.day();
  const std::int64_t hhmmss = (seconds / 3600) * 10000 + (seconds / 60 % 60) * 100 + seconds % 60;
  const std::array<std::uint8_t, 5> no_verification_results{};
  const std::uint8_t terminal_type[] = {profile.terminal_type};
  const std::array<std::uint8_t, 5> additional_capabilities{};
  DataElements data;
  const auto put = [&data](Tag tag, ByteView value) {
    PLAZA_CHECK(data.Add(tag, value, Source::kTerminal));
  };
  put(tag::kTtq, profile.ttq);
  put(tag::kAmount, Numeric<6>(profile.amount_minor));
  put(tag::kAmountOther, Numeric<6>(0));
  put(tag::kTerminalCountry, Numeric<2>(profile.country));
  put(tag::kTvr, no_verification_results);
  put(tag::kCurrency, Numeric<2>(profile.currency));
  put(tag::kDate, Numeric<3>(yymmdd));
  put(tag::kTime, Numeric<3>(hhmmss));
  put(tag::kTransactionType, Numeric<1>(profile.transaction_type));
  put(tag::kUnpredictableNumber, context.unpredictable_number);
  put(tag::kTerminalType, terminal_type);
  put(tag::kTerminalCapabilities, profile.terminal_capabilities);
  put(tag::kAdditionalCapabilities, additional_capabilities);
  return data;
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
