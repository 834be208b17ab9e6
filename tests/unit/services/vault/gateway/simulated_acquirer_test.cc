#include "services/vault/gateway/simulated_acquirer.h"

#include <map>

#include <gmock/gmock.h>

#include "services/vault/gateway/test_issuer.h"
#include "tests/unit/services/vault/test_pan.h"

namespace plaza::vault {
namespace {

AuthRequest Request(int number, Purpose purpose, std::uint32_t attempt = 1) {
  AuthRequest request;
  const std::string name = std::to_string(number);
  request.id = Uuid::V5(id_space::Request(), name + "/" + std::to_string(attempt));
  request.account = AccountId(Uuid::V5(id_space::Account(), name));
  if (purpose != Purpose::kVerification) {
    request.aggregate = AggregateId(Uuid::V5(id_space::Aggregate(), name));
  }
  request.attempt = attempt;
  request.purpose = purpose;
  return request;
}

std::map<std::string, int> Codes(const SimulatedAcquirer& acquirer, Purpose purpose, int count) {
  const auto card = ParseCardData(CardTlv(TestPan("476173", 1)));
  std::map<std::string, int> codes;
  for (int i = 0; i < count; ++i) ++codes[acquirer.Send(Request(i, purpose), *card).response_code];
  return codes;
}

TEST(SimulatedAcquirerTest, TheSameRequestGetsTheSameVerdict) {
  const SimulatedAcquirer acquirer({7, 5000, 5000, false});
  const SimulatedAcquirer other_seed({8, 5000, 5000, false});
  const auto card = ParseCardData(CardTlv(TestPan("476173", 1)));
  const auto other_card = ParseCardData(CardTlv(TestPan("476174", 99)));
  int changed_by_seed = 0;
  int changed_by_attempt = 0;
  for (int i = 0; i < 200; ++i) {
    const AuthRequest request = Request(i, Purpose::kAuthorisation);
    const Verdict first = acquirer.Send(request, *card);
    const Verdict again = acquirer.Send(request, *other_card);
    EXPECT_EQ(first.approved, again.approved);
    EXPECT_EQ(first.response_code, again.response_code);
    EXPECT_EQ(first.rrn, again.rrn);
    EXPECT_THAT(first.rrn, ::testing::MatchesRegex("[0-9]+"));
    EXPECT_EQ(first.rrn.size(), 12u);
    EXPECT_EQ(first.approval_code.size(), first.approved ? 6u : 0u);
    changed_by_seed += other_seed.Send(request, *card).approved != first.approved;
    changed_by_attempt +=
        acquirer.Send(Request(i, Purpose::kAuthorisation, 2), *card).approved != first.approved;
  }
  EXPECT_GT(changed_by_seed, 60);
  EXPECT_GT(changed_by_attempt, 60);
}

TEST(SimulatedAcquirerTest, DeclinesAsOftenAsItIsTold) {
  const int count = 20'000;
  const SimulatedAcquirer acquirer({1, 1000, 200, false});
  auto codes = Codes(acquirer, Purpose::kAuthorisation, count);
  EXPECT_NEAR(count - codes["00"], count / 10, count / 100);
  EXPECT_GT(codes["51"], codes["05"]);
  EXPECT_GT(codes["05"], codes["43"]);
  EXPECT_GT(codes["14"], 0);
  EXPECT_GT(codes["43"], 0);
  EXPECT_EQ(codes.size(), 5u);
  codes = Codes(acquirer, Purpose::kVerification, count);
  EXPECT_NEAR(count - codes["00"], count / 50, count / 200);
  for (const Purpose purpose : {Purpose::kCapture, Purpose::kRefund, Purpose::kReversal}) {
    EXPECT_EQ(Codes(SimulatedAcquirer({1, 10'000, 10'000, false}), purpose, 100)["00"], 100);
  }
  EXPECT_EQ(Codes(SimulatedAcquirer({1, 10'000, 0, false}), Purpose::kAuthorisation, 100)["00"], 0);
  EXPECT_EQ(Codes(SimulatedAcquirer({1, 0, 0, false}), Purpose::kAuthorisation, 100)["00"], 100);
}

TEST(SimulatedAcquirerTest, TellsTheParWithAnAuthorisation) {
  const std::string pan = TestPan("476173", 42);
  const auto card = ParseCardData(CardTlv(pan));
  const SimulatedAcquirer late({1, 10'000, 0, false});
  const SimulatedAcquirer early({1, 10'000, 0, true});
  EXPECT_EQ(late.Send(Request(1, Purpose::kAuthorisation), *card).par,
            TestIssuerPar(pan));  // declined, told
  EXPECT_EQ(late.Send(Request(1, Purpose::kVerification), *card).par, "");
  EXPECT_EQ(late.Send(Request(1, Purpose::kCapture), *card).par, "");
  EXPECT_EQ(early.Send(Request(1, Purpose::kVerification), *card).par, TestIssuerPar(pan));
}

TEST(TestIssuerTest, APhoneAndItsCardShareAPar) {
  // Computed with Python's hashlib and base64 over the rule in the header.
  EXPECT_EQ(TestIssuerPar(std::string("476173") + "1234567890"), "V0010013A63PTTJSCOXNHKRC3HOAD");
  EXPECT_EQ(TestIssuerPar(std::string("476174") + "0000000010"), "V0010013SK7LMFPPNXMX7WOBQ4FFZ");
  EXPECT_EQ(TestIssuerPar(TestPan("476173", 5)), TestIssuerPar(TestPan("476174", 5)));
  EXPECT_NE(TestIssuerPar(TestPan("476173", 5)), TestIssuerPar(TestPan("476173", 6)));
  EXPECT_EQ(TestIssuerPar(TestPan("476173", 5)).size(), 29u);
  EXPECT_EQ(TestIssuerPar("47617312345678"), "");
}

}  // namespace
}  // namespace plaza::vault
