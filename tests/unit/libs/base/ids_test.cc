#include "libs/base/ids.h"

#include <gtest/gtest.h>

#include <set>

namespace plaza {
namespace {

TEST(Ids, AnAccountFollowsItsParOrElseItsMedium) {
  const MediumId card = MakeMediumId(1, Bytes(32, 0xAA)), phone = MakeMediumId(1, Bytes(32, 0xBB));
  EXPECT_NE(card, phone);
  EXPECT_NE(MakeMediumId(1, Bytes(32, 0xAA)), MakeMediumId(2, Bytes(32, 0xAA)));
  EXPECT_EQ(MakeAccountId("V0010013ABC", card), MakeAccountId("V0010013ABC", phone));
  EXPECT_NE(MakeAccountId("", card), MakeAccountId("", phone));
}

// Golden (made with another language's UUID library): a changed id would split every account of a
// running city in two.
TEST(Ids, NeverChange) {
  const MediumId card = MakeMediumId(1, Bytes(32, 0xAA));
  EXPECT_EQ(id_space::Medium().ToText(), "2fe83bab-8436-545e-b8d3-c81edbe43fea");
  EXPECT_EQ(card.value().ToText(), "460efaf7-03ed-5cba-afdb-5bff35918a63");
  EXPECT_EQ(MakeAccountId("V0010013ABC", card).value().ToText(),
            "9516e09e-fbdd-5927-a9d3-a697fad05e0d");
}

TEST(Ids, TheSpacesDiffer) {
  const std::set<Uuid> spaces{id_space::Medium(),    id_space::Account(), id_space::Refused(),
                              id_space::Aggregate(), id_space::Posting(), id_space::Request(),
                              id_space::Event()};
  EXPECT_EQ(spaces.size(), 7U);
}

TEST(Ids, ShardsAreSpreadEvenly) {
  std::array<int, kShards> counts{};
  for (int i = 0; i < 16000; ++i) {
    ++counts[static_cast<std::size_t>(ShardOf(Uuid::V5(Uuid(), std::to_string(i))))];
  }
  for (int count : counts) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace plaza
