#include "tests/support/emv/test_gate.h"

#include "libs/base/check.h"

namespace plaza::emv::test {

TestGate::TestGate() {
  ValidatorKeys keys;
  keys.validator_id = "GDL-0001";
  keys.token_epoch = 3;
  keys.token_key.fill(0x11);
  keys.mac_key = {1};
  keys.data_key = {2};
  vsam = MakeSoftwareVsam(keys);
  for (const auto& [aid, kernel] :
       {std::pair{"A000000004", 2}, {"A000000003", 3}, {"A000000025", 4}, {"A000000333", 7}}) {
    profile.combinations.push_back(
        {.aid = Hex(aid), .kernel_id = {static_cast<std::uint8_t>(kernel)}});
  }
  profile.country = 484;
  profile.currency = 484;
  profile.amount_minor = 1100;
  const auto moment = ParseMoment("2026-11-23T08:00:00-06:00");
  PLAZA_CHECK(moment.ok());
  context.time = moment->instant;
  context.local = ToLocal(context.time, -6 * 3600);
  context.unpredictable_number = {0x38, 0x39, 0x30, 0x31};
  context.profile = &profile;
  context.capks = &capks;
  context.deny_list = &deny_list;
  context.pass_back = &pass_back;
  context.vsam = vsam.get();
  context.issuer_keys = &cache;
}

}  // namespace plaza::emv::test
