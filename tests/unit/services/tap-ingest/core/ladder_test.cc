#include "services/tap-ingest/core/ladder.h"

#include <gtest/gtest.h>

#include <functional>

#include "services/tap-ingest/core/validator.h"
#include "services/tap-ingest/errors.h"

namespace plaza::tap_ingest {
namespace {

const emv::Key256 kMacBase = {7, 7, 7};
constexpr Instant kNoon{1'795'000'000'000};

emv::TapRecord GoodRecord() {
  emv::TapRecord record;
  record.validator_id = "GDL-0001";
  record.sequence = 42;
  record.event_time = kNoon;
  record.stop_id = "MT1-JUAREZ";
  record.decision = emv::Decision::kAccepted;
  record.token_epoch = 1;
  record.token.emplace().fill(0xAB);
  return record;
}

Bytes Sign(const emv::TapRecord& record) {
  emv::ValidatorKeys keys;
  keys.validator_id = record.validator_id;
  keys.mac_key = emv::DeriveMacKey(kMacBase, record.validator_id);
  const auto vsam = emv::MakeSoftwareVsam(keys);
  Bytes unsigned_record = emv::EncodeUnsigned(record);
  const emv::Mac mac = vsam->Sign(unsigned_record);
  return emv::AppendMac(std::move(unsigned_record), mac);
}

Judged Judge(const Bytes& octets, std::optional<Instant> now = kNoon, bool speaks = true) {
  const EnrolledValidator enrolled{{ValidatorId("GDL-0001"), OperatorId("mitren"),
                                    StopId("MT1-JUAREZ"), "", kNoon - Seconds(3600)},
                                   emv::MacKey(emv::DeriveMacKey(kMacBase, "GDL-0001"))};
  return JudgeRecord(
      octets, [&](const std::string& id) { return id == "GDL-0001" ? &enrolled : nullptr; },
      [&](std::string_view) { return speaks; }, {now, Seconds(600)});
}

struct Case {
  const char* name;
  std::function<void(emv::TapRecord&)> change;
  Refusal refusal;
};

TEST(Ladder, EachRungHasItsName) {
  const Case cases[] = {
      {"good", [](auto&) {}, Refusal::kNone},
      {"sequence too large", [](auto& r) { r.sequence = 1ULL << 63; }, Refusal::kBadTapRecord},
      {"unknown validator", [](auto& r) { r.validator_id = "GDL-0002"; },
       Refusal::kUnknownValidator},
      {"another stop", [](auto& r) { r.stop_id = "MT1-SANJUAN"; }, Refusal::kPlaceMismatch},
      {"a vehicle instead",
       [](auto& r) {
         r.stop_id = "";
         r.vehicle_id = "B1";
       },
       Refusal::kPlaceMismatch},
      {"enrolled an hour ago, not longer", [](auto& r) { r.event_time = kNoon - Seconds(3601); },
       Refusal::kBeforeEnrolment},
      {"at its enrolment", [](auto& r) { r.event_time = kNoon - Seconds(3600); }, Refusal::kNone},
      {"accepted without a token", [](auto& r) { r.token.reset(); }, Refusal::kBadTapRecord},
      {"denied without a token",
       [](auto& r) {
         r.token.reset();
         r.decision = emv::Decision::kDenied;
         r.reason = emv::Reason::kOdaFailed;
       },
       Refusal::kNone},
      {"within the tolerance", [](auto& r) { r.event_time = kNoon + Seconds(600); },
       Refusal::kNone},
      {"next week", [](auto& r) { r.event_time = kNoon + Seconds(7 * 86400); },
       Refusal::kFromTheFuture},
  };
  for (const Case& c : cases) {
    emv::TapRecord record = GoodRecord();
    c.change(record);
    const Judged judged = Judge(Sign(record));
    EXPECT_EQ(static_cast<int>(judged.refusal), static_cast<int>(c.refusal)) << c.name;
    EXPECT_EQ(judged.what.empty(), c.refusal == Refusal::kNone) << c.name;
    if (IsOnesOwn(c.refusal)) {
      EXPECT_EQ(judged.record, record) << c.name;
    }
  }
}

TEST(Ladder, TheRecordItselfComesOut) {
  const Bytes octets = Sign(GoodRecord());
  const Judged judged = Judge(octets);
  EXPECT_EQ(judged.record, GoodRecord());
  EXPECT_EQ(judged.operator_id, OperatorId("mitren"));
  EXPECT_EQ(judged.hash, HashBody(octets));
}

TEST(Ladder, ANotedCertificateIsAskedBeforeTheMac) {
  EXPECT_EQ(Judge(Sign(GoodRecord()), kNoon, /*speaks=*/false).refusal, Refusal::kNotYourValidator);
}

TEST(Ladder, WithoutAClockNoFutureIsJudged) {
  emv::TapRecord record = GoodRecord();
  record.event_time = kNoon + Seconds(7 * 86400);
  EXPECT_EQ(Judge(Sign(record), std::nullopt).refusal, Refusal::kNone);
}

TEST(Ladder, NoOctetCanBeChangedUnseen) {
  const Bytes good = Sign(GoodRecord());
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 0x01;
    const Refusal refusal = Judge(bad).refusal;
    EXPECT_FALSE(IsOnesOwn(refusal)) << "octet " << i << " gave " << static_cast<int>(refusal);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(Judge(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))).refusal,
              Refusal::kBadTapRecord)
        << size;
  }
}

TEST(Ladder, TheFarthestMomentsAreRefusedNotPrintedAsDates) {
  for (const std::int64_t moment : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
    emv::TapRecord record = GoodRecord();
    record.event_time = {moment};
    EXPECT_NE(Judge(Sign(record)).refusal, Refusal::kNone) << moment;
  }
}

TEST(Ladder, WhatEachRefusalMeans) {
  struct Meaning {
    Refusal refusal;
    const char* code;
    bool for_now;
    bool ones_own;
  };
  const Meaning meanings[] = {
      {Refusal::kBadTapRecord, "BAD_TAP_RECORD", false, false},
      {Refusal::kUnknownValidator, "UNKNOWN_VALIDATOR", true, false},
      {Refusal::kNotYourValidator, "NOT_YOUR_VALIDATOR", true, false},
      {Refusal::kBadMac, "BAD_MAC", false, false},
      {Refusal::kPlaceMismatch, "PLACE_MISMATCH", false, true},
      {Refusal::kBeforeEnrolment, "BEFORE_ENROLMENT", false, true},
      {Refusal::kFromTheFuture, "FROM_THE_FUTURE", true, true},
      {Refusal::kTooManyGaps, "TOO_MANY_GAPS", true, true},
      {Refusal::kConflict, "SEQUENCE_CONFLICT", false, true},
  };
  for (const Meaning& m : meanings) {
    EXPECT_STREQ(KindOf(m.refusal).reason, m.code);
    EXPECT_EQ(IsForNow(m.refusal), m.for_now) << m.code;
    EXPECT_EQ(IsOnesOwn(m.refusal), m.ones_own) << m.code;
  }
}

TEST(Validators, AWrongFieldIsNamed) {
  const Validator good{ValidatorId("GDL-1"), OperatorId("mitren"), StopId("S"), "", Instant{0}};
  struct Wrong {
    std::function<void(Validator&)> change;
    const char* where;
  };
  const Wrong cases[] = {
      {[](auto& v) { v.id = ValidatorId(""); }, "validators[1].validator_id"},
      {[](auto& v) { v.id = ValidatorId("gdl-1"); }, "validators[1].validator_id"},
      {[](auto& v) { v.id = ValidatorId("ABCDEFGHIJKLMNOPQ"); }, "validators[1].validator_id"},
      {[](auto& v) { v.id = ValidatorId("GDL-1"); }, "validators[1].validator_id"},  // there twice
      {[](auto& v) { v.operator_id = OperatorId(""); }, "validators[1].operator_id"},
      {[](auto& v) { v.vehicle_id = "B1"; }, "validators[1].stop_id"},
      {[](auto& v) { v.stop_id = StopId(""); }, "validators[1].stop_id"},
      {[](auto& v) { v.stop_id = StopId(std::string(33, 'S')); }, "validators[1].stop_id"},
      {[](auto& v) { v.enrolled_from = Instant{-1}; }, "validators[1].enrolled_from_ms"},
  };
  for (const Wrong& c : cases) {
    Validator second = good;
    second.id = ValidatorId("GDL-2");
    c.change(second);
    const Result<void> checked = CheckValidators(std::vector<Validator>{good, second});
    ASSERT_FALSE(checked.ok()) << c.where;
    EXPECT_TRUE(checked.error().Is(kBadValidator));
    EXPECT_EQ(checked.error().where(), c.where);
  }
  EXPECT_TRUE(CheckValidators(std::vector<Validator>{good}).ok());
  EXPECT_EQ(CheckValidators({}).error().where(), "validators");
}

}  // namespace
}  // namespace plaza::tap_ingest
