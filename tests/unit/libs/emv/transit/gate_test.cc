#include "libs/emv/transit/gate.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/tlv/reader.h"
#include "libs/emv/tlv/writer.h"
#include "libs/emv/transit/decision.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv {
namespace {

using test::Hex;
using test::TestCard;
using test::TestCardSpec;
using ::testing::HasSubstr;

constexpr std::string_view kPan = "4761739001010010";
constexpr std::string_view kPar = "V0010013022298169667504231315";

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    ValidatorKeys keys;
    keys.validator_id = "GDL-0001";
    keys.token_epoch = 3;
    keys.token_key.fill(0x11);
    keys.mac_key = mac_key_;
    keys.data_key = data_key_;
    vsam_ = MakeSoftwareVsam(keys);
    profile_.combinations = {{.aid = Hex("A000000003"), .kernel_id = {0x03}}};
    profile_.country = 484;
    profile_.currency = 484;
    profile_.amount_minor = 1100;
    context_.time = *FromText("2026-11-23T08:00:00-06:00");
    context_.local = ToLocal(context_.time, -6 * 3600);
    context_.unpredictable_number = {0x38, 0x39, 0x30, 0x31};
    context_.profile = &profile_;
    context_.capks = &capks_;
    context_.deny_list = &deny_list_;
    context_.pass_back = &pass_back_;
    context_.vsam = vsam_.get();
    context_.issuer_keys = &cache_;
  }

  static std::optional<Instant> FromText(std::string_view text) {
    const auto moment = ParseMoment(text);
    return moment.ok() ? std::optional(moment->instant) : std::nullopt;
  }
  TapOutcome Tap(TestCardSpec spec) {
    TestCard card(std::move(spec));
    return ProcessTap(card, context_);
  }
  void Deny() { deny_list_ = DenyList::FromSnapshot(9, {{3, vsam_->Tokenise(kPan)}}); }

  Key256 mac_key_{1};
  Key256 data_key_{2};
  std::unique_ptr<Vsam> vsam_;
  GateProfile profile_;
  CapkTable capks_ = test::TestCapks(test::Keys().ca);
  DenyList deny_list_;
  PassBackWindow pass_back_{Seconds(300)};
  IssuerKeyCache cache_;
  TapContext context_;
};

TEST_F(GateTest, AcceptsAGoodCard) {
  TestCardSpec spec;
  spec.par = kPar;
  const TapOutcome outcome = Tap(spec);
  EXPECT_EQ(outcome.action, GateAction::kAccept) << outcome.detail;
  EXPECT_EQ(outcome.reason, Reason::kNone);
  EXPECT_EQ(outcome.retry, RetryReason::kNone);
  EXPECT_EQ(outcome.oda.result, OdaResult::kPassed);
  EXPECT_EQ(outcome.oda.icc_dynamic_number, Hex("0042"));
  EXPECT_EQ(outcome.token, vsam_->Tokenise(kPan));
  EXPECT_EQ(outcome.par, kPar);
  EXPECT_EQ(outcome.media_kind, MediaKind::kEmvCard);
  EXPECT_EQ(ToHex(outcome.chip_data),
            "9A03261123"
            "9C0100"
            "5F2A020484"
            "9F1A020484"
            "9F0206000000001100"
            "9F0306000000000000"
            "9F36020042"
            "82022000"
            "8407A0000000031010"
            "95050000000000"
            "9F100706010A03A00000"
            "9F26080102030405060708"
            "9F3303000808"
            "9F370438393031"
            "5F340101"
            "9F270180"
            "9F241D5630303130303133303232323938313639363637353034323331333135");
  EXPECT_EQ(ToHex(outcome.card_data.view()),
            "5A084761739001010010"
            "5F2403291231"
            "5F340101"
            "57114761739001010010D29122010000000000");
}

TEST_F(GateTest, TheRecordOpensForTheVaultAndHoldsForIngest) {
  const TapOutcome outcome = Tap({});
  const Bytes bytes = MakeTapRecord(
      outcome, context_,
      {.validator_id = "GDL-0001", .sequence = 17, .place = {.stop_id = "MT1-JUAREZ"}});
  const auto decoded = DecodeTapRecord(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_TRUE(VerifyMac(mac_key_, decoded->covered, decoded->mac));
  const TapRecord& record = decoded->record;
  EXPECT_EQ(record.sequence, 17u);
  EXPECT_EQ(record.stop_id, "MT1-JUAREZ");
  EXPECT_EQ(record.decision, Decision::kAccepted);
  EXPECT_EQ(record.event_time, context_.time);
  EXPECT_EQ(record.token_epoch, 3u);
  EXPECT_EQ(record.token, outcome.token);
  EXPECT_EQ(record.chip_data, outcome.chip_data);
  EXPECT_EQ(*OpenSealed(data_key_, "GDL-0001", 17, record.sealed_card),
            ToBytes(outcome.card_data.view()));
  EXPECT_FALSE(OpenSealed(data_key_, "GDL-0001", 18, record.sealed_card).ok());
  // No trace of the PAN: neither as digits nor in BCD.
  EXPECT_EQ(ToString(bytes).find(kPan), std::string::npos);
  EXPECT_EQ(ToHex(bytes).find(kPan), std::string::npos);
}

struct Case {
  const char* name;
  std::function<void(TestCardSpec&)> card;
  Reason reason;
  const char* detail;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class GateReasonTest : public GateTest, public ::testing::WithParamInterface<Case> {};

TEST_P(GateReasonTest, Denies) {
  TestCardSpec spec;
  GetParam().card(spec);
  const TapOutcome outcome = Tap(spec);
  EXPECT_EQ(outcome.action, GateAction::kDeny) << outcome.detail;
  EXPECT_EQ(outcome.reason, GetParam().reason) << outcome.detail;
  EXPECT_THAT(outcome.detail, HasSubstr(GetParam().detail));
  EXPECT_TRUE(outcome.chip_data.empty());
  EXPECT_TRUE(outcome.card_data.empty());
  const Bytes record =
      MakeTapRecord(outcome, context_, {.validator_id = "GDL-0001", .sequence = 1});
  const auto decoded = DecodeTapRecord(record);
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(decoded->record.decision, Decision::kDenied);
  EXPECT_EQ(decoded->record.reason, GetParam().reason);
}

const test::TestKeys& OtherKeys() {
  static const test::TestKeys keys = test::MakeKeys(1408, 1152, 1024, 3);
  return keys;
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, GateReasonTest,
    ::testing::Values(
        Case{"another CA", [](TestCardSpec& s) { s.keys = &OtherKeys(); }, Reason::kOdaFailed,
             "issuer_certificate"},
        Case{"flipped signature", [](TestCardSpec& s) { s.flip_signature = true; },
             Reason::kOdaFailed, "oda_failed: failed, signature"},
        Case{"format of an offline approval", [](TestCardSpec& s) { s.signed_format = 0x05; },
             Reason::kOdaFailed, "signed_data_format"},
        Case{"no DDA", [](TestCardSpec& s) { s.aip = "0000"; }, Reason::kOdaFailed,
             "not_possible, method_not_supported"},
        Case{"expired yesterday", [](TestCardSpec& s) { s.expiry = "261122"; }, Reason::kExpired,
             "expired"},
        Case{"expired last century", [](TestCardSpec& s) { s.expiry = "991231"; }, Reason::kExpired,
             "expired"},
        Case{"valid from tomorrow", [](TestCardSpec& s) { s.effective = "261124"; },
             Reason::kNotYetValid, "not_yet_valid"},
        Case{"two cards in one",
             [](TestCardSpec& s) { s.track2 = "4761739001010028D29122010000000000"; },
             Reason::kPanMismatch, "pan_mismatch"},
        Case{"AAC", [](TestCardSpec& s) { s.cid = "00"; }, Reason::kCardDeclined, "card_declined"},
        Case{"TC", [](TestCardSpec& s) { s.cid = "40"; }, Reason::kCardDeclined, "card_declined"},
        Case{"AAC told by 9F10",
             [](TestCardSpec& s) {
               s.cid = "";
               s.iad = "06010A03800000";
             },
             Reason::kCardDeclined, "card_declined"},
        Case{"forged and expired: forged",
             [](TestCardSpec& s) {
               s.flip_signature = true;
               s.expiry = "200101";
             },
             Reason::kOdaFailed, "signature"}));

TEST_F(GateTest, ValidOnItsFirstAndLastDay) {
  TestCardSpec spec;
  spec.effective = "261123";
  spec.expiry = "261123";
  EXPECT_EQ(Tap(spec).action, GateAction::kAccept);
}

TEST_F(GateTest, TheCryptogramsKindFrom9F10) {
  TestCardSpec spec;
  spec.cid = "";
  EXPECT_EQ(Tap(spec).action, GateAction::kAccept);  // 06010A03A00000: an ARQC
}

TEST_F(GateTest, Format80) {
  TestCardSpec spec;
  spec.format_80 = true;
  EXPECT_EQ(Tap(spec).action, GateAction::kAccept);
}

// A list on a disk that fails.
class UnreadableList final : public DenyListView {
 public:
  std::uint64_t epoch() const override { return 9; }
  std::size_t size() const override { return 1; }
  Result<bool> Contains(std::uint32_t, const Token&) const override {
    return Error(errors::kJournalIo, "pread: Input/output error");
  }
};

TEST_F(GateTest, ACardThatMayBeDeniedOpensNoGate) {
  const UnreadableList unreadable;
  context_.deny_list = &unreadable;
  const TapOutcome outcome = Tap({});
  EXPECT_EQ(outcome.action, GateAction::kRetry);
  EXPECT_EQ(RetryReasonName(outcome.retry), "gate_error");
}

TEST_F(GateTest, DenyListed) {
  Deny();
  const TapOutcome outcome = Tap({});
  EXPECT_EQ(outcome.reason, Reason::kDenyListed);
  EXPECT_FALSE(outcome.card_data.empty());  // a debt may be paid by this tap
  TestCardSpec other;
  other.pan = "4761739001010028";
  other.track2 = "4761739001010028D29122010000000000";
  EXPECT_EQ(Tap(other).action, GateAction::kAccept);
}

TEST_F(GateTest, ADeniedTokenOfAnotherEpochIsNotThisCard) {
  deny_list_ = DenyList::FromSnapshot(9, {{2, vsam_->Tokenise(kPan)}});
  EXPECT_EQ(Tap({}).action, GateAction::kAccept);
}

TEST_F(GateTest, PassedBackWithinTheWindowOnly) {
  EXPECT_EQ(Tap({}).action, GateAction::kAccept);
  context_.time = context_.time + Seconds(299);
  EXPECT_EQ(Tap({}).reason, Reason::kPassedBack);
  context_.time = context_.time + Seconds(1);
  EXPECT_EQ(Tap({}).action, GateAction::kAccept);
  pass_back_.Withdraw(vsam_->Tokenise(kPan));
  EXPECT_EQ(Tap({}).action, GateAction::kAccept);
}

TEST_F(GateTest, ADeniedTapDoesNotStartTheWindow) {
  Deny();
  EXPECT_EQ(Tap({}).reason, Reason::kDenyListed);
  deny_list_ = DenyList();
  EXPECT_EQ(Tap({}).action, GateAction::kAccept);
}

TEST_F(GateTest, NotAcceptedByPolicy) {
  profile_.refused_issuer_countries = {643, 484};
  EXPECT_EQ(Tap({}).reason, Reason::kNotAccepted);
}

TEST_F(GateTest, AParIsBelievedOnlyWhenAuthenticated) {
  TestCardSpec spec;
  spec.par = kPar;
  spec.par_authenticated = false;
  TapOutcome outcome = Tap(spec);
  EXPECT_EQ(outcome.action, GateAction::kAccept);
  EXPECT_EQ(outcome.par, "");
  EXPECT_THAT(ToHex(outcome.chip_data), HasSubstr("9F241D"));  // the issuer may still look at it
  spec.par_authenticated = true;
  spec.flip_signature = true;
  EXPECT_EQ(Tap(spec).par, "");
  spec.flip_signature = false;
  spec.par = "v0010013022298169667504231315";
  EXPECT_EQ(Tap(spec).par, "");
}

TEST_F(GateTest, MediaKindFromTheFormFactor) {
  TestCardSpec spec;
  for (const auto& [form_factor, kind] : {std::pair{"20700000", MediaKind::kEmvCard},
                                          {"21700000", MediaKind::kEmvCard},
                                          {"22700000", MediaKind::kEmvDevice},
                                          {"23700000", MediaKind::kEmvDevice},
                                          {"24700000", MediaKind::kEmvDevice}}) {
    spec.form_factor = form_factor;
    pass_back_ = PassBackWindow(Seconds(0));
    EXPECT_EQ(Tap(spec).media_kind, kind) << form_factor;
  }
}

// A card pulled away after any command: the rider presents again, nothing is recorded, no pass-back
// starts.
TEST_F(GateTest, RemovedAtAnyCommand) {
  TestCard whole{TestCardSpec{}};
  EXPECT_EQ(ProcessTap(whole, context_).action, GateAction::kAccept);
  ASSERT_EQ(whole.commands.size(), 6u);  // PPSE, application, options, three records
  pass_back_ = PassBackWindow(Seconds(300));
  for (std::size_t n = 0; n < whole.commands.size(); ++n) {
    TestCard card{TestCardSpec{}};
    card.instead[n] = std::nullopt;
    const TapOutcome outcome = ProcessTap(card, context_);
    EXPECT_EQ(outcome.action, GateAction::kRetry);
    EXPECT_EQ(outcome.retry, RetryReason::kCardRemoved) << n;
    EXPECT_FALSE(outcome.token.has_value());
  }
}

// Answers that are cut, changed or nonsense at any command never crash and never pass.
TEST_F(GateTest, HostileAnswersNeverPass) {
  pass_back_ = PassBackWindow(Seconds(0));
  for (std::size_t n = 0; n < 6; ++n) {
    for (const char* answer : {"", "90", "9000", "6985", "6F00", "00009000", "7081FF9000",
                               "77039F26809000", "800190009000", "6F80A59000"}) {
      TestCard card{TestCardSpec{}};
      card.instead[n] = Hex(answer);
      const TapOutcome outcome = ProcessTap(card, context_);
      EXPECT_NE(outcome.action, GateAction::kAccept) << n << " " << answer;
    }
  }
}

TEST_F(GateTest, EveryAnswerCutAnywhereNeverPasses) {
  pass_back_ = PassBackWindow(Seconds(0));
  for (std::size_t n = 0; n < 6; ++n) {
    for (std::size_t keep = 0; keep < 240; keep += 7) {
      TestCard card{TestCardSpec{}};
      bool cut = false;
      card.change = [&](std::size_t number, Bytes& answer) {
        if (number != n || answer.size() - 2 <= keep) return;
        cut = true;
        answer.resize(keep);
        answer.push_back(0x90);
        answer.push_back(0x00);
      };
      const TapOutcome outcome = ProcessTap(card, context_);
      EXPECT_EQ(outcome.action == GateAction::kAccept, !cut) << n << " " << keep;
    }
  }
}

// A card may not make a record longer than allowed: its elements have sizes.
TEST_F(GateTest, OversizedElementsAreACardError) {
  TestCardSpec spec;
  spec.iad = std::string(2 * 33, 'A');
  EXPECT_EQ(Tap(spec).retry, RetryReason::kCardError);
  spec = {};
  spec.form_factor = std::string(2 * 33, '2');
  EXPECT_EQ(Tap(spec).retry, RetryReason::kCardError);
}

TEST_F(GateTest, NoApplication) {
  TestCardSpec spec;
  spec.aid = "A0000000041010";
  EXPECT_EQ(Tap(spec).retry, RetryReason::kNoApplication);
  TestCard card{TestCardSpec{}};
  card.instead[0] = Hex("6A82");
  EXPECT_EQ(ProcessTap(card, context_).retry, RetryReason::kNoApplication);
}

TEST_F(GateTest, APdolThatAsksTooMuchIsACardError) {
  TestCardSpec spec;
  spec.pdol = "9F66049F37FF9F02FF";
  TestCard card(spec);
  EXPECT_EQ(ProcessTap(card, context_).retry, RetryReason::kCardError);
}

TEST_F(GateTest, DetailsCarryNoCardData) {
  for (TestCardSpec spec :
       {TestCardSpec{}, TestCardSpec{.flip_signature = true}, TestCardSpec{.expiry = "2911"}}) {
    EXPECT_EQ(Tap(spec).detail.find(kPan.substr(0, 6)), std::string::npos);
  }
}

}  // namespace
}  // namespace plaza::emv
