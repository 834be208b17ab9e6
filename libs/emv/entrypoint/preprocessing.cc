#include "libs/emv/entrypoint/preprocessing.h"

namespace plaza::emv {
namespace {

// Book A, Table 5-4: byte 1 and byte 2.
constexpr std::uint8_t kOfflineOnlyReader = 0x08;
constexpr std::uint8_t kOnlineCryptogramRequired = 0x80;
constexpr std::uint8_t kCvmRequired = 0x40;

bool Exceeds(std::int64_t amount, const std::optional<std::int64_t>& limit) {
  return limit && amount > *limit;
}
bool Reaches(std::int64_t amount, const std::optional<std::int64_t>& limit) {
  return limit && amount >= *limit;
}

// Requirements 3.1.1.9 to 3.1.1.12.
void SetDynamicBits(const Combination& combination, Indicators& out) {
  Ttq& ttq = *out.ttq;
  if (out.floor_limit_exceeded || out.status_check_requested) ttq[1] |= kOnlineCryptogramRequired;
  if (out.zero_amount && !combination.zero_amount_offline) {
    if ((ttq[0] & kOfflineOnlyReader) == 0) {
      ttq[1] |= kOnlineCryptogramRequired;
    } else {
      out.contactless_not_allowed = true;
    }
  }
  if (out.cvm_limit_exceeded) ttq[1] |= kCvmRequired;
}

}  // namespace

Indicators Preprocess(const Combination& combination, std::int64_t amount_minor,
                      std::int64_t unit_minor) {
  Indicators out;  // 3.1.1.1: all are zero
  out.ttq = combination.ttq;
  if (out.ttq) {  // 3.1.1.2
    (*out.ttq)[1] &= static_cast<std::uint8_t>(~(kOnlineCryptogramRequired | kCvmRequired));
  }
  out.status_check_requested = combination.status_check && amount_minor == unit_minor;  // 3.1.1.3
  if (amount_minor == 0 && combination.zero_amount_allowed) {                           // 3.1.1.4
    (*combination.zero_amount_allowed ? out.zero_amount : out.contactless_not_allowed) = true;
  }
  if (Reaches(amount_minor, combination.transaction_limit)) {  // 3.1.1.5
    out.contactless_not_allowed = true;
  }
  const auto& floor =  // 3.1.1.6 and 3.1.1.7
      combination.floor_limit ? combination.floor_limit : combination.terminal_floor_limit;
  out.floor_limit_exceeded = Exceeds(amount_minor, floor);
  out.cvm_limit_exceeded = Reaches(amount_minor, combination.cvm_limit);  // 3.1.1.8
  if (out.ttq) SetDynamicBits(combination, out);
  return out;
}

std::vector<Indicators> Preprocess(const std::vector<Combination>& combinations,
                                   std::int64_t amount_minor, std::int64_t unit_minor) {
  std::vector<Indicators> out;
  out.reserve(combinations.size());
  for (const Combination& combination : combinations) {
    out.push_back(Preprocess(combination, amount_minor, unit_minor));
  }
  return out;
}

}  // namespace plaza::emv
