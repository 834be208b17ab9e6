#include "apps/validator/socket_reader.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <random>
#include <thread>

#include "apps/citysim/held_card.h"
#include "apps/validator/errors.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

using citysim::Card;
using citysim::CardKind;
using std::chrono::milliseconds;
using testing::Noon;
using testing::Spec;

// A gate that has its cards from a socket.
class SocketReaderTest : public ::testing::Test {
 protected:
  void Listen(const std::string& address = "127.0.0.1:0", milliseconds apdu = milliseconds(60'000),
              milliseconds tap = milliseconds(60'000)) {
    auto reader = ListenForCards({address, apdu, tap});
    ASSERT_TRUE(reader.ok()) << reader.error().ToString();
    reader_ = std::move(*reader);
  }
  // The next card's tap.
  TapResult Take() {
    auto card = reader_->WaitForCard();
    EXPECT_NE(card, nullptr);
    const auto result = gate_->Tap(*card, Noon(++seconds_));
    EXPECT_TRUE(result.ok());
    return *result;
  }
  // Holds the card to it, which is taken away after so many answers.
  TapResult TakeHeld(const Card& card, int answers_max, Result<int>& answered) {
    std::thread rider([&] {
      citysim::CardTap tap(card, ++atc_, testing::Scheme::Get().pki,
                           *testing::Scheme::Get().crypto);
      citysim::HoldOptions options;
      options.reader = reader_->address();
      options.answers_max = answers_max;
      answered = citysim::HoldToReader(options, tap);
    });
    const TapResult result = Take();
    rider.join();
    return result;
  }
  int Connect() const {
    const std::string& address = reader_->address();
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port =
        htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    return fd;
  }

  testing::TempFolder folder_;
  GateShared shared_ = testing::TestShared();
  std::unique_ptr<Gate> gate_ =
      testing::OpenGate(testing::FixedGate("GDL-T1", folder_.path() / "journal"), shared_);
  std::unique_ptr<ListeningReader> reader_;
  std::uint16_t atc_ = 0;
  std::int64_t seconds_ = 0;
};

TEST_F(SocketReaderTest, ACardGoesThroughOverTcpAndOverAPath) {
  std::uint64_t account = 10;
  for (const std::string& address : {std::string("127.0.0.1:0"), (folder_.path() / "s").string()}) {
    Listen(address);
    const Card card(Spec(CardKind::kGood, ++account));
    Result<int> answered = 0;
    const TapResult result = TakeHeld(card, INT_MAX, answered);
    EXPECT_TRUE(result.opened) << address << ": " << result.detail;
    ASSERT_TRUE(answered.ok()) << answered.error().ToString();  // the field was switched off
    EXPECT_EQ(*answered, 6);  // PPSE, application, processing options, three records
  }
  reader_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s"));
}

TEST_F(SocketReaderTest, ACardThatIsTakenAwayAtAnyCommandIsToBePresentedAgain) {
  Listen();
  const Card card(Spec(CardKind::kGood));
  Result<int> answered = 0;
  for (int answers = 0; answers < 6; ++answers) {
    const TapResult result = TakeHeld(card, answers, answered);
    EXPECT_FALSE(result.recorded) << "after " << answers << " answers";
    EXPECT_EQ(result.retry, emv::RetryReason::kCardRemoved) << "after " << answers << " answers";
    EXPECT_EQ(answered.value(), answers);
  }
  EXPECT_EQ(gate_->journal().next_sequence(), 1U);
  EXPECT_TRUE(TakeHeld(card, INT_MAX, answered).opened);
}

// A connection that says nothing, or keeps us waiting in the middle.
TEST_F(SocketReaderTest, ASlowCardIsToBePresentedAgain) {
  struct {
    milliseconds apdu, tap;
  } const table[] = {{milliseconds(20), milliseconds(60'000)},
                     {milliseconds(60'000), milliseconds(20)}};
  for (const auto& row : table) {
    Listen("127.0.0.1:0", row.apdu, row.tap);
    const int silent = Connect();
    const TapResult result = Take();
    EXPECT_FALSE(result.recorded);
    EXPECT_EQ(result.retry, emv::RetryReason::kCardRemoved);
    close(silent);
  }
}

TEST_F(SocketReaderTest, WhatIsNoCardOpensNothing) {
  Listen();
  const std::string page = "GET / HTTP/1.1\r\nHost: gate\r\n\r\n";
  const std::string long_atr = std::string("\x00\x22", 2) + std::string(0x22, 'A');
  for (const std::string& text : {page, long_atr, std::string("\x00\x00", 2)}) {
    const int other = Connect();
    ASSERT_EQ(write(other, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const TapResult result = Take();
    EXPECT_FALSE(result.recorded);
    EXPECT_EQ(result.retry, emv::RetryReason::kCardError) << result.detail;
    close(other);
  }
}

// A card whose answers are noise, now and then with good status words.
class NoisyCard final : public emv::CardChannel {
 public:
  explicit NoisyCard(std::uint32_t seed) : random_(seed) {}
  Result<Bytes> Transmit(ByteView) override {
    Bytes answer(1 + random_() % 258);
    for (std::uint8_t& octet : answer) octet = static_cast<std::uint8_t>(random_());
    if (answer.size() >= 2 && random_() % 4 != 0) {
      answer[answer.size() - 2] = 0x90;
      answer[answer.size() - 1] = 0x00;
    }
    return answer;
  }

 private:
  std::mt19937 random_;
};

TEST_F(SocketReaderTest, NoiseOpensNothing) {
  Listen();
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    std::thread rider([&] {
      NoisyCard card(seed);
      const auto held = citysim::HoldToReader({.reader = reader_->address()}, card);
      EXPECT_TRUE(held.ok()) << "seed " << seed << ": " << held.error().ToString();
    });
    EXPECT_FALSE(Take().opened) << "seed " << seed;
    rider.join();
  }
}

TEST_F(SocketReaderTest, StopEndsTheWait) {
  Listen();
  auto waiting = std::async(std::launch::async, [&] { return reader_->WaitForCard() == nullptr; });
  reader_->Stop();
  EXPECT_TRUE(waiting.get());
  EXPECT_EQ(reader_->WaitForCard(), nullptr);
}

TEST_F(SocketReaderTest, ListensInsideThisMachineOnly) {
  const std::string long_path = "/" + std::string(200, 'x');
  for (const std::string address :
       {"0.0.0.0:0", "192.0.2.1:0", "localhost:0", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
        "127.0.0.1:70000", "", ":", "/nowhere/at/all", long_path.c_str()}) {
    const auto reader = ListenForCards({.listen = address});
    ASSERT_FALSE(reader.ok()) << address;
    EXPECT_TRUE(reader.error().Is(kBadReader)) << reader.error().ToString();
  }
  Listen();
  EXPECT_TRUE(ListenForCards({.listen = reader_->address()}).error().Is(kBadReader));  // taken
}

}  // namespace
}  // namespace plaza::validator
