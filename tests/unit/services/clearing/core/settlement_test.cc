#include <gtest/gtest.h>

#include "services/clearing/core/settlement.h"
#include "tests/unit/services/clearing/core/fold_fixture.h"

namespace plaza::clearing {
namespace {

TEST(Settlement, Table) {
  const struct {
    std::int64_t charged, returned, refunded, carry, points, min;
    std::int64_t gross, fees, net, payout, carry_out;
  } table[] = {
      {1000, 0, 0, 0, 0, 1, 1000, 0, 1000, 1000, 0},
      {1000, 300, 0, 0, 0, 1, 700, 0, 700, 700, 0},
      {1000, 0, 200, 0, 150, 1, 1000, 15, 785, 785, 0},
      {999, 0, 0, 0, 150, 1, 999, 14, 985, 985, 0},      // fees are floored
      {1000, 0, 0, 0, 0, 1001, 1000, 0, 1000, 0, 1000},  // below the least payout: carried
      {1000, 0, 0, 1, 0, 1001, 1000, 0, 1001, 1001, 0},  // with what was carried it is enough
      {0, 0, 500, 0, 0, 1, 0, 0, -500, 0, -500},         // refunds only
      {400, 0, 0, -500, 0, 1, 400, 0, -100, 0, -100},
      {500, 0, 0, -500, 0, 0, 500, 0, 0, 0, 0},  // nothing is not paid
  };
  const OperatorId id("siteur");
  for (const auto& row : table) {
    Policy policy = TestPolicy();
    policy.settlement = {row.points, row.min};
    const OperatorDay days[] = {{Day("2026-11-23"), id, 1, row.charged, row.returned, 0, 0},
                                {Day("2026-11-23"), id, 2, 0, 0, row.refunded, 7}};
    const Result<Settlement> s = SettleOperator(policy, Day("2026-11-23"), id, days, row.carry);
    ASSERT_TRUE(s.ok());
    EXPECT_EQ(s->gross_minor, row.gross);
    EXPECT_EQ(s->fees_minor, row.fees);
    EXPECT_EQ(s->net_minor, row.net);
    EXPECT_EQ(s->payout_minor, row.payout);
    EXPECT_EQ(s->carry_out_minor, row.carry_out);
    EXPECT_EQ(s->subsidies_minor, 7);
    std::int64_t posted = 0;
    for (const Posting& p : SettlementPostings(*s, Instant{0})) {
      EXPECT_EQ(p.debit, "operator_payable:siteur");
      posted += p.amount.amount_minor();
    }
    EXPECT_EQ(posted, row.fees + row.payout);
  }
}

TEST(Settlement, FeesOfTheLargestGrossStayWithin64Bits) {
  Policy policy = TestPolicy();
  policy.settlement = {10'000, 1};
  const OperatorId id("x");
  const OperatorDay day{Day("2026-11-23"), id, 0, INT64_MAX, 0, 0, 0};
  EXPECT_EQ(SettleOperator(policy, Day("2026-11-23"), id, std::span(&day, 1), 0)->fees_minor,
            INT64_MAX);
  EXPECT_FALSE(SettleOperator(policy, Day("2026-11-23"), id, std::span(&day, 1), 1).ok());
}

TEST(Settlement, ApportionsWhatIsLeftByShard) {
  const OperatorDay days[] = {{Day("2026-11-23"), OperatorId("a"), 3, 900, 200, 0, 0},
                              {Day("2026-11-23"), OperatorId("b"), 3, 200, 200, 50, 0}};
  const auto postings = Apportion(TestPolicy(), days, Instant{5});
  ASSERT_EQ(postings.size(), 1U);
  EXPECT_EQ(postings[0].debit, "suspense");
  EXPECT_EQ(postings[0].credit, "operator_payable:a");
  EXPECT_EQ(postings[0].amount.amount_minor(), 700);
  EXPECT_EQ(postings[0].shard, 3);
}

// Golden: an auditor who follows the README gets this.
TEST(Posting, TheChainIsPinned) {
  Posting p;
  p.kind = "charge";
  p.id = *Uuid::Parse("00112233-4455-5677-8899-aabbccddeeff");
  p.reference = "G1:1";
  p.leg_id = "G1:1";
  p.operator_id = "siteur";
  p.account = *Uuid::Parse("ffeeddcc-bbaa-5988-b766-554433221100");
  p.debit = "card_receivable";
  p.credit = "suspense";
  p.amount = Money(1100, *Currency::Parse("MXN"));
  p.business_day = Day("2026-11-23");
  p.event_time = Instant{1'763'906'400'000};
  p.shard = 0;
  const std::string bytes = CanonicalBytes(1, p);
  EXPECT_EQ(bytes.substr(0, 19), std::string("\0\0\0\x01"
                                             "1"
                                             "\0\0\0\x0A"
                                             "2026-11-23",
                                             19));
  std::string chained(32, '\0');
  chained += bytes;
  EXPECT_EQ(ChainHash(Sha256Digest{}, 1, p), Sha256(AsBytes(chained)));
  Posting other = p;
  other.amount = Money(1101, p.amount.currency());
  EXPECT_NE(ChainHash(Sha256Digest{}, 1, p), ChainHash(Sha256Digest{}, 1, other));
}

}  // namespace
}  // namespace plaza::clearing
