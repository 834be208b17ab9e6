#include <gmock/gmock.h>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/transit/deny_list.h"
#include "libs/emv/transit/passback.h"

namespace plaza::emv {
namespace {

Token TokenOf(int n) {
  Token token{};
  token[0] = static_cast<std::uint8_t>(n);
  token[1] = static_cast<std::uint8_t>(n >> 8);
  return token;
}

TEST(DenyListTest, SnapshotIsSortedAndFound) {
  const DenyList list =
      DenyList::FromSnapshot(5, {{1, TokenOf(3)}, {1, TokenOf(1)}, {1, TokenOf(3)}});
  EXPECT_EQ(list.epoch(), 5u);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_TRUE(*list.Contains(1, TokenOf(3)));
  EXPECT_FALSE(*list.Contains(2, TokenOf(3)));
  EXPECT_FALSE(*list.Contains(1, TokenOf(2)));
}

TEST(DenyListTest, DeltasFollowEachOther) {
  DenyList list = DenyList::FromSnapshot(5, {{1, TokenOf(1)}, {1, TokenOf(2)}});
  ASSERT_TRUE(
      list.Apply({5, 7, {{1, TokenOf(9)}, {1, TokenOf(2)}}, {{1, TokenOf(1)}, {1, TokenOf(2)}}})
          .ok());
  EXPECT_EQ(list.epoch(), 7u);
  EXPECT_FALSE(*list.Contains(1, TokenOf(1)));
  EXPECT_TRUE(*list.Contains(1, TokenOf(2)));  // removed and added: added
  EXPECT_TRUE(*list.Contains(1, TokenOf(9)));
  for (const auto& [from, to] : {std::pair{6, 8}, {8, 9}, {7, 6}}) {
    DenyListDelta delta;
    delta.from_epoch = static_cast<std::uint64_t>(from);
    delta.to_epoch = static_cast<std::uint64_t>(to);
    const auto result = list.Apply(delta);
    ASSERT_FALSE(result.ok());
    EXPECT_TRUE(result.error().Is(errors::kBadDenyList));
    EXPECT_EQ(list.epoch(), 7u);
  }
}

TEST(PassBackWindowTest, Window) {
  PassBackWindow window(Seconds(10));
  const Instant start{1'000'000};
  EXPECT_FALSE(window.Seen(TokenOf(1), start));
  window.Accepted(TokenOf(1), start);
  EXPECT_TRUE(window.Seen(TokenOf(1), start));
  EXPECT_TRUE(window.Seen(TokenOf(1), {start.unix_ms + 9'999}));
  EXPECT_FALSE(window.Seen(TokenOf(1), {start.unix_ms + 10'000}));
  EXPECT_TRUE(window.Seen(TokenOf(1), {start.unix_ms - 5'000}));    // the clock went back a little
  EXPECT_FALSE(window.Seen(TokenOf(1), {start.unix_ms - 10'000}));  // by more than the window
  EXPECT_FALSE(window.Seen(TokenOf(2), start));
}

TEST(PassBackWindowTest, ZeroIsOff) {
  PassBackWindow window(Seconds(0));
  window.Accepted(TokenOf(1), {5});
  EXPECT_FALSE(window.Seen(TokenOf(1), {5}));
}

TEST(PassBackWindowTest, MemoryIsBoundedAndTheOldestGoes) {
  PassBackWindow window(Seconds(1'000'000));
  const int count = static_cast<int>(kPassBackTokensMax) + 5;
  for (int i = 0; i < count; ++i) window.Accepted(TokenOf(i), {1000 + i});
  EXPECT_FALSE(window.Seen(TokenOf(4), {1000 + count}));
  EXPECT_TRUE(window.Seen(TokenOf(5), {1000 + count}));
  EXPECT_TRUE(window.Seen(TokenOf(count - 1), {1000 + count}));
}

}  // namespace
}  // namespace plaza::emv
