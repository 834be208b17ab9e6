#include "services/tap-ingest/core/deny_list.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace plaza::tap_ingest {
namespace {

DenyEntry Entry(std::uint8_t card, bool denied, std::uint64_t epoch) {
  DenyEntry entry;
  entry.card.epoch = 1;
  entry.card.token.fill(card);
  entry.denied = denied;
  entry.epoch = epoch;
  return entry;
}

DenyList ListOf(std::vector<DenyEntry> entries) {
  DenyList list;
  for (const DenyEntry& entry : entries) list.Apply(entry);
  return list;
}

TEST(DenyList, TheWholeListLeavesOutWhatWasRemoved) {
  const DenyList list = ListOf({Entry(1, true, 1), Entry(2, true, 2), Entry(1, false, 3)});
  const DenyPage page = list.Page(0, 10);
  EXPECT_TRUE(page.whole);
  EXPECT_FALSE(page.more);
  EXPECT_EQ(page.epoch, 3u);
  EXPECT_EQ(page.entries, std::vector<DenyEntry>{Entry(2, true, 2)});
  EXPECT_EQ(list.denied_count(), 1u);
}

TEST(DenyList, ADeltaTellsRemovalsAndTheLastStateOnly) {
  const DenyList list = ListOf({Entry(1, true, 1), Entry(2, true, 2), Entry(1, false, 3),
                                Entry(2, false, 4), Entry(2, true, 5)});
  const DenyPage page = list.Page(1, 10);
  EXPECT_FALSE(page.whole);
  EXPECT_EQ(page.entries, (std::vector<DenyEntry>{Entry(1, false, 3), Entry(2, true, 5)}));
  EXPECT_TRUE(list.Page(5, 10).entries.empty());
  EXPECT_EQ(list.Page(5, 10).epoch, 5u);
}

TEST(DenyList, AnEpochAheadGetsTheWholeList) {
  const DenyList list = ListOf({Entry(1, true, 7)});
  const DenyPage page = list.Page(8, 10);
  EXPECT_TRUE(page.whole);
  EXPECT_EQ(page.epoch, 7u);
  EXPECT_EQ(page.entries.size(), 1u);
  EXPECT_TRUE(DenyList().Page(3, 10).whole);
  EXPECT_EQ(DenyList().Page(3, 10).epoch, 0u);
}

TEST(DenyList, RepeatsAndOrderMakeNoDifference) {
  std::vector<DenyEntry> entries = {Entry(1, true, 1), Entry(1, false, 4), Entry(2, true, 2),
                                    Entry(2, true, 2), Entry(3, true, 3)};
  const auto expected = ListOf(entries).Page(0, 10).entries;
  std::sort(entries.begin(), entries.end(),
            [](const DenyEntry& a, const DenyEntry& b) { return a.epoch > b.epoch; });
  EXPECT_EQ(ListOf(entries).Page(0, 10).entries, expected);
  EXPECT_EQ(ListOf(entries).denied_count(), 2u);
}

TEST(DenyList, PagesEndWhereAnEpochEnds) {
  // Two cards of one account may be denied by one epoch.
  const DenyList list =
      ListOf({Entry(1, true, 1), Entry(2, true, 2), Entry(3, true, 2), Entry(4, true, 3)});
  std::vector<DenyEntry> read;
  std::uint64_t since = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const DenyPage page = list.Page(since, /*entries_max=*/2);
    read.insert(read.end(), page.entries.begin(), page.entries.end());
    since = page.epoch;
    more = page.more;
    ASSERT_LT(pages, 10);
  }
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(since, 3u);
  EXPECT_EQ(read.size(), 4u);
}

}  // namespace
}  // namespace plaza::tap_ingest
