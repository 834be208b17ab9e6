#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/runtime/errors.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"
#include "tests/integration/tap-ingest/harness.h"

namespace plaza::tap_ingest {
namespace {

using namespace harness;
using testing::HasSubstr;

constexpr std::string_view kDeadLetters = "plaza.taps.v1.dlq";

class TapIngest : public testing::Test {
 protected:
  void SetUp() override {
    Restart();
    const auto registered = Call<v1::RegisterValidatorResponse>(
        *admin_, "RegisterValidator", Registration("setup", {"GDL-1", "GDL-2", "OTHER-1"}));
    ASSERT_TRUE(registered.ok()) << registered.error().ToString();
    EXPECT_EQ(registered->registered(), 3u);
  }

  void Restart() {
    node_.reset();
    node_ = std::make_unique<Node>(folder_.path());
    admin_ = ClientOf(folder_.path(), node_->port(), "admin", {"admin"}, {});
    support_ = ClientOf(folder_.path(), node_->port(), "support", {"support"}, {});
    gate_ = ClientOf(folder_.path(), node_->port(), "depot", {"validator"}, {"GDL-*"});
  }

  template <class Response>
  Result<Response> Call(rpc::Client& client, std::string_view method,
                        const google::protobuf::Message& request) {
    return client.Call<Response>(kService, method, request, kTimeout);
  }

  Result<v1::SubmitTapsResponse> TrySubmit(const std::vector<std::string>& records) {
    v1::SubmitTapsRequest request;
    for (const std::string& record : records) request.add_records(record);
    return Call<v1::SubmitTapsResponse>(*gate_, "SubmitTaps", request);
  }
  // "ACCEPTED", "DUPLICATE", "REFUSED BAD_MAC", …
  std::vector<std::string> Submit(const std::vector<std::string>& records) {
    const auto response = TrySubmit(records);
    EXPECT_TRUE(response.ok()) << response.error().ToString();
    std::vector<std::string> answers;
    if (!response.ok()) return answers;
    for (const v1::TapAnswer& answer : response->answers()) {
      std::string text = v1::TapOutcome_Name(answer.outcome()).substr(sizeof("TAP_OUTCOME_") - 1);
      if (!answer.code().empty()) text += " " + answer.code();
      answers.push_back(text);
    }
    return answers;
  }
  using Texts = std::vector<std::string>;

  void RunUntilIdle() {
    const auto idle = node_->service().participant().RunUntilIdle();
    ASSERT_TRUE(idle.ok()) << idle.error().ToString();
  }
  std::vector<events::v1::TapRecorded> Taps() {
    RunUntilIdle();
    std::vector<events::v1::TapRecorded> taps;
    for (const auto& event : EventsOf(node_->log(), eventlog::topic::kTaps)) {
      taps.push_back(event.tap_recorded());
    }
    return taps;
  }
  std::vector<events::v1::DeadLetter> DeadLetters() {
    RunUntilIdle();
    std::vector<events::v1::DeadLetter> letters;
    for (const auto& event : EventsOf(node_->log(), kDeadLetters)) {
      letters.push_back(event.dead_letter());
    }
    return letters;
  }
  Texts DeadLetterCodes() {
    Texts codes;
    for (const auto& letter : DeadLetters()) codes.push_back(letter.code());
    return codes;
  }
  void SetClock(Instant now) {
    events::v1::Event event;
    event.mutable_tick()->set_now_ms(now.unix_ms);
    AppendEvent(node_->log(), eventlog::topic::kClock, event);
    RunUntilIdle();
  }
  std::int64_t Recorded() {
    return node_->service()
        .participant()
        .db()
        .Read([](store::Tx& tx) -> Result<std::int64_t> {
          return tx.QueryOne("SELECT COALESCE(SUM(recorded), 0) FROM tap_batches", {}, "i")->Int(0);
        })
        .value();
  }

  TempFolder folder_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<rpc::Client> admin_;
  std::unique_ptr<rpc::Client> support_;
  std::unique_ptr<rpc::Client> gate_;
};

TEST_F(TapIngest, AnAcceptedTapIsAFactOfItsAccount) {
  emv::TapRecord record = TapOf("GDL-1", 1, 0xC1);
  record.par = "V0010013020021234567890ABCDEF";
  record.deny_list_epoch = 3;
  record.sealed_card = {1, 2, 3};
  record.seal_scheme = emv::kSealSchemeAesGcm;
  EXPECT_EQ(Submit({Sign(record)}), Texts{"ACCEPTED"});
  const auto taps = Taps();
  ASSERT_EQ(taps.size(), 1u);
  const events::v1::TapRecorded& tap = taps[0];
  const MediumId medium = MakeMediumId(1, *record.token);
  EXPECT_EQ(tap.validator_id(), "GDL-1");
  EXPECT_EQ(tap.sequence(), 1u);
  EXPECT_EQ(tap.event_time_ms(), record.event_time.unix_ms);
  EXPECT_EQ(tap.place().stop_id(), "MT1-JUAREZ");
  EXPECT_EQ(tap.operator_id(), "mitren");
  EXPECT_EQ(tap.decision(), events::v1::DECISION_ACCEPTED);
  EXPECT_EQ(tap.reason(), events::v1::REASON_NONE);
  EXPECT_EQ(tap.token(), ToString(*record.token));
  EXPECT_EQ(tap.par(), record.par);
  EXPECT_EQ(tap.deny_list_epoch(), 3u);
  EXPECT_EQ(tap.chip_data(), ToString(record.chip_data));
  EXPECT_EQ(tap.sealed_card(), ToString(record.sealed_card));
  EXPECT_EQ(tap.medium_id(), medium.value().ToBinary());
  EXPECT_EQ(tap.account_id(), MakeAccountId(record.par, medium).value().ToBinary());
}

TEST_F(TapIngest, AMalformedRecordDoesNotFailItsBatch) {
  const std::string good = Sign(TapOf("GDL-1", 1, 1));
  EXPECT_EQ(Submit({"", good, "\x02garbage", good.substr(0, good.size() - 1),
                    Sign(TapOf("GDL-1", 2, 1))}),
            (Texts{"REFUSED BAD_TAP_RECORD", "ACCEPTED", "REFUSED BAD_TAP_RECORD",
                   "REFUSED BAD_TAP_RECORD", "ACCEPTED"}));
  EXPECT_EQ(Taps().size(), 2u);
  const auto letters = DeadLetters();
  ASSERT_EQ(letters.size(), 3u);
  for (const auto& letter : letters) {
    EXPECT_EQ(letter.code(), "BAD_TAP_RECORD");
    EXPECT_THAT(letter.message(), HasSubstr("SHA-256"));
    EXPECT_TRUE(letter.value().empty());  // anything might be in it
  }
}

TEST_F(TapIngest, TheMessageSaysWhatWhereAndHowToMendIt) {
  const auto response = TrySubmit({"\x01\x01"});
  ASSERT_TRUE(response.ok());
  EXPECT_THAT(response->answers(0).message(), HasSubstr("offset 1"));
  EXPECT_THAT(response->answers(0).message(), HasSubstr("Mend"));
}

TEST_F(TapIngest, AnUnknownValidatorMayComeAgainOnceItIsEnrolled) {
  const std::string record = Sign(TapOf("GDL-9", 1, 1));
  EXPECT_EQ(Submit({record}), Texts{"REFUSED_FOR_NOW UNKNOWN_VALIDATOR"});
  ASSERT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator",
                                                  Registration("later", {"GDL-9"}))
                  .ok());
  EXPECT_EQ(Submit({record}), Texts{"ACCEPTED"});
}

TEST_F(TapIngest, AForeignCertificateIsRefused) {
  EXPECT_EQ(Submit({Sign(TapOf("OTHER-1", 1, 1)), Sign(TapOf("GDL-1", 1, 1))}),
            (Texts{"REFUSED_FOR_NOW NOT_YOUR_VALIDATOR", "ACCEPTED"}));
  const auto refused = Call<v1::SubmitTapsResponse>(*admin_, "SubmitTaps", v1::SubmitTapsRequest());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), StatusCode::kPermissionDenied);
}

TEST_F(TapIngest, AWrongMacUsesNoSequenceUp) {
  const emv::Key256 wrong = {9};
  EXPECT_EQ(Submit({Sign(TapOf("GDL-1", 1, 1), wrong)}), Texts{"REFUSED BAD_MAC"});
  EXPECT_EQ(Submit({Sign(TapOf("GDL-1", 1, 1))}), Texts{"ACCEPTED"});
  EXPECT_EQ(DeadLetterCodes(), Texts{"BAD_MAC"});
}

TEST_F(TapIngest, ForgedRecordsFillTheDeadLettersOnlyToTheirBound) {
  const emv::Key256 wrong = {9};
  const std::string forged = Sign(TapOf("GDL-1", 1, 1), wrong);
  const Texts refused(kSubmitRecordsMax, "REFUSED BAD_MAC");
  EXPECT_EQ(Submit(std::vector<std::string>(kSubmitRecordsMax, forged)), refused);
  const std::size_t letters = DeadLetters().size();
  EXPECT_GE(letters, static_cast<std::size_t>(kDeadLetterBurst));
  EXPECT_LT(letters, kSubmitRecordsMax);
  EXPECT_THAT(node_->metrics().Expose(),
              HasSubstr("plaza_tap_ingest_dead_letters_suppressed_total"));
}

TEST_F(TapIngest, ADuplicateIsAbsorbed) {
  std::vector<std::string> records;
  for (std::uint64_t s = 1; s <= 300; ++s) records.push_back(Sign(TapOf("GDL-1", s, 1)));
  EXPECT_EQ(Submit(records), Texts(300, "ACCEPTED"));
  EXPECT_EQ(Submit(records), Texts(300, "DUPLICATE"));  // the old ones are found in the store
  Restart();
  EXPECT_EQ(Submit(records), Texts(300, "DUPLICATE"));  // and after a restart all of them
  EXPECT_EQ(Taps().size(), 300u);
  EXPECT_EQ(Recorded(), 300);
}

TEST_F(TapIngest, TheSameRecordTwiceInOneBatch) {
  const std::string record = Sign(TapOf("GDL-1", 7, 1));
  EXPECT_EQ(Submit({record, record, Sign(TapOf("GDL-1", 7, 2))}),
            (Texts{"ACCEPTED", "DUPLICATE", "CONFLICT SEQUENCE_CONFLICT"}));
}

TEST_F(TapIngest, AReplayedSequenceWithAnotherBodyIsAConflict) {
  std::vector<std::string> records;
  for (std::uint64_t s = 1; s <= 200; ++s) records.push_back(Sign(TapOf("GDL-1", s, 1)));
  Submit(records);
  EXPECT_EQ(Submit({Sign(TapOf("GDL-1", 200, 2)), Sign(TapOf("GDL-1", 1, 2))}),
            (Texts{"CONFLICT SEQUENCE_CONFLICT", "CONFLICT SEQUENCE_CONFLICT"}));
  EXPECT_EQ(Taps().size(), 200u);
  const auto letters = DeadLetters();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_FALSE(letters[0].value().empty());
}

TEST_F(TapIngest, ATapFromNextWeekComesAgainNextWeek) {
  emv::TapRecord record = TapOf("GDL-1", 1, 1);
  record.event_time = kNoon + Seconds(7 * 86'400);
  SetClock(kNoon);
  EXPECT_EQ(Submit({Sign(record)}), Texts{"REFUSED_FOR_NOW FROM_THE_FUTURE"});
  Restart();  // the clock is remembered
  EXPECT_EQ(Submit({Sign(record)}), Texts{"REFUSED_FOR_NOW FROM_THE_FUTURE"});
  SetClock(record.event_time);
  EXPECT_EQ(Submit({Sign(record)}), Texts{"ACCEPTED"});
}

TEST_F(TapIngest, AWrongPlaceIsForGoodAndCountsAsReceived) {
  emv::TapRecord record = TapOf("GDL-1", 1, 1);
  record.stop_id = "MT1-SANJUAN";
  EXPECT_EQ(Submit({Sign(record)}), Texts{"REFUSED PLACE_MISMATCH"});
  EXPECT_EQ(Submit({Sign(record)}), Texts{"REFUSED PLACE_MISMATCH"});  // the same answer again
  EXPECT_EQ(Submit({Sign(TapOf("GDL-1", 1, 1))}), Texts{"CONFLICT SEQUENCE_CONFLICT"});
  EXPECT_THAT(DeadLetterCodes(),
              testing::UnorderedElementsAre("PLACE_MISMATCH", "SEQUENCE_CONFLICT"));
  EXPECT_TRUE(Taps().empty());
  EXPECT_EQ(Recorded(), 0);
}

TEST_F(TapIngest, ATapBeforeItsEnrolment) {
  emv::TapRecord record = TapOf("GDL-1", 1, 1);
  record.event_time = kNoon - Seconds(1);
  EXPECT_EQ(Submit({Sign(record)}), Texts{"REFUSED BEFORE_ENROLMENT"});
}

TEST_F(TapIngest, WhatOneProcessRegistersCountsAtOnceInAnother) {
  const TempFolder beside;
  const Node other(beside.path(), /*workers=*/2, {}, folder_.path());  // has read the registry
  gate_ = ClientOf(beside.path(), other.port(), "depot", {"validator"}, {"GDL-*"});
  v1::RegisterValidatorRequest changes = Registration("changes", {"GDL-1", "GDL-9"});
  changes.mutable_validators(0)->set_stop_id("MT1-SANJUAN");
  ASSERT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", changes).ok());
  emv::TapRecord moved = TapOf("GDL-1", 1, 1);
  moved.stop_id = "MT1-SANJUAN";
  EXPECT_EQ(Submit({Sign(moved), Sign(TapOf("GDL-9", 1, 2)), Sign(TapOf("GDL-2", 1, 3))}),
            (Texts{"ACCEPTED", "ACCEPTED", "ACCEPTED"}));
}

TEST_F(TapIngest, ATakenTapStaysTakenWhenItsValidatorMoves) {
  const std::string record = Sign(TapOf("GDL-1", 1, 1));
  EXPECT_EQ(Submit({record}), Texts{"ACCEPTED"});
  v1::RegisterValidatorRequest moved = Registration("moved", {"GDL-1"});
  moved.mutable_validators(0)->set_stop_id("MT1-SANJUAN");
  ASSERT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", moved).ok());
  EXPECT_EQ(Submit({record, Sign(TapOf("GDL-1", 2, 1))}),
            (Texts{"DUPLICATE", "REFUSED PLACE_MISMATCH"}));
}

TEST_F(TapIngest, TooManyRecordsAndNone) {
  const std::string record = Sign(TapOf("GDL-1", 1, 1));
  const auto too_many = TrySubmit(std::vector<std::string>(kSubmitRecordsMax + 1, record));
  ASSERT_FALSE(too_many.ok());
  EXPECT_TRUE(too_many.error().Is(kTooManyRecords)) << too_many.error().ToString();
  EXPECT_EQ(too_many.error().where(), "records");
  EXPECT_TRUE(TrySubmit({}).error().Is(kNoRecords));
  EXPECT_EQ(Submit({record}), Texts{"ACCEPTED"});  // nothing was half-done
}

TEST_F(TapIngest, RefusedTapsAreRecordedAndTeachNothing) {
  emv::TapRecord without = TapOf("GDL-1", 1, 1);
  without.token.reset();
  without.decision = emv::Decision::kDenied;
  without.reason = emv::Reason::kOdaFailed;
  emv::TapRecord with = TapOf("GDL-1", 2, 5);
  with.decision = emv::Decision::kDenied;
  with.reason = emv::Reason::kExpired;
  with.par = "V0010013020021234567890ABCDEF";
  EXPECT_EQ(Submit({Sign(without), Sign(with)}), (Texts{"ACCEPTED", "ACCEPTED"}));
  std::map<std::uint64_t, events::v1::TapRecorded> taps;
  for (const auto& tap : Taps()) taps[tap.sequence()] = tap;
  EXPECT_EQ(taps[1].account_id(), Uuid::V5(id_space::Refused(), "GDL-1").ToBinary());
  EXPECT_TRUE(taps[1].medium_id().empty());
  EXPECT_EQ(taps[1].reason(), events::v1::REASON_ODA_FAILED);
  const MediumId medium = MakeMediumId(1, *with.token);
  EXPECT_EQ(taps[2].account_id(), MakeAccountId({}, medium).value().ToBinary());
  EXPECT_TRUE(taps[2].par().empty());
  EXPECT_TRUE(EventsOf(node_->log(), eventlog::topic::kAccounts).empty());
}

TEST_F(TapIngest, ALateParLinksBothKeysOnce) {
  emv::TapRecord late = TapOf("GDL-1", 2, 5);
  late.par = "V0010013020021234567890ABCDEF";
  Submit({Sign(TapOf("GDL-1", 1, 5))});
  Restart();  // the registry is loaded
  EXPECT_EQ(Submit({Sign(late), Sign(TapOf("GDL-1", 3, 5))}), (Texts{"ACCEPTED", "ACCEPTED"}));
  EXPECT_EQ(Submit({Sign(late)}), Texts{"DUPLICATE"});
  RunUntilIdle();
  const auto linked = EventsOf(node_->log(), eventlog::topic::kAccounts);
  ASSERT_EQ(linked.size(), 2u);  // one to each key
  const MediumId medium = MakeMediumId(1, *late.token);
  for (const auto& event : linked) {
    EXPECT_EQ(event.account_linked().from_account_id(),
              MakeAccountId({}, medium).value().ToBinary());
    EXPECT_EQ(event.account_linked().to_account_id(),
              MakeAccountId(late.par, medium).value().ToBinary());
    ASSERT_EQ(event.account_linked().tokens_size(), 1);
  }
  v1::LookupAccountRequest lookup;
  lookup.set_token_epoch(1);
  lookup.set_token(ToString(*late.token));
  const auto found = Call<v1::LookupAccountResponse>(*support_, "LookupAccount", lookup);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->known());
  EXPECT_EQ(found->account_id(), MakeAccountId(late.par, medium).value().ToBinary());
}

TEST_F(TapIngest, TheVaultTeachesAPar) {
  const emv::TapRecord record = TapOf("GDL-1", 1, 5);
  const MediumId medium = MakeMediumId(1, *record.token);
  Submit({Sign(record)});
  events::v1::Event event;
  event.mutable_medium_learned()->set_medium_id(medium.value().ToBinary());
  event.mutable_medium_learned()->mutable_card()->set_token_epoch(1);
  event.mutable_medium_learned()->mutable_card()->set_token(ToString(*record.token));
  event.mutable_medium_learned()->set_par("V0010013020021234567890ABCDEF");
  AppendEvent(node_->log(), eventlog::topic::kMedia, event);
  AppendEvent(node_->log(), eventlog::topic::kMedia, event);  // delivered twice
  RunUntilIdle();
  EXPECT_EQ(EventsOf(node_->log(), eventlog::topic::kAccounts).size(), 2u);
  EXPECT_EQ(Submit({Sign(TapOf("GDL-1", 2, 5))}), Texts{"ACCEPTED"});
  std::map<std::uint64_t, std::string> accounts;
  for (const auto& tap : Taps()) accounts[tap.sequence()] = tap.account_id();
  EXPECT_EQ(accounts[2], MakeAccountId("V0010013020021234567890ABCDEF", medium).value().ToBinary());
}

TEST_F(TapIngest, TheDenyListReachesTheGates) {
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    events::v1::Event event;
    auto& changed = *event.mutable_deny_list_changed();
    changed.set_deny_list_epoch(epoch);
    changed.set_denied(epoch != 3);
    changed.mutable_card()->set_token_epoch(1);
    changed.mutable_card()->set_token(std::string(32, epoch == 2 ? 'b' : 'a'));
    AppendEvent(node_->log(), eventlog::topic::kDenyList, event);
  }
  events::v1::Event bad;
  bad.mutable_deny_list_changed()->mutable_card()->set_token("short");
  AppendEvent(node_->log(), eventlog::topic::kDenyList, bad);
  RunUntilIdle();
  for (int start = 0; start < 2; ++start) {
    v1::GetDenyListRequest request;
    const auto whole = Call<v1::GetDenyListResponse>(*gate_, "GetDenyList", request);
    ASSERT_TRUE(whole.ok()) << whole.error().ToString();
    EXPECT_TRUE(whole->whole());
    EXPECT_EQ(whole->deny_list_epoch(), 3u);
    ASSERT_EQ(whole->entries_size(), 1);
    EXPECT_EQ(whole->entries(0).token(), std::string(32, 'b'));
    request.set_since_epoch(1);
    const auto delta = Call<v1::GetDenyListResponse>(*gate_, "GetDenyList", request);
    EXPECT_EQ(delta->entries_size(), 2);
    EXPECT_FALSE(delta->entries(1).denied());
    request.set_since_epoch(99);
    EXPECT_TRUE(Call<v1::GetDenyListResponse>(*gate_, "GetDenyList", request)->whole());
    Restart();
  }
  RunUntilIdle();
  EXPECT_EQ(EventsOf(node_->log(), "plaza.denylist.v1.dlq").size(), 1u);
}

TEST_F(TapIngest, CountsAreKept) {
  emv::TapRecord denied = TapOf("GDL-1", 2, 5);
  denied.decision = emv::Decision::kDenied;
  denied.reason = emv::Reason::kExpired;
  const std::string first = Sign(TapOf("GDL-1", 1, 5));
  Submit(
      {first, Sign(denied), first, Sign(TapOf("GDL-1", 1, 6)), "x", Sign(TapOf("GDL-77", 1, 1))});
  Restart();
  Submit({Sign(TapOf("GDL-1", 3, 5))});
  const auto counts =
      Call<v1::GetTapCountsResponse>(*support_, "GetTapCounts", v1::GetTapCountsRequest());
  ASSERT_TRUE(counts.ok()) << counts.error().ToString();
  std::map<std::string, std::int64_t> by_reason;
  for (const auto& count : counts->counts()) {
    by_reason[count.decision() + "/" + count.reason()] = count.count();
  }
  EXPECT_EQ(by_reason,
            (std::map<std::string, std::int64_t>{{"accepted/none", 2}, {"denied/expired", 1}}));
  EXPECT_EQ(counts->duplicates(), 1);
  EXPECT_EQ(counts->conflicts(), 1);
  EXPECT_EQ(counts->refused(), 1);
  EXPECT_EQ(counts->refused_for_now(), 1);
  EXPECT_THAT(node_->metrics().Expose(), HasSubstr("plaza_tap_ingest_taps_total"));
}

TEST_F(TapIngest, RegistrationIsAllOrNoneAndOnce) {
  v1::RegisterValidatorRequest request = Registration("r1", {"GDL-50", "gdl-51"});
  const auto bad = Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", request);
  ASSERT_FALSE(bad.ok());
  EXPECT_TRUE(bad.error().Is(kBadValidator));
  EXPECT_EQ(bad.error().where(), "validators[1].validator_id");
  EXPECT_EQ(Submit({Sign(TapOf("GDL-50", 1, 1))}), Texts{"REFUSED_FOR_NOW UNKNOWN_VALIDATOR"});

  request = Registration("r1", {"GDL-50"});
  EXPECT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", request).ok());
  v1::RegisterValidatorRequest moved = Registration("r2", {"GDL-50"});
  moved.mutable_validators(0)->set_stop_id("ELSEWHERE");
  EXPECT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", moved).ok());
  // The first request again: the same answer, and the validator stays where it was moved to.
  EXPECT_TRUE(Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator", request).ok());
  EXPECT_EQ(Submit({Sign(TapOf("GDL-50", 1, 1))}), Texts{"REFUSED PLACE_MISMATCH"});
  const auto reused = Call<v1::RegisterValidatorResponse>(*admin_, "RegisterValidator",
                                                          Registration("r1", {"GDL-52"}));
  EXPECT_EQ(reused.error().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(
      Call<v1::RegisterValidatorResponse>(*gate_, "RegisterValidator", request).error().code(),
      StatusCode::kPermissionDenied);
}

TEST(TapIngestOpen, SaysWhatIsWrongWithTheMacKey) {
  const TempFolder folder;
  const auto log = std::move(eventlog::OpenEmbeddedLog({folder.path() + "/log.db", true}).value());
  runtime::Metrics metrics;
  Config config;
  config.db_path = folder.path() + "/tap-ingest.db";
  const auto open = [&] { return Service::Open(config, {*log, metrics, kPartitions}); };
  EXPECT_TRUE(open().error().Is(runtime::kBadKeyFile));
  config.mac_base_key_file = folder.path() + "/none";
  EXPECT_EQ(open().error().where(), config.mac_base_key_file);
  config.mac_base_key_file = folder.path() + "/short";
  std::ofstream(config.mac_base_key_file) << "ABCD";
  const auto opened = open();
  EXPECT_TRUE(opened.error().Is(runtime::kBadKeyFile));
  EXPECT_THAT(opened.error().ToString(), testing::Not(HasSubstr("ABCD")));
}

}  // namespace
}  // namespace plaza::tap_ingest
