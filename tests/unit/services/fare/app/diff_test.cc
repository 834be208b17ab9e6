// What goes out when an account is rated again: as tables.
#include "services/fare/app/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plaza::fare {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const AccountId kAccount(Uuid::V5(Uuid(), "rider"));
const AccountId kOld(Uuid::V5(Uuid(), "the rider's old account"));

struct LegSpec {
  std::string id;
  std::int64_t charged = 0;
  std::vector<OperatorShare> shares;
  std::vector<PayerSubsidy> subsidies;
};
struct JourneySpec {
  std::string id;
  std::vector<LegSpec> legs;
};

Statement MakeStatement(const std::vector<JourneySpec>& journeys,
                        std::string_view currency = "MXN") {
  Statement statement;
  statement.currency = Currency::Parse(currency).value();
  for (const JourneySpec& spec : journeys) {
    StatementJourney& journey = statement.journeys.emplace_back();
    journey.journey_id = spec.id;
    for (const LegSpec& leg_spec : spec.legs) {
      StatementLeg& leg = journey.legs.emplace_back();
      leg.leg_id = leg_spec.id;
      leg.charged_minor = leg_spec.charged;
      leg.shares = leg_spec.shares;
      leg.subsidies = leg_spec.subsidies;
      leg.product_id = "general";
    }
  }
  return statement;
}

ChargedLeg Sent(const AccountId& account, const std::string& journey, std::uint32_t revision,
                std::int64_t charged, std::vector<OperatorShare> shares = {},
                std::vector<PayerSubsidy> subsidies = {}) {
  return {account, journey, revision, charged, "MXN", std::move(shares), std::move(subsidies)};
}

// "account leg/journey r amount [operator amount …] {payer amount …} @time cause"
std::string Text(const ChargeOut& charge) {
  std::string text = (charge.account == kAccount ? "rider "
                      : charge.account == kOld   ? "old "
                                                 : "? ");
  text += charge.leg_id + "/" + charge.journey_id + " r" + std::to_string(charge.revision) + " " +
          charge.currency + " " + std::to_string(charge.amount_minor) + " [";
  for (const OperatorShare& share : charge.shares) {
    text += share.operator_id + " " + std::to_string(share.amount_minor) + ";";
  }
  text += "] {";
  for (const PayerSubsidy& part : charge.subsidies) {
    text += part.payer + " " + std::to_string(part.amount_minor) + ";";
  }
  return text + "} @" + std::to_string(charge.event_time.unix_ms) + " " + charge.cause_tap_id;
}

// Event time of leg "A" is 100, of "B" 200, …
Instant TimeOf(std::string_view leg_id) { return Instant{(leg_id[0] - 'A' + 1) * 100}; }

struct Case {
  const char* name;
  std::vector<JourneySpec> now;
  std::map<std::string, ChargedLeg> before;
  Cause cause;
  std::vector<std::string> out;
};

std::vector<Case> Cases() {
  const std::vector<OperatorShare> full = {{"siteur", 1100}};
  const std::vector<OperatorShare> half = {{"siteur", 550}};
  return {
      {"first charge",
       {{"A", {{"A", 1100, full, {{"state", 300}}}}}},
       {},
       {Instant{900}, "A", {"A"}},
       {"rider A/A r1 MXN 1100 [siteur 1100;] {state 300;} @100 A"}},
      {"equal: nothing",
       {{"A", {{"A", 1100, full, {}}}}},
       {{"A", Sent(kAccount, "A", 1, 1100, full)}},
       {Instant{900}, "", {}},
       {}},
      {"free and without subsidy: nothing",
       {{"A", {{"A", 0, {}, {}}}}},
       {},
       {Instant{100}, "A", {"A"}},
       {}},
      {"free with a subsidy",
       {{"A", {{"A", 0, {}, {{"state", 1400}}}}}},
       {},
       {Instant{100}, "A", {"A"}},
       {"rider A/A r1 MXN 0 [] {state 1400;} @100 A"}},
      {"a late tap makes the second leg a transfer",
       {{"A", {{"A", 1100, full, {}}, {"B", 550, half, {}}}}},
       {{"B", Sent(kAccount, "B", 1, 1100, full)}},
       {Instant{100}, "A", {"A"}},
       {"rider A/A r1 MXN 1100 [siteur 1100;] {} @100 A",
        "rider B/A r2 MXN -550 [siteur -550;] {} @200 A"}},
      {"the later of leg and cause",
       {{"A", {{"A", 550, half, {}}}}},
       {{"A", Sent(kAccount, "A", 3, 1100, full)}},
       {Instant{900}, "D", {"D"}},
       {"rider A/A r4 MXN -550 [siteur -550;] {} @900 D"}},
      {"on the account that was charged",
       {{"A", {{"A", 550, half, {}}, {"B", 550, half, {}}}}},
       {{"A", Sent(kOld, "A", 1, 1100, full)}},
       {Instant{50}, "", {}},
       {"old A/A r2 MXN -550 [siteur -550;] {} @100 ",
        "rider B/A r1 MXN 550 [siteur 550;] {} @200 "}},
      {"a leg that is gone",
       {},
       {{"A", Sent(kOld, "A", 2, 1100, full, {{"state", 300}})}},
       {Instant{400}, "D", {"D"}},
       {"old A/A r3 MXN -1100 [siteur -1100;] {state -300;} @400 D"}},
      {"gone before: nothing",
       {},
       {{"A", Sent(kAccount, "A", 2, 0)}},
       {Instant{400}, "D", {"D"}},
       {}},
      {"back again",
       {{"A", {{"A", 1100, full, {}}}}},
       {{"A", Sent(kAccount, "A", 2, 0)}},
       {Instant{400}, "D", {"D"}},
       {"rider A/A r3 MXN 1100 [siteur 1100;] {} @400 D"}},
      {"only the shares",
       {{"A", {{"A", 1100, {{"bea", 1000}, {"siteur", 100}}, {}}}}},
       {{"A", Sent(kAccount, "A", 1, 1100, full)}},
       {Instant{100}, "", {}},
       {"rider A/A r2 MXN 0 [bea 1000;siteur -1000;] {} @100 "}},
      {"only the journey: nothing",
       {{"A", {{"A", 1100, full, {}}, {"B", 550, half, {}}}}},
       {{"A", Sent(kAccount, "A", 1, 1100, full)}, {"B", Sent(kAccount, "B", 1, 550, half)}},
       {Instant{100}, "", {}},
       {}},
  };
}

TEST(DiffCharges, Table) {
  for (const Case& c : Cases()) {
    const Diff diff = DiffCharges(kAccount, MakeStatement(c.now), c.before, c.cause, TimeOf);
    std::vector<std::string> out;
    for (const ChargeOut& charge : diff.charges) out.push_back(Text(charge));
    EXPECT_EQ(out, c.out) << c.name;
  }
}

// What was sent, summed, is what the statement says; sending it twice sends nothing.
TEST(DiffCharges, IsSettledOnceItIsSent) {
  for (const Case& c : Cases()) {
    const Statement statement = MakeStatement(c.now);
    const Diff diff = DiffCharges(kAccount, statement, c.before, c.cause, TimeOf);
    for (const StatementJourney& journey : statement.journeys) {
      for (const StatementLeg& leg : journey.legs) {
        const auto sent = diff.legs.find(leg.leg_id);
        EXPECT_EQ(sent == diff.legs.end() ? 0 : sent->second.charged_minor, leg.charged_minor)
            << c.name;
        EXPECT_TRUE(sent == diff.legs.end() || sent->second.journey_id == journey.journey_id)
            << c.name;
      }
    }
    EXPECT_THAT(DiffCharges(kAccount, statement, diff.legs, c.cause, TimeOf).charges, IsEmpty())
        << c.name;
  }
}

TEST(DiffCharges, AChangeOfCurrencyIsARefundAndACharge) {
  const Statement statement = MakeStatement({{"A", {{"A", 90, {{"siteur", 90}}, {}}}}}, "USD");
  const Diff diff =
      DiffCharges(kAccount, statement, {{"A", Sent(kAccount, "A", 1, 1100, {{"siteur", 1100}})}},
                  {Instant{100}, "", {}}, TimeOf);
  std::vector<std::string> out;
  for (const ChargeOut& charge : diff.charges) out.push_back(Text(charge));
  EXPECT_THAT(out, ElementsAre("rider A/A r2 MXN -1100 [siteur -1100;] {} @100 ",
                               "rider A/A r3 USD 90 [siteur 90;] {} @100 "));
}

}  // namespace
}  // namespace plaza::fare
