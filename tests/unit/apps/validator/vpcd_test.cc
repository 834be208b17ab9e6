#include "apps/validator/vpcd.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "apps/validator/limits.h"
#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::validator::vpcd {
namespace {

using emv::errors::kCardError;
using emv::errors::kCardRemoved;

class Vpcd : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  ~Vpcd() override {
    close(ends_[0]);
    Close();
  }
  void Write(ByteView octets) {
    ASSERT_EQ(write(ends_[1], octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  void Close() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  static Deadline In(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
  }
  static Deadline Later() { return In(std::chrono::minutes(1)); }
  int ends_[2] = {-1, -1};
};

TEST_F(Vpcd, AFrameIsItsLengthAndItsOctets) {
  ASSERT_TRUE(Send(ends_[0], Bytes{0x00, 0xA4, 0x04}, Later()).ok());
  Bytes wire(16);
  ASSERT_EQ(read(ends_[1], wire.data(), wire.size()), 5);
  wire.resize(5);
  EXPECT_EQ(ToHex(wire), "000300A404");
  const Bytes longest(kFrameBytesMax, 0x5A);
  ASSERT_TRUE(Send(ends_[0], longest, Later()).ok());
  const auto received = Receive(ends_[1], Later());
  ASSERT_TRUE(received.ok());
  EXPECT_EQ(*received, longest);
}

TEST_F(Vpcd, OctetsComeInAnyPieces) {
  const Bytes wire{0x00, 0x03, 0x6F, 0x90, 0x00, 0x00, 0x02, 0x61, 0x10};
  std::thread card([&] {
    for (std::size_t i = 0; i < wire.size(); ++i) Write(ByteView(wire).subspan(i, 1));
  });
  for (const char* expected : {"6F9000", "6110"}) {
    const auto frame = Receive(ends_[0], Later());
    ASSERT_TRUE(frame.ok()) << frame.error().ToString();
    EXPECT_EQ(ToHex(*frame), expected);
  }
  card.join();
}

TEST_F(Vpcd, RefusesAFrameThatIsTooLongOrEmpty) {
  for (const Bytes& length : {Bytes{0x01, 0x06}, Bytes{0xFF, 0xFF}, Bytes{0x00, 0x00}}) {
    Write(length);
    EXPECT_TRUE(Receive(ends_[0], Later()).error().Is(kCardError)) << ToHex(length);
  }
  EXPECT_TRUE(Send(ends_[0], Bytes(kFrameBytesMax + 1), Later()).error().Is(kCardError));
  EXPECT_TRUE(Send(ends_[0], Bytes(), Later()).error().Is(kCardError));
}

TEST_F(Vpcd, ACardThatIsTakenAwayWithinAFrameIsRemoved) {
  Write(Bytes{0x00, 0x05, 0x6F});
  Close();
  EXPECT_TRUE(Receive(ends_[0], Later()).error().Is(kCardRemoved));
  EXPECT_TRUE(Send(ends_[0], Bytes{0x00, 0xA4}, Later()).error().Is(kCardRemoved));
}

TEST_F(Vpcd, SilenceAndHalfAFrameAreOverAtTheDeadline) {
  using std::chrono::milliseconds;
  EXPECT_TRUE(Receive(ends_[0], In(milliseconds(20))).error().Is(kCardRemoved));
  Write(Bytes{0x00, 0x02, 0x90});
  EXPECT_TRUE(Receive(ends_[0], In(milliseconds(20))).error().Is(kCardRemoved));
}

TEST_F(Vpcd, AReaderIsNotHeldByACardThatDoesNotRead) {
  const Bytes longest(kFrameBytesMax, 0x5A);
  Result<void> sent;
  while (sent.ok()) sent = Send(ends_[0], longest, In(std::chrono::milliseconds(20)));
  EXPECT_TRUE(sent.error().Is(kCardRemoved));
}

}  // namespace
}  // namespace plaza::validator::vpcd
