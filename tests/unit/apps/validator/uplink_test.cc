#include "apps/validator/uplink.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "apps/validator/errors.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/fake_city.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

namespace pb = plaza::tap_ingest::v1;
using citysim::Card;
using citysim::CardKind;
using std::chrono::milliseconds;
using testing::FakeCity;
using testing::Noon;
using testing::Present;
using testing::Spec;

class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() : city_(folder_.path().string() + "/tls", TokenKey()) {
    options_.patience = milliseconds(10'000);
  }
  static emv::Key256 TokenKey() { return testing::TestValidatorKeys("x").token_key; }

  Gate* AddGate(const std::string& id) {
    gates_.push_back(
        testing::OpenGate(testing::FixedGate(id, folder_.path().string() + "/" + id), shared_));
    return gates_.back().get();
  }
  // `count` riders, one after the other.
  void Tap(Gate& gate, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Card card(Spec(CardKind::kGood, next_account_++));
      const auto result = Present(gate, card, Noon(static_cast<std::int64_t>(next_account_)));
      ASSERT_TRUE(result.ok() && result->opened);
    }
  }
  Uplink MakeUplink() { return Uplink(*client_, options_, deny_list_); }
  static bool Empty(Gate& gate) {
    return gate.journal().acknowledged() + 1 == gate.journal().next_sequence();
  }

  testing::TempFolder folder_;
  GateShared shared_ = testing::TestShared();
  FakeCity city_;
  std::unique_ptr<rpc::Client> client_ = city_.Connect();
  UplinkOptions options_;
  emv::MemoryDenyList deny_list_;
  std::vector<std::unique_ptr<Gate>> gates_;
  std::uint64_t next_account_ = 100;
};

TEST_F(UplinkTest, CarriesManyGatesInMixedBatches) {
  Gate* a = AddGate("GDL-A");
  Gate* b = AddGate("GDL-B");
  Tap(*a, 30);
  Tap(*b, 12);
  Uplink uplink(*client_, options_, deny_list_);
  const auto drained = uplink.Drain({a, b});
  ASSERT_TRUE(drained.ok()) << drained.error().ToString();
  EXPECT_EQ(city_.taps().size(), 42U);
  EXPECT_EQ(uplink.counts().accepted, 42U);
  EXPECT_EQ(uplink.counts().duplicates, 0U);
  EXPECT_TRUE(Empty(*a) && Empty(*b));
  // 25 of one gate and 12 of the other, then what is left.
  EXPECT_EQ(city_.batches(), (std::vector<std::size_t>{37, 5}));
  ASSERT_TRUE(uplink.Drain({a, b}).ok());
  EXPECT_EQ(uplink.counts().calls, 2U);
}

TEST_F(UplinkTest, KeepsABatchWithinItsLimit) {
  options_.batch_records = 10;
  std::vector<Gate*> gates;
  for (const char* id : {"GDL-A", "GDL-B", "GDL-C"}) {
    gates.push_back(AddGate(id));
    Tap(*gates.back(), 8);
  }
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.Drain(gates).ok());
  EXPECT_EQ(city_.taps().size(), 24U);
  for (const std::size_t size : city_.batches()) EXPECT_LE(size, 10U);
}

TEST_F(UplinkTest, ALostAnswerMeansDuplicatesNotLosses) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 5);
  city_.LoseAnswers(2);
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.Drain({gate}).ok());
  EXPECT_EQ(uplink.counts().failed_calls, 2U);
  EXPECT_EQ(uplink.counts().duplicates, 5U);
  EXPECT_EQ(uplink.counts().accepted, 0U);
  EXPECT_EQ(city_.taps().size(), 5U);
  EXPECT_TRUE(Empty(*gate));
}

TEST_F(UplinkTest, ResumesFromTheAcknowledgedPositionAfterARestart) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 3);
  ASSERT_TRUE(MakeUplink().Drain({gate}).ok());
  gates_.clear();
  gate = AddGate("GDL-A");
  EXPECT_EQ(gate->journal().acknowledged(), 3U);
  Tap(*gate, 2);
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.Drain({gate}).ok());
  EXPECT_EQ(uplink.counts().accepted, 2U);
  EXPECT_EQ(uplink.counts().duplicates, 0U);
  EXPECT_EQ(city_.taps().size(), 5U);
}

TEST_F(UplinkTest, WaitsForAServerThatIsAway) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 4);
  city_.GoAway();
  Uplink uplink(*client_, options_, deny_list_);
  std::thread server([&] { city_.ComeBack(); });
  const auto drained = uplink.Drain({gate});
  server.join();
  ASSERT_TRUE(drained.ok()) << drained.error().ToString();
  EXPECT_EQ(city_.taps().size(), 4U);
}

TEST_F(UplinkTest, GivesUpAfterItsPatienceAndLosesNothing) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 4);
  city_.GoAway();
  options_.patience = milliseconds(200);
  Uplink impatient(*client_, options_, deny_list_);
  const auto drained = impatient.Drain({gate});
  ASSERT_FALSE(drained.ok());
  EXPECT_TRUE(drained.error().Is(kUplinkAway)) << drained.error().ToString();
  EXPECT_EQ(gate->journal().acknowledged(), 0U);
  city_.ComeBack();
  options_.patience = milliseconds(20'000);
  ASSERT_TRUE(MakeUplink().Drain({gate}).ok());
  EXPECT_EQ(city_.taps().size(), 4U);
}

TEST_F(UplinkTest, ARecordRefusedForNowHoldsItsOwnGateOnly) {
  Gate* a = AddGate("GDL-A");
  Gate* b = AddGate("GDL-B");
  Tap(*a, 4);
  Tap(*b, 4);
  int refusals = 3;
  city_.OnRecord([&](const FakeCity::TapKey& key) {
    const bool refuse = key == FakeCity::TapKey("GDL-A", 2) && refusals > 0;
    if (refuse) --refusals;
    return refuse ? pb::TAP_OUTCOME_REFUSED_FOR_NOW : pb::TAP_OUTCOME_UNSPECIFIED;
  });
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.Drain({a, b}).ok());
  EXPECT_EQ(uplink.counts().refused_for_now, 3U);
  EXPECT_EQ(city_.taps().size(), 8U);
  EXPECT_TRUE(Empty(*a) && Empty(*b));
}

TEST_F(UplinkTest, KeepsWhatIsRefusedForNowAndSaysWhy) {
  Gate* a = AddGate("GDL-A");
  Gate* b = AddGate("GDL-B");
  Tap(*a, 3);
  Tap(*b, 3);
  city_.OnRecord([](const FakeCity::TapKey& key) {
    return key == FakeCity::TapKey("GDL-A", 2) ? pb::TAP_OUTCOME_REFUSED_FOR_NOW
                                               : pb::TAP_OUTCOME_UNSPECIFIED;
  });
  options_.patience = milliseconds(200);
  Uplink uplink(*client_, options_, deny_list_);
  const auto drained = uplink.Drain({a, b});
  ASSERT_FALSE(drained.ok());
  EXPECT_TRUE(drained.error().Is(kUplinkRefused));
  EXPECT_NE(drained.error().what().find("GDL-A:2: NOT_YET"), std::string::npos);
  EXPECT_EQ(a->journal().acknowledged(), 1U);
  EXPECT_TRUE(Empty(*b));
}

TEST_F(UplinkTest, DropsWhatIsRefusedForGoodAndReportsConflicts) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 4);
  city_.OnRecord([](const FakeCity::TapKey& key) {
    if (key.second == 2) return pb::TAP_OUTCOME_REFUSED;
    if (key.second == 3) return pb::TAP_OUTCOME_CONFLICT;
    return pb::TAP_OUTCOME_UNSPECIFIED;
  });
  std::vector<std::uint64_t> settled;
  Uplink uplink(*client_, options_, deny_list_);
  uplink.OnSettled(
      [&](std::uint64_t sequence, const std::string&, ByteView) { settled.push_back(sequence); });
  ASSERT_TRUE(uplink.Drain({gate}).ok());
  EXPECT_EQ(uplink.counts().refused, 1U);
  EXPECT_EQ(uplink.counts().conflicts, 1U);
  EXPECT_EQ(uplink.counts().accepted, 2U);
  EXPECT_EQ(settled, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_TRUE(Empty(*gate));
}

TEST_F(UplinkTest, AJournalThatLostItsEndIsAConflict) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 1);
  ASSERT_TRUE(MakeUplink().Drain({gate}).ok());
  // The same validator with an empty journal uses sequence 1 again: the platform has another body.
  gates_.push_back(
      testing::OpenGate(testing::FixedGate("GDL-A", folder_.path().string() + "/new"), shared_));
  Tap(*gates_.back(), 1);
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.Drain({gates_.back().get()}).ok());
  EXPECT_EQ(uplink.counts().conflicts, 1U);
}

TEST_F(UplinkTest, SendingAgainIsAbsorbed) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 3);
  std::vector<Bytes> records;
  Uplink uplink(*client_, options_, deny_list_);
  uplink.OnSettled([&](std::uint64_t, const std::string&, ByteView record) {
    records.push_back(ToBytes(record));
  });
  ASSERT_TRUE(uplink.Drain({gate}).ok());
  ASSERT_TRUE(uplink.SendAgain(records).ok());
  EXPECT_EQ(uplink.counts().duplicates, 3U);
  EXPECT_EQ(uplink.sent_again(), 3U);
  EXPECT_EQ(city_.taps().size(), 3U);
}

TEST_F(UplinkTest, StopEndsAWait) {
  Gate* gate = AddGate("GDL-A");
  Tap(*gate, 1);
  std::atomic<bool> asked{false};
  city_.OnRecord([&](const FakeCity::TapKey&) {
    asked = true;
    asked.notify_all();
    return pb::TAP_OUTCOME_REFUSED_FOR_NOW;
  });
  Uplink uplink(*client_, options_, deny_list_);
  std::thread stopper([&] {
    asked.wait(false);
    uplink.Stop();
  });
  const auto drained = uplink.Drain({gate});
  stopper.join();
  ASSERT_FALSE(drained.ok());
  EXPECT_TRUE(drained.error().Is(kUplinkStopped));
}

TEST_F(UplinkTest, FetchesTheDenyListByPagesAndDeltas) {
  Gate* gate = AddGate("GDL-A");
  const auto vsam = emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-A"));
  std::vector<std::unique_ptr<Card>> cards;
  for (std::uint64_t i = 0; i < 7; ++i) {
    cards.push_back(std::make_unique<Card>(Spec(CardKind::kGood, i)));
    city_.Deny(vsam->Tokenise(cards.back()->pan()), true);
  }
  Uplink uplink(*client_, options_, deny_list_);
  ASSERT_TRUE(uplink.FetchDenyList({gate}).ok());
  EXPECT_EQ(uplink.deny_list_epoch(), 7U);
  EXPECT_EQ(uplink.counts().calls, 3U);
  for (std::uint16_t i = 0; i < 7; ++i) {
    EXPECT_EQ(Present(*gate, *cards[i], Noon(i))->reason, emv::Reason::kDenyListed);
  }
  // One token goes off the list, on it again, and off it within one page.
  city_.Deny(vsam->Tokenise(cards[3]->pan()), false);
  city_.Deny(vsam->Tokenise(cards[3]->pan()), true);
  city_.Deny(vsam->Tokenise(cards[3]->pan()), false);
  ASSERT_TRUE(uplink.FetchDenyList({gate}).ok());
  EXPECT_EQ(uplink.deny_list_epoch(), 10U);
  EXPECT_TRUE(Present(*gate, *cards[3], Noon(50), 2)->opened);
  EXPECT_EQ(Present(*gate, *cards[4], Noon(51), 2)->reason, emv::Reason::kDenyListed);
  ASSERT_TRUE(uplink.FetchDenyList({gate}).ok());
  EXPECT_EQ(uplink.deny_list_epoch(), 10U);
}

}  // namespace
}  // namespace plaza::validator
