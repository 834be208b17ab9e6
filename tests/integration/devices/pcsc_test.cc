// Our simulated card behind a virtual reader, and the real PC/SC between it and us.
#include <gmock/gmock.h>

#include <future>

#include "libs/devices/errors.h"
#include "libs/devices/pcsc_reader.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_gate.h"
#include "tests/support/pcsc/virtual_reader.h"
#include "tests/support/temp_folder.h"

namespace plaza::devices {
namespace {

using emv::CardChannel;
using emv::test::TestCard;
using testing::CardInField;
using testing::VirtualReader;

constexpr std::chrono::seconds kSoon{20};

Bytes SelectDirectory() { return Encode(emv::SelectByName(AsBytes("2PAY.SYS.DDF01"))); }

class Pcsc : public ::testing::Test {
 protected:
  void TearDown() override { reader_->Stop(); }

  // Within bounds, so that a test that waits in vain ends.
  std::unique_ptr<CardChannel> WaitForCard() {
    auto waiting = std::async(std::launch::async, [&] { return reader_->WaitForCard(); });
    if (waiting.wait_for(kSoon) != std::future_status::ready) {
      ADD_FAILURE() << "no card came";
      reader_->Stop();
    }
    return waiting.get();
  }

  testing::TempFolder folder_;
  std::unique_ptr<VirtualReader> virtual_ = VirtualReader::Start(folder_.path()).value();
  std::promise<Error> away_;
  std::atomic<int> times_away_{0};
  std::unique_ptr<emv::CardReader> reader_ =
      MakePcscReader({.reader = VirtualReader::kName, .on_away = [this](const Error& error) {
                        if (++times_away_ == 1) away_.set_value(error);
                      }});
};

TEST_F(Pcsc, AWholeTap) {
  emv::test::TestGate gate;
  TestCard card({});
  const CardInField in_field(*virtual_, card);
  const auto channel = WaitForCard();
  ASSERT_NE(channel, nullptr);
  const emv::TapOutcome outcome = gate.Tap(*channel);
  EXPECT_EQ(outcome.action, emv::GateAction::kAccept) << outcome.detail;
  EXPECT_EQ(outcome.token, gate.vsam->Tokenise("4761739001010010"));
  EXPECT_EQ(times_away_, 0);
}

TEST_F(Pcsc, ACardThatStaysIsServedOnce) {
  TestCard first({});
  TestCard second({});
  {
    auto in_field = std::make_unique<CardInField>(*virtual_, first);
    auto channel = WaitForCard();
    ASSERT_NE(channel, nullptr);
    ASSERT_TRUE(channel->Transmit(SelectDirectory()).ok());
    channel.reset();
    auto next = std::async(std::launch::async, [&] { return reader_->WaitForCard(); });
    // It lies there all the while that the reader looks for it anew.
    EXPECT_EQ(next.wait_for(std::chrono::milliseconds(1500)), std::future_status::timeout);
    in_field.reset();
    const CardInField other(*virtual_, second);
    ASSERT_EQ(next.wait_for(kSoon), std::future_status::ready);
    channel = next.get();
    ASSERT_NE(channel, nullptr);
    ASSERT_TRUE(channel->Transmit(SelectDirectory()).ok());
  }
  EXPECT_EQ(first.commands.size(), 1U);
  EXPECT_EQ(second.commands.size(), 1U);
}

TEST_F(Pcsc, ACardThatIsTakenAwayIsRemoved) {
  TestCard card({});
  card.instead[1] = std::nullopt;  // gone when the second command comes
  const CardInField in_field(*virtual_, card);
  const auto channel = WaitForCard();
  ASSERT_NE(channel, nullptr);
  ASSERT_TRUE(channel->Transmit(SelectDirectory()).ok());
  for (int again = 0; again < 2; ++again) {
    const auto answer = channel->Transmit(SelectDirectory());
    ASSERT_FALSE(answer.ok());
    EXPECT_TRUE(answer.error().Is(emv::errors::kCardRemoved)) << answer.error().ToString();
  }
}

TEST_F(Pcsc, AReaderThatWasAwayIsFoundAgain) {
  TestCard card({});
  {
    const CardInField in_field(*virtual_, card);
    ASSERT_NE(WaitForCard(), nullptr);
  }
  auto next = std::async(std::launch::async, [&] { return reader_->WaitForCard(); });
  virtual_->Kill();
  auto told = away_.get_future();
  ASSERT_EQ(told.wait_for(kSoon), std::future_status::ready);
  EXPECT_TRUE(told.get().Is(kReaderAway));
  ASSERT_TRUE(virtual_->Restart().ok());
  const CardInField in_field(*virtual_, card);
  ASSERT_EQ(next.wait_for(kSoon), std::future_status::ready);
  const auto channel = next.get();
  ASSERT_NE(channel, nullptr);
  EXPECT_TRUE(channel->Transmit(SelectDirectory()).ok());
  EXPECT_EQ(times_away_, 1);
}

TEST_F(Pcsc, AReaderThatIsNotThereIsSaid) {
  reader_ = MakePcscReader({.reader = "No such reader", .on_away = [this](const Error& error) {
                              if (++times_away_ == 1) away_.set_value(error);
                            }});
  auto next = std::async(std::launch::async, [&] { return reader_->WaitForCard(); });
  auto told = away_.get_future();
  ASSERT_EQ(told.wait_for(kSoon), std::future_status::ready);
  EXPECT_THAT(told.get().ToString(), ::testing::HasSubstr("No such reader"));
  reader_->Stop();
  ASSERT_EQ(next.wait_for(kSoon), std::future_status::ready);
  EXPECT_EQ(next.get(), nullptr);
}

TEST_F(Pcsc, StopsWhileItWaits) {
  auto next = std::async(std::launch::async, [&] { return reader_->WaitForCard(); });
  EXPECT_EQ(next.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  reader_->Stop();
  ASSERT_EQ(next.wait_for(kSoon), std::future_status::ready);
  EXPECT_EQ(next.get(), nullptr);
}

}  // namespace
}  // namespace plaza::devices
