#include <gmock/gmock.h>

#include "services/clearing/errors.h"
#include "services/clearing/limits.h"
#include "tests/unit/services/clearing/core/fold_fixture.h"

namespace plaza::clearing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kMorning = "2026-11-23T08:00:00-06:00";

// `state` is the old account, `survivor` the other side; facts between them are carried by hand.
class LinkTest : public FoldTest {
 protected:
  LinkTest() { survivor.id = AccountOf("survivor"); }

  void OwesAndIsDenied() {
    TapAt(kMorning, "G1:1");
    Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 1000}});
    Close("2026-11-23", {TapValue(kMorning, "G1:1")});
    Answered(Purpose::kAuthorisation, "51");
  }
  Effects LinkAway() {
    Effects out;
    EXPECT_TRUE(ApplyLinkedAway(state, survivor.id, {}, out).ok());
    return out;
  }
  Effects LinkHere(std::vector<Token> tokens = {}) {
    Effects out;
    EXPECT_TRUE(ApplyLinkedHere(survivor, state.id, tokens, out).ok());
    return out;
  }
  Effects Tell(const Handover& handover) {
    Effects out;
    EXPECT_TRUE(ApplyHandover(survivor, handover, out).ok());
    return out;
  }
  Effects SurvivorTap(char token) {
    Effects out;
    EXPECT_TRUE(
        ApplyTap(context(), survivor, TapValue(kMorning, std::string("S:") + token, token), out)
            .ok());
    return out;
  }

  AccountState survivor;
};

TEST_F(LinkTest, DebtAndDenialPassToTheSurvivorAndAllTokens) {
  SurvivorTap('s');
  OwesAndIsDenied();
  LinkHere();
  const Effects away = LinkAway();
  ASSERT_EQ(away.handovers.size(), 1U);
  EXPECT_TRUE(away.handovers[0].owing);
  EXPECT_THAT(DenyChanges(Tell(away.handovers[0])), ElementsAre("+debt s", "+debt a"));
  EXPECT_TRUE(survivor.Owing());
  EXPECT_THAT(DenyChanges(SurvivorTap('t')), ElementsAre("+debt t"));
}

TEST_F(LinkTest, ADebtThatArisesAfterTheLinkReachesTheSurvivorToo) {
  SurvivorTap('s');
  const Effects away = LinkAway();
  EXPECT_THAT(DenyChanges(Tell(away.handovers.at(0))), IsEmpty());
  TapAt(kMorning, "G1:1");
  Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 1000}});
  Close("2026-11-23", {TapValue(kMorning, "G1:1")});
  const Effects declined = Answered(Purpose::kAuthorisation, "51");
  EXPECT_THAT(DenyChanges(declined), IsEmpty());  // the survivor keeps the list
  EXPECT_THAT(DenyChanges(Tell(declined.handovers.at(0))), ElementsAre("+debt s", "+debt a"));
}

TEST_F(LinkTest, ADebtThatIsRefundedAllowsTheSurvivorAgain) {
  OwesAndIsDenied();
  Tell(LinkAway().handovers.at(0));
  const Effects refunded = Charged("G1:1", 2, kMorning, {{OperatorId("siteur"), -1000}});
  const Effects told = Tell(refunded.handovers.at(0));
  EXPECT_THAT(DenyChanges(told), ElementsAre("-refunded a"));
  EXPECT_FALSE(survivor.Owing());
}

// A refused first use denies without a debt; an approval of the old account then speaks for the
// rider.
TEST_F(LinkTest, AnApprovalOfTheOldAccountClearsTheSurvivor) {
  Handover handover;
  handover.from = state.id;
  handover.to = survivor.id;
  handover.revision = 1;
  handover.denied_reason = "first_use_declined";
  handover.tokens = {TokenOf('a')};
  EXPECT_THAT(DenyChanges(Tell(handover)), ElementsAre("+first_use_declined a"));
  handover.revision = 2;
  handover.denied_reason.clear();
  EXPECT_THAT(DenyChanges(Tell(handover)), ElementsAre("-verified a"));
  EXPECT_FALSE(survivor.denied);
}

TEST_F(LinkTest, AnApprovalOfTheOldAccountDoesNotClearTheSurvivorsOwnDebt) {
  Handover handover;
  handover.from = state.id;
  handover.to = survivor.id;
  handover.revision = 1;
  handover.denied_reason = "first_use_declined";
  Tell(handover);
  TapAt(kMorning, "G1:1");
  std::swap(state, survivor);
  Charged("S:1", 1, kMorning, {{OperatorId("siteur"), 700}});
  Close("2026-11-23", {TapValue(kMorning, "S:1", 's')});
  Answered(Purpose::kAuthorisation, "51");
  std::swap(state, survivor);
  handover.revision = 2;
  handover.denied_reason.clear();
  EXPECT_THAT(DenyChanges(Tell(handover)), IsEmpty());
  EXPECT_TRUE(survivor.denied);
}

TEST_F(LinkTest, OldNewsAndRepeatsChangeNothing) {
  OwesAndIsDenied();
  const Handover first = LinkAway().handovers.at(0);
  EXPECT_TRUE(LinkAway().duplicate);
  EXPECT_TRUE(LinkAway().handovers.empty());
  const Effects refunded = Charged("G1:1", 2, kMorning, {{OperatorId("siteur"), -1000}});
  Tell(first);
  Tell(refunded.handovers.at(0));
  EXPECT_TRUE(Tell(first).duplicate);
  EXPECT_FALSE(survivor.denied);
}

TEST_F(LinkTest, TheSurvivorsOwnDebtDeniesTheOldTokens) {
  TapAt(kMorning, "G1:1");
  Tell(LinkAway().handovers.at(0));
  std::swap(state, survivor);
  Charged("S:1", 1, kMorning, {{OperatorId("siteur"), 700}});
  Close("2026-11-23", {TapValue(kMorning, "S:1", 's')});
  EXPECT_THAT(DenyChanges(Answered(Purpose::kAuthorisation, "51")), ElementsAre("+debt a"));
}

TEST_F(LinkTest, AnySequenceOfTheTwoSidesEndsAlike) {
  OwesAndIsDenied();
  const Handover told = LinkAway().handovers.at(0);
  AccountState first = survivor;
  std::swap(first, survivor);
  LinkHere({TokenOf('a')});
  Tell(told);
  std::swap(first, survivor);
  Tell(told);
  LinkHere({TokenOf('a')});
  EXPECT_EQ(first.denied, survivor.denied);
  EXPECT_EQ(first.tokens, survivor.tokens);
  EXPECT_EQ(first.linked.size(), survivor.linked.size());
}

TEST_F(LinkTest, RefusesCirclesOtherSurvivorsAndForeignTokens) {
  Effects out;
  EXPECT_FALSE(ApplyLinkedAway(state, state.id, {}, out).ok());
  LinkAway();
  EXPECT_FALSE(ApplyLinkedAway(state, AccountOf("third"), {}, out).ok());
  EXPECT_FALSE(ApplyLinkedHere(state, survivor.id, {}, out).ok());
  LinkHere();
  EXPECT_FALSE(ApplyLinkedAway(survivor, state.id, {}, out).ok());
  const Token short_token{1, "abc"};
  const Result<void> done = ApplyLinkedHere(survivor, state.id, std::span(&short_token, 1), out);
  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.error().Is(kBadFact));
}

TEST_F(LinkTest, TokensAreBounded) {
  std::vector<Token> tokens;
  for (std::uint32_t i = 0; i <= kTokensPerAccountMax; ++i)
    tokens.push_back({i, std::string(32, 'x')});
  Effects out;
  EXPECT_FALSE(ApplyLinkedHere(survivor, state.id, tokens, out).ok());
  tokens.pop_back();
  EXPECT_TRUE(ApplyLinkedHere(survivor, state.id, tokens, out).ok());
}

}  // namespace
}  // namespace plaza::clearing
