#include "services/vault/core/request.h"

#include <gtest/gtest.h>

namespace plaza::vault {
namespace {

AuthRequest Request() {
  AuthRequest request;
  request.id = Uuid::V5(id_space::Request(), "x");
  request.account = AccountId(Uuid::V5(id_space::Account(), "a"));
  request.aggregate = AggregateId(Uuid::V5(id_space::Aggregate(), "g"));
  request.attempt = 1;
  request.purpose = Purpose::kAuthorisation;
  request.amount = Money(1100, Currency::Parse("MXN").value());
  request.event_time = Instant{1'764'040'453'123};
  return request;
}

TEST(RequestTest, TheStepFollowsFromWhatIsKnown) {
  const Fingerprint same = FingerprintOf(Request());
  Fingerprint other = same;
  other[0] ^= 1;
  struct Case {
    RequestHistory history;
    Step step;
  };
  for (const Case& c : {
           Case{{std::nullopt, std::nullopt, false}, Step::kPark},
           Case{{std::nullopt, std::nullopt, true}, Step::kAskAcquirer},
           Case{{std::nullopt, same, false}, Step::kKeepWaiting},
           Case{{std::nullopt, same, true}, Step::kAskAcquirer},
           Case{{std::nullopt, other, false}, Step::kRefuseConflict},
           Case{{same, std::nullopt, true}, Step::kRepeatAnswer},
           Case{{same, std::nullopt, false}, Step::kRepeatAnswer},
           Case{{other, std::nullopt, true}, Step::kRefuseConflict},
           Case{{other, same, true}, Step::kRefuseConflict},
       }) {
    EXPECT_EQ(NextStep(same, c.history), c.step);
  }
}

TEST(RequestTest, TheFingerprintIsOfWhatMovesMoney) {
  const Fingerprint base = FingerprintOf(Request());
  AuthRequest request = Request();
  request.account = AccountId(Uuid::V5(id_space::Account(), "survivor"));
  request.tap = TapId("GDL-1:9");
  request.event_time = Instant{1};
  request.card.token[0] = 9;
  EXPECT_EQ(FingerprintOf(request), base);

  request = Request();
  request.amount = Money(1101, Currency::Parse("MXN").value());
  EXPECT_NE(FingerprintOf(request), base);
  request = Request();
  request.amount = Money(1100, Currency::Parse("USD").value());
  EXPECT_NE(FingerprintOf(request), base);
  request = Request();
  request.attempt = 2;
  EXPECT_NE(FingerprintOf(request), base);
  request = Request();
  request.purpose = Purpose::kCapture;
  EXPECT_NE(FingerprintOf(request), base);
  request = Request();
  request.aggregate = AggregateId(Uuid::V5(id_space::Aggregate(), "h"));
  EXPECT_NE(FingerprintOf(request), base);
}

TEST(RequestTest, AnAnswerRepeatsTheRequestAndTheVerdict) {
  const AuthRequest request = Request();
  const Answer yes = BuildAnswer(request, {true, "00", "ABC123", "000000000042", "PAR"});
  EXPECT_EQ(yes.request, request.id);
  EXPECT_EQ(yes.account, request.account);
  EXPECT_EQ(yes.aggregate, request.aggregate);
  EXPECT_EQ(yes.attempt, 1u);
  EXPECT_EQ(yes.amount, request.amount);
  EXPECT_EQ(yes.event_time, request.event_time);
  EXPECT_TRUE(yes.approved);
  EXPECT_EQ(yes.approval_code, "ABC123");
  const Answer no = BuildAnswer(request, {false, "51", "ABC123", "000000000042", ""});
  EXPECT_FALSE(no.approved);
  EXPECT_EQ(no.response_code, "51");
  EXPECT_EQ(no.approval_code, "");  // a decline has none, whatever the acquirer said
}

}  // namespace
}  // namespace plaza::vault
