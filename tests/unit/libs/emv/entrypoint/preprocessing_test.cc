#include "libs/emv/entrypoint/preprocessing.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"

namespace plaza::emv {
namespace {

constexpr Ttq kOnlineReader = {0x21, 0xC0, 0x40, 0x00};   // dynamic bits set: they are reset
constexpr Ttq kOfflineReader = {0x29, 0x00, 0x40, 0x00};  // byte 1, bit 4

struct Case {
  const char* name;
  Combination combination;
  std::int64_t amount;
  // status check, not allowed, zero amount, CVM limit, floor limit: as letters
  const char* indicators;
  const char* ttq;
};

std::string Letters(const Indicators& indicators) {
  std::string out;
  if (indicators.status_check_requested) out += 'S';
  if (indicators.contactless_not_allowed) out += 'N';
  if (indicators.zero_amount) out += 'Z';
  if (indicators.cvm_limit_exceeded) out += 'C';
  if (indicators.floor_limit_exceeded) out += 'F';
  return out;
}

// Book B, 3.1.1: each requirement on both sides of its limit, absent, and with no TTQ.
TEST(PreprocessingTest, Indicators) {
  const auto with = [](auto change) {
    Combination combination;
    combination.ttq = kOnlineReader;
    change(combination);
    return combination;
  };
  const std::vector<Case> cases = {
      {"nothing configured", with([](auto&) {}), 1100, "", "21004000"},
      {"no TTQ", with([](auto& c) {
         c.ttq.reset();
         c.floor_limit = 0;
       }),
       1100, "F", ""},
      {"status check of one unit", with([](auto& c) { c.status_check = true; }), 100, "S",
       "21804000"},
      {"status check, another amount", with([](auto& c) { c.status_check = true; }), 101, "",
       "21004000"},
      {"one unit without status check", with([](auto&) {}), 100, "", "21004000"},
      {"zero, flag absent", with([](auto&) {}), 0, "", "21004000"},
      {"zero, allowed", with([](auto& c) { c.zero_amount_allowed = true; }), 0, "Z", "21804000"},
      {"zero, not allowed", with([](auto& c) { c.zero_amount_allowed = false; }), 0, "N",
       "21004000"},
      {"not zero, not allowed", with([](auto& c) { c.zero_amount_allowed = false; }), 1, "",
       "21004000"},
      {"zero, allowed, reader offline only", with([](auto& c) {
         c.zero_amount_allowed = true;
         c.ttq = kOfflineReader;
       }),
       0, "NZ", "29004000"},
      {"zero, allowed offline, reader offline only", with([](auto& c) {
         c.zero_amount_allowed = true;
         c.zero_amount_offline = true;
         c.ttq = kOfflineReader;
       }),
       0, "Z", "29004000"},
      {"zero, allowed offline", with([](auto& c) {
         c.zero_amount_allowed = true;
         c.zero_amount_offline = true;
       }),
       0, "Z", "21004000"},
      {"below the transaction limit", with([](auto& c) { c.transaction_limit = 1100; }), 1099, "",
       "21004000"},
      {"at the transaction limit", with([](auto& c) { c.transaction_limit = 1100; }), 1100, "N",
       "21004000"},
      {"at the floor limit", with([](auto& c) { c.floor_limit = 1100; }), 1100, "", "21004000"},
      {"above the floor limit", with([](auto& c) { c.floor_limit = 1100; }), 1101, "F", "21804000"},
      {"above a floor limit of zero", with([](auto& c) { c.floor_limit = 0; }), 1, "F", "21804000"},
      {"above the terminal's floor limit", with([](auto& c) { c.terminal_floor_limit = 0; }), 1,
       "F", "21804000"},
      {"the contactless floor limit counts first", with([](auto& c) {
         c.floor_limit = 10;
         c.terminal_floor_limit = 0;
       }),
       1, "", "21004000"},
      {"below the CVM limit", with([](auto& c) { c.cvm_limit = 1100; }), 1099, "", "21004000"},
      {"at the CVM limit", with([](auto& c) { c.cvm_limit = 1100; }), 1100, "C", "21404000"},
      {"floor and CVM limit", with([](auto& c) {
         c.floor_limit = 1;
         c.cvm_limit = 2;
       }),
       2, "CF", "21C04000"},
  };
  for (const Case& c : cases) {
    const Indicators indicators = Preprocess(c.combination, c.amount, 100);
    EXPECT_EQ(Letters(indicators), c.indicators) << c.name;
    EXPECT_EQ(indicators.ttq ? ToHex(*indicators.ttq) : "", c.ttq) << c.name;
  }
}

}  // namespace
}  // namespace plaza::emv
