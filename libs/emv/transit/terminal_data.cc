#include "libs/emv/transit/terminal_data.h"

#include "libs/base/check.h"
#include "libs/emv/kernel3/kernel3.h"
#include "libs/emv/kernel4/kernel4.h"
#include "libs/emv/kernel7/kernel7.h"

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

}  // namespace

DataElements MakeTerminalData(const TapContext& context, const DirectoryEntry& selected,
                              const Indicators& indicators) {
  const GateProfile& profile = *context.profile;
  const Date date = context.local.date;
  const std::int32_t seconds = context.local.time.seconds;
  const std::int64_t yymmdd = (date.year() % 100) * 10000 + date.month() * 100 + date.day();
  const std::int64_t hhmmss = (seconds / 3600) * 10000 + (seconds / 60 % 60) * 100 + seconds % 60;
  const std::array<std::uint8_t, 5> no_verification_results{};
  const std::array<std::uint8_t, 5> additional_capabilities{};
  const std::uint8_t kernel = selected.kernel_id.empty() ? 0 : selected.kernel_id.front();
  DataElements data;
  const auto put = [&data](Tag tag, ByteView value) {
    PLAZA_CHECK(data.Put(tag, value, Source::kTerminal));
  };
  if (kernel == kKernel3 || kernel == kKernel7)
    put(tag::kTtq, indicators.ttq.value_or(profile.ttq));
  if (kernel == kKernel4) {
    put(tag::kReaderCapabilities, std::array{profile.reader_capabilities});
    put(tag::kEnhancedCapabilities, profile.enhanced_capabilities);
  }
  put(tag::kAmount, Numeric<6>(profile.amount_minor));
  put(tag::kAmountOther, Numeric<6>(0));
  put(tag::kTerminalCountry, Numeric<2>(profile.country));
  put(tag::kTvr, no_verification_results);
  put(tag::kCurrency, Numeric<2>(profile.currency));
  put(tag::kDate, Numeric<3>(yymmdd));
  put(tag::kTime, Numeric<3>(hhmmss));
  put(tag::kTransactionType, Numeric<1>(profile.transaction_type));
  put(tag::kUnpredictableNumber, context.unpredictable_number);
  put(tag::kTerminalType, std::array{profile.terminal_type});
  put(tag::kTerminalCapabilities, profile.terminal_capabilities);
  put(tag::kAdditionalCapabilities, additional_capabilities);
  if (context.recorded_terminal != nullptr) {
    const DataElements& recorded = *context.recorded_terminal;
    for (std::size_t i = 0; i < recorded.size(); ++i) put(recorded.tag_at(i), recorded.value_at(i));
  }
  return data;
}

}  // namespace plaza::emv
