// Whole taps with a simulated card of each kernel, minted by the test CA.
#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/reasons.h"
#include "libs/emv/tlv/reader.h"
#include "libs/emv/tlv/writer.h"
#include "tests/support/emv/test_gate.h"

namespace plaza::emv {
namespace {

using test::Hex;
using test::SpecOf;
using test::TestCard;
using test::TestCardSpec;
using test::TestGate;
using ::testing::HasSubstr;

bool IsFdda(int kernel) { return kernel == 3 || kernel == 7; }

class KernelsTest : public ::testing::TestWithParam<int> {
 protected:
  TestCardSpec spec_ = SpecOf(GetParam());
  TestGate gate_;
};
INSTANTIATE_TEST_SUITE_P(Kernels, KernelsTest, ::testing::Values(2, 3, 4, 7));

TEST_P(KernelsTest, AGoodCardIsAccepted) {
  TapTrace trace;
  const TapOutcome outcome = gate_.Tap(spec_, &trace);
  EXPECT_EQ(outcome.action, GateAction::kAccept) << outcome.detail;
  EXPECT_EQ(outcome.oda.result, OdaResult::kPassed);
  EXPECT_EQ(outcome.oda.method, IsFdda(GetParam()) ? OdaMethod::kFdda : OdaMethod::kCda);
  EXPECT_EQ(outcome.outcome.kind, OutcomeKind::kOnlineRequest);
  EXPECT_EQ(outcome.token, gate_.vsam->Tokenise(spec_.pan));
  EXPECT_EQ(ToHex(trace.selected.kernel_id), "0" + std::to_string(GetParam()));
  EXPECT_EQ(ToHex(trace.selected.adf_name), spec_.aid);
  const char* cryptogram = IsFdda(GetParam()) ? "0102030405060708" : "1112131415161718";
  EXPECT_EQ(ToHex(trace.card.Get(tag::kCryptogram)), cryptogram);
  EXPECT_THAT(ToHex(outcome.chip_data), HasSubstr(std::string("9F2608") + cryptogram));
  EXPECT_THAT(ToHex(outcome.chip_data), HasSubstr("95050000000000"));
  EXPECT_EQ(trace.terminal.Has(tag::kCvmResults), !IsFdda(GetParam()));
}

TEST_P(KernelsTest, AsksForAnArqcWithCda) {
  TestCard card(spec_);
  gate_.Tap(card);
  const Command& last = card.commands.back();
  if (IsFdda(GetParam())) {
    EXPECT_EQ(last.ins, 0xB2);
    return;
  }
  EXPECT_EQ(last.ins, 0xAE);
  EXPECT_EQ(last.p1, 0x90);
  EXPECT_EQ(last.p2, 0x00);
  EXPECT_EQ(ToHex(last.data),
            "000000001100"
            "000000000000"
            "0484"
            "0000000000"
            "0484"
            "261123"
            "00"
            "38393031"
            "25"
            "3F0000");
}

TEST_P(KernelsTest, Format80) {
  spec_.format_80 = true;
  EXPECT_EQ(gate_.Tap(spec_).action, GateAction::kAccept);
}

struct DenyCase {
  Reason reason;
  const char* detail;
  std::function<void(TestCardSpec&, TestGate&)> change;
};

TEST_P(KernelsTest, EachDenyReason) {
  const std::vector<DenyCase> cases = {
      {Reason::kOdaFailed, "signature_",
       [](TestCardSpec& s, TestGate&) { s.flip_signature = true; }},
      {Reason::kOdaFailed, "not_possible, ca_key_unknown",
       [](TestCardSpec&, TestGate& g) { g.capks = CapkTable(); }},
      {Reason::kOdaFailed, "not_possible, method_not_supported",
       [](TestCardSpec& s, TestGate&) { s.aip = "0080"; }},
      {Reason::kOdaFailed, "sda_tag_list", [](TestCardSpec& s, TestGate&) { s.sda_tags = "8294"; }},
      {Reason::kExpired, "expired", [](TestCardSpec& s, TestGate&) { s.expiry = "261122"; }},
      {Reason::kNotYetValid, "not_yet_valid",
       [](TestCardSpec& s, TestGate&) { s.effective = "261124"; }},
      {Reason::kDenyListed, "deny_listed",
       [](TestCardSpec& s, TestGate& g) {
         g.deny_list = DenyList::FromSnapshot(9, {{3, g.vsam->Tokenise(s.pan)}});
       }},
      {Reason::kPassedBack, "passed_back",
       [](TestCardSpec& s, TestGate& g) {
         g.pass_back = PassBackWindow(Seconds(300));
         EXPECT_EQ(g.Tap(s).action, GateAction::kAccept);
       }},
      {Reason::kPanMismatch, "pan_mismatch",
       [](TestCardSpec& s, TestGate&) { s.track2[5] = s.track2[5] == '9' ? '8' : '9'; }},
      {Reason::kCardDeclined, "card_declined", [](TestCardSpec& s, TestGate&) { s.cid = "00"; }},
      {Reason::kCardDeclined, "card_declined", [](TestCardSpec& s, TestGate&) { s.cid = "40"; }},
      {Reason::kNotAccepted, "not_accepted",
       [](TestCardSpec&, TestGate& g) { g.profile.refused_issuer_countries = {484}; }},
  };
  for (const DenyCase& c : cases) {
    TestCardSpec spec = spec_;
    TestGate gate;
    c.change(spec, gate);
    const TapOutcome outcome = gate.Tap(spec);
    EXPECT_EQ(outcome.action, GateAction::kDeny) << c.detail << ": " << outcome.detail;
    EXPECT_EQ(outcome.reason, c.reason) << c.detail << ": " << outcome.detail;
    EXPECT_THAT(outcome.detail, HasSubstr(c.detail));
  }
}

TEST_P(KernelsTest, WithoutATagListTheAipIsNotCovered) {
  spec_.sda_tags = "";
  EXPECT_EQ(gate_.Tap(spec_).action, GateAction::kAccept);
}

// Offline approval: kernels 3 and 7 may, where no ARQC was asked; the signature is then of format
// 05.
TEST_P(KernelsTest, ATcIsAcceptedOnlyWhereNoArqcWasAsked) {
  spec_.cid = "40";
  spec_.signed_format = 0x05;
  EXPECT_EQ(gate_.Tap(spec_).reason, Reason::kCardDeclined);
  for (Combination& combination : gate_.profile.combinations) {
    combination.ttq = Ttq{0x21, 0x00, 0x00, 0x00};
    combination.floor_limit = 1100;
  }
  const TapOutcome offline = gate_.Tap(spec_);
  EXPECT_EQ(offline.reason, IsFdda(GetParam()) ? Reason::kNone : Reason::kCardDeclined);
  if (!IsFdda(GetParam())) return;
  EXPECT_EQ(offline.oda.signed_data_format, 0x05);
  EXPECT_EQ(offline.outcome.kind, OutcomeKind::kApproved);
  spec_.signed_format = 0x95;
  EXPECT_EQ(gate_.Tap(spec_).oda.reason, oda_reason::kSignedDataFormat);
  gate_.profile.amount_minor = 1101;  // above the floor limit: the TTQ asks for an ARQC
  EXPECT_EQ(gate_.Tap(spec_).reason, Reason::kCardDeclined);
}

TEST_P(KernelsTest, RemovedAtAnyCommand) {
  TestCard whole(spec_);
  ASSERT_EQ(gate_.Tap(whole).action, GateAction::kAccept);
  for (std::size_t n = 0; n < whole.commands.size(); ++n) {
    TestCard card(spec_);
    card.instead[n] = std::nullopt;
    const TapOutcome outcome = gate_.Tap(card);
    EXPECT_EQ(outcome.retry, RetryReason::kCardRemoved) << n;
    EXPECT_EQ(outcome.outcome.start, Start::kB) << n;
    EXPECT_EQ(card.commands.size(), n + 1);
  }
}

// Each command answered with an error, with too much, or with no end of 61xx.
TEST_P(KernelsTest, HostileAnswersEndInARetry) {
  TestCard whole(spec_);
  ASSERT_EQ(gate_.Tap(whole).action, GateAction::kAccept);
  Bytes flood(std::size_t{256} << 10, 0x00);
  flood.insert(flood.end(), {0x90, 0x00});
  for (std::size_t n = 0; n < whole.commands.size(); ++n) {
    for (const Bytes& answer :
         {Hex("6F00"), Hex("9000"), Hex("77009000"), Hex("80009000"), flood}) {
      TestCard card(spec_);
      card.instead[n] = answer;
      EXPECT_EQ(gate_.Tap(card).action, GateAction::kRetry) << n << " " << answer.size();
      EXPECT_LE(card.commands.size(), n + 2);
    }
    for (const char* loop : {"6101", "6C01"}) {
      TestCard card(spec_);
      card.change = [&](std::size_t number, Bytes& answer) {
        if (number >= n) answer = Hex(loop);
      };
      EXPECT_EQ(gate_.Tap(card).action, GateAction::kRetry) << n << " " << loop;
      EXPECT_LE(card.commands.size(), n + static_cast<std::size_t>(kFollowUpsMax) + 1);
    }
  }
}

TEST_P(KernelsTest, ARefusalOfGetProcessingOptions) {
  struct Case {
    const char* sw;
    OutcomeKind of_others;
  };
  for (const Case& c :
       {Case{"6984", OutcomeKind::kTryAnotherInterface}, Case{"6985", OutcomeKind::kSelectNext},
        Case{"6986", OutcomeKind::kTryAgain}, Case{"6A81", OutcomeKind::kEndApplication}}) {
    TestCard card(spec_);
    card.instead[2] = Hex(c.sw);
    const TapOutcome outcome = gate_.Tap(card);
    EXPECT_EQ(outcome.retry, RetryReason::kCardError) << c.sw;
    EXPECT_EQ(outcome.outcome.kind, GetParam() == 2 ? OutcomeKind::kSelectNext : c.of_others);
    EXPECT_THAT(outcome.detail, HasSubstr(c.sw));
  }
}

// CA, issuer and card: shortest, longest, with and without remainders. Made once for all kernels.
const std::vector<test::TestKeys>& KeysOfEveryLength() {
  static const std::vector<test::TestKeys> all = [] {
    std::vector<test::TestKeys> keys;
    for (const auto& [ca, issuer, icc, exponent] : {std::tuple{512, 512, 512, 3U},
                                                    {768, 640, 512, 65537U},
                                                    {1024, 1024, 1024, 3U},
                                                    {1984, 1408, 1024, 65537U},
                                                    {1984, 1984, 1984, 3U},
                                                    {1984, 1976, 1152, 3U}}) {
      keys.push_back(test::MakeKeys(ca, issuer, icc, exponent));
    }
    return keys;
  }();
  return all;
}

TEST_P(KernelsTest, KeysOfEveryLength) {
  for (const test::TestKeys& keys : KeysOfEveryLength()) {
    gate_.capks = test::TestCapks(keys.ca);
    spec_.keys = &keys;
    const TapOutcome outcome = gate_.Tap(spec_);
    EXPECT_EQ(outcome.action, GateAction::kAccept) << keys.ca.size() << " " << outcome.detail;
    ASSERT_TRUE(outcome.oda.icc_key);
    EXPECT_EQ(outcome.oda.icc_key->modulus, keys.icc.modulus());
  }
}

// The bits of an answer that the signature, a certificate or the certificates' own working depend
// on: all of each record, of GENERATE AC's answer, and of the AIP and 9F4B where they come with
// others.
std::vector<std::pair<std::size_t, std::size_t>> AuthenticatedRanges(const Command& command,
                                                                     const Bytes& answer,
                                                                     int kernel) {
  const std::size_t size = answer.size() - 2;
  if (command.ins == 0xB2 || command.ins == 0xAE) return {{0, size}};
  if (command.ins != 0xA8) return {};
  if (!IsFdda(kernel)) return {{0, size}};
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  TlvReader outer(ByteView(answer).first(size));
  Tlv object;
  EXPECT_TRUE(*outer.Next(object));
  TlvReader inner(object.value, object.value_offset);
  while (true) {
    const auto more = inner.Next(object);
    if (!more.ok() || !*more) return ranges;
    if (object.tag != tag::kAip && object.tag != tag::kSignedDynamicData) continue;
    ranges.emplace_back(object.value_offset, object.value_offset + object.value.size());
  }
}

TEST_P(KernelsTest, NoChangedBitPasses) {
  static const test::TestKeys keys = test::MakeKeys(768, 640, 512, 3);
  gate_.capks = test::TestCapks(keys.ca);
  spec_.keys = &keys;
  TestCard card(spec_);
  std::vector<Bytes> answers;
  card.change = [&](std::size_t, Bytes& answer) { answers.push_back(answer); };
  ASSERT_EQ(gate_.Tap(card).action, GateAction::kAccept);
  const std::vector<Command> commands = card.commands;
  std::size_t flips = 0;
  for (std::size_t n = 0; n < answers.size(); ++n) {
    for (const auto& [from, to] : AuthenticatedRanges(commands[n], answers[n], GetParam())) {
      for (std::size_t bit = from * 8; bit < to * 8; ++bit, ++flips) {
        card.commands.clear();
        card.change = [&](std::size_t number, Bytes& answer) {
          if (number == n) answer[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
        };
        ASSERT_NE(gate_.Tap(card).action, GateAction::kAccept) << n << " bit " << bit;
      }
    }
  }
  EXPECT_GT(flips, 2500u);
}

TEST_P(KernelsTest, AParIsBelievedOnlyWhenAuthenticated) {
  spec_.par = "V0010013022298169667504231315";
  EXPECT_EQ(gate_.Tap(spec_).par, spec_.par);
  spec_.par_authenticated = false;
  EXPECT_EQ(gate_.Tap(spec_).par, "");
}

class GenerateAcTest : public KernelsTest {};
INSTANTIATE_TEST_SUITE_P(Kernels, GenerateAcTest, ::testing::Values(2, 4));

TEST_P(GenerateAcTest, TheCryptogramIsTheSignedOne) {
  spec_.clear_cryptogram = "AAAAAAAAAAAAAAAA";
  TapTrace trace;
  EXPECT_EQ(gate_.Tap(spec_, &trace).action, GateAction::kAccept);
  EXPECT_EQ(ToHex(trace.card.Get(tag::kCryptogram)), "1112131415161718");
}

TEST_P(GenerateAcTest, ACardThatDoesNotSignIsDenied) {
  spec_.cda_in_clear = true;
  const TapOutcome outcome = gate_.Tap(spec_);
  EXPECT_EQ(outcome.reason, Reason::kOdaFailed);
  EXPECT_EQ(outcome.oda.reason, oda_reason::kSignatureMissing);
}

TEST_P(GenerateAcTest, VerificationResultsAreThoseThatTheCardWasSent) {
  spec_.expiry = "261122";
  spec_.aip = "1180";
  spec_.cvm_list = "000000000000000042031F00";
  TestCard card(spec_);
  TapTrace trace;
  EXPECT_EQ(gate_.Tap(card, &trace).reason, Reason::kExpired);
  EXPECT_EQ(ToHex(trace.terminal.Get(tag::kTvr)), "0040000000");
  EXPECT_EQ(ToHex(trace.terminal.Get(tag::kCvmResults)), "1F0002");
  EXPECT_THAT(ToHex(card.commands.back().data), HasSubstr("0040000000"));
  EXPECT_THAT(ToHex(card.commands.back().data), HasSubstr("1F0002"));
}

TEST_P(GenerateAcTest, WithoutCdaInTheAipNoneIsAsked) {
  spec_.aip = "2080";
  TestCard card(spec_);
  TapTrace trace;
  EXPECT_EQ(gate_.Tap(card, &trace).oda.reason, oda_reason::kMethodNotSupported);
  EXPECT_EQ(card.commands.back().p1, 0x80);
  EXPECT_EQ(ToHex(trace.terminal.Get(tag::kTvr)), "8000000000");
}

TEST_P(GenerateAcTest, ACdolThatAsksTooMuchIsACardError) {
  spec_.cdol1 = "9F02FF9F37FF";
  EXPECT_EQ(gate_.Tap(spec_).retry, RetryReason::kCardError);
  spec_.cdol1 = "9F";
  TestCard card(SpecOf(GetParam()));
  card.instead[3] = Hex("700A5A0447617390008C019F9000");
  EXPECT_EQ(gate_.Tap(card).retry, RetryReason::kCardError);
}

TEST(MediaKindTest, OfThirdPartyData) {
  for (const auto& [value, kind] : {std::pair{"0484000130300000", MediaKind::kEmvCard},
                                    {"0484000130310000", MediaKind::kEmvDevice},
                                    {"04848001303100", MediaKind::kEmvCard},  // no device type
                                    {"0484000130", MediaKind::kEmvCard}}) {
    TestGate gate;
    TestCardSpec spec = SpecOf(2);
    spec.form_factor = value;
    EXPECT_EQ(gate.Tap(spec).media_kind, kind) << value;
  }
}

// A card with two applications: the first hands back, the second is used.
TEST(SelectNextTest, TheNextCandidateIsRun) {
  TestCardSpec spec = SpecOf(3);
  Bytes list;
  for (const char* priority : {"01", "02"}) {
    Bytes entry = MakeTlv(tag::kAid, Hex(spec.aid));
    AppendTlv(entry, tag::kPriority, Hex(priority));
    AppendTlv(list, tag::kDirectoryEntry, entry);
  }
  spec.ppse = MakeTlv(tag::kFci, MakeTlv(tag::kFciProprietary, MakeTlv(tag::kFciIssuerData, list)));
  TestGate gate;
  TestCard card(spec);
  card.instead[2] = Hex("6985");
  const TapOutcome outcome = gate.Tap(card);
  EXPECT_EQ(outcome.action, GateAction::kAccept) << outcome.detail;
  EXPECT_EQ(card.commands[3].ins, 0xA4);
}

TEST(SelectNextTest, AnAmountAboveTheLimitAllowsNoApplication) {
  TestGate gate;
  for (Combination& combination : gate.profile.combinations) combination.transaction_limit = 1100;
  EXPECT_EQ(gate.Tap(SpecOf(3)).retry, RetryReason::kNoApplication);
}

}  // namespace
}  // namespace plaza::emv
