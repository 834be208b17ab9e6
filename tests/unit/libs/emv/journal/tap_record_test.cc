#include "libs/emv/journal/tap_record.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

TapRecord Example() {
  TapRecord record;
  record.validator_id = "GDL-0001";
  record.sequence = 42;
  record.event_time = {1'795'500'000'123};
  record.stop_id = "MT1-JUAREZ";
  record.decision = Decision::kAccepted;
  record.token_epoch = 1;
  record.token.emplace();
  record.token->fill(0xA5);
  record.par = "V0010013022298169667504231315";
  record.deny_list_epoch = 7;
  record.media_kind = MediaKind::kEmvDevice;
  record.chip_data = {0x9F, 0x36, 0x02, 0x00, 0x42};
  record.seal_scheme = kSealSchemeAesGcm;
  record.sealed_card = Bytes(20, 0x5E);
  return record;
}

Mac ExampleMac() {
  Mac mac{};
  mac.fill(0x3C);
  return mac;
}

// docs/formats/journal.md shows these octets; they were put together by hand from its table.
constexpr std::string_view kGolden =
    "01"
    "01000847444C2D30303031"
    "020008000000000000002A"
    "030008000001A20C23C37B"
    "04000100"
    "05000A4D54312D4A554152455A"
    "09000101"
    "0A000100"
    "0B000400000001"
    "0C0020A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5"
    "0D001D5630303130303133303232323938313639363637353034323331333135"
    "0E00080000000000000007"
    "0F000102"
    "1000059F36020042"
    "11000101"
    "1200145E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E"
    "7E000101"
    "7F00103C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C";

TEST(TapRecordTest, GoldenBytes) {
  const Bytes encoded = AppendMac(EncodeUnsigned(Example()), ExampleMac());
  EXPECT_EQ(ToHex(encoded), kGolden);
  const auto decoded = DecodeTapRecord(encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(decoded->record, Example());
  EXPECT_EQ(decoded->mac, ExampleMac());
  EXPECT_EQ(decoded->mac_scheme, kMacSchemeHmac);
  EXPECT_EQ(decoded->covered.size(), encoded.size() - 19);
  EXPECT_EQ(decoded->covered.data(), encoded.data());
}

TEST(TapRecordTest, ADenialWithoutToken) {
  TapRecord record;
  record.validator_id = "BUS-7";
  record.sequence = 1;
  record.event_time = {-1};
  record.clock_doubtful = true;
  record.vehicle_id = "C98-12";
  record.route_id = "C98";
  record.trip_id = "C98 0500";
  record.decision = Decision::kDenied;
  record.reason = Reason::kPanMismatch;
  const Bytes encoded = AppendMac(EncodeUnsigned(record), ExampleMac());
  const auto decoded = DecodeTapRecord(encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(decoded->record, record);
}

struct BadCase {
  const char* name;
  const char* from;  // in the golden record
  const char* to;
  const char* where;
};

class BadTapRecordTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadTapRecordTest, IsRefusedWithItsPlace) {
  std::string hex(kGolden);
  const std::size_t at = hex.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  hex.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
  const auto decoded = DecodeTapRecord(*FromHex(hex));
  ASSERT_FALSE(decoded.ok()) << GetParam().name;
  EXPECT_TRUE(decoded.error().Is(errors::kBadTapRecord));
  EXPECT_EQ(decoded.error().where(), GetParam().where) << decoded.error().ToString();
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadTapRecordTest,
    ::testing::Values(BadCase{"version", "0101000847", "0201000847", "offset 0"},
                      BadCase{"lower case in the validator", "47444C2D", "67444C2D", "offset 1"},
                      BadCase{"sequence 0", "000000000000002A", "0000000000000000", "offset 12"},
                      BadCase{"unknown flag", "04000100", "04000102", "offset 34"},
                      BadCase{"flags twice", "04000100", "0400010004000100", "offset 38"},
                      BadCase{"flags missing", "04000100", "", "offset 202"},
                      BadCase{"empty stop", "05000A4D54312D4A554152455A", "050000", "offset 38"},
                      BadCase{"stop with a control character", "4D54312D", "0A54312D", "offset 38"},
                      BadCase{"decision 3", "09000101", "09000103", "offset 51"},
                      BadCase{"accepted with a reason", "0A000100", "0A000101", "offset 206"},
                      BadCase{"unknown reason", "0A000100", "0A000109", "offset 55"},
                      BadCase{"short token", "0C0020A5A5", "0C001FA5", "offset 66"},
                      BadCase{
                          "no token",
                          "0C0020A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5",
                          "", "offset 171"},
                      BadCase{"PAR of 28", "0D001D56", "0D001C", "offset 101"},
                      BadCase{"unknown field", "0F000102", "0F0001020F0101", "offset 148"},
                      BadCase{"media kind 4", "0F000102", "0F000104", "offset 144"},
                      BadCase{"seal without data", "1200145E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E",
                              "", "offset 183"},
                      BadCase{"unknown seal scheme", "11000101", "11000102", "offset 156"},
                      BadCase{"unknown MAC scheme", "7E000101", "7E000102", "offset 183"},
                      BadCase{"order",
                              "09000101"
                              "0A000100",
                              "0A000100"
                              "09000101",
                              "offset 55"},
                      BadCase{"a field after the MAC", "3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C",
                              "3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C800000", "offset 206"},
                      BadCase{"a field longer than the record", "7F0010", "7F0011", "offset 187"}));

// Whatever is cut off, the rest is no record; nothing is read past the end (the sanitizers watch).
TEST(TapRecordTest, EveryPrefixIsRefused) {
  const Bytes whole = *FromHex(kGolden);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto decoded = DecodeTapRecord(cut);
    ASSERT_FALSE(decoded.ok()) << size;
    EXPECT_TRUE(decoded.error().Is(errors::kBadTapRecord));
  }
}

TEST(TapRecordTest, LimitsOfLength) {
  TapRecord record = Example();
  const std::size_t used = EncodeUnsigned(record).size() + 19;
  record.chip_data.resize(record.chip_data.size() + kTapRecordBytesMax - used);
  const Bytes largest = AppendMac(EncodeUnsigned(record), ExampleMac());
  EXPECT_EQ(largest.size(), kTapRecordBytesMax);
  EXPECT_TRUE(DecodeTapRecord(largest).ok());
  Bytes longer = largest;
  longer.push_back(0);
  EXPECT_EQ(DecodeTapRecord(longer).error().where(), "offset 0");
  record.chip_data.push_back(0);
  EXPECT_DEATH(EncodeUnsigned(record), "kTapRecordBytesMax");
}

TEST(TapRecordTest, WhatTheGateMustNotWrite) {
  TapRecord record = Example();
  record.validator_id = "gate 1";
  EXPECT_DEATH(EncodeUnsigned(record), "IsValidatorId");
  record = Example();
  record.stop_id = std::string(33, 'A');
  EXPECT_DEATH(EncodeUnsigned(record), "IsPlace");
}

TEST(TapRecordTest, ReasonNames) {
  EXPECT_EQ(ReasonName(Reason::kNone), "none");
  EXPECT_EQ(ReasonName(Reason::kOdaFailed), "oda_failed");
  EXPECT_EQ(ReasonName(Reason::kNotYetValid), "not_yet_valid");
  EXPECT_EQ(ReasonName(Reason::kNotAccepted), "not_accepted");
}

}  // namespace
}  // namespace plaza::emv
