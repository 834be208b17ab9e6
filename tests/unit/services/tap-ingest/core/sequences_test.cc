#include "services/tap-ingest/core/sequences.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

using Range = SequenceWindow::Range;

struct Case {
  const char* name;
  std::vector<std::uint64_t> marks;
  std::uint64_t high_water;
  std::vector<Range> gaps;
};

TEST(SequenceWindow, KeepsTheMarkAndTheGapsBelowIt) {
  const Case cases[] = {
      {"in order", {1, 2, 3}, 3, {}},
      {"begins late", {5}, 5, {{1, 4}}},
      {"first of a gap", {5, 1}, 5, {{2, 4}}},
      {"last of a gap", {5, 4}, 5, {{1, 3}}},
      {"middle of a gap", {5, 2}, 5, {{1, 1}, {3, 4}}},
      {"closes a gap of one", {1, 3, 2}, 3, {}},
      {"two gaps", {2, 5, 6}, 6, {{1, 1}, {3, 4}}},
      {"backwards", {4, 3, 2, 1}, 4, {}},
  };
  for (const Case& c : cases) {
    SequenceWindow window;
    for (const std::uint64_t s : c.marks) EXPECT_TRUE(window.Mark(s)) << c.name;
    EXPECT_EQ(window.high_water(), c.high_water) << c.name;
    EXPECT_EQ(window.gaps(), c.gaps) << c.name;
    const auto again = SequenceWindow::Decode(window.high_water(), window.EncodeGaps());
    ASSERT_TRUE(again.ok()) << c.name;
    EXPECT_EQ(*again, window) << c.name;
  }
}

TEST(SequenceWindow, SeesWhatASetWouldSee) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    SequenceWindow window;
    std::set<std::uint64_t> marked;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t s = random() % 300 + 1;
      ASSERT_EQ(window.Seen(s), marked.contains(s)) << "seed " << seed << ", sequence " << s;
      if (marked.insert(s).second) {
        ASSERT_TRUE(window.Mark(s));
      }
    }
    EXPECT_EQ(*SequenceWindow::Decode(window.high_water(), window.EncodeGaps()), window);
  }
}

TEST(SequenceWindow, RefusesMoreGapsThanTheLimitAndStaysAsItWas) {
  SequenceWindow window;
  for (std::uint64_t i = 1; i <= kGapsMax; ++i) ASSERT_TRUE(window.Mark(i * 4));
  const SequenceWindow before = window;
  EXPECT_FALSE(window.Mark((kGapsMax + 1) * 4));
  EXPECT_FALSE(window.Mark(2));  // would cut a gap in two
  EXPECT_EQ(window, before);
  EXPECT_TRUE(window.Mark(kGapsMax * 4 + 1));  // needs no gap
  EXPECT_TRUE(window.Mark(1));                 // shortens one
}

TEST(SequenceWindow, RefusesDamagedGaps) {
  using namespace std::string_literals;
  const std::string cases[] = {
      "\x01"s,                                              // a distance without a length
      "\x00\x01"s,                                          // distance 0
      "\x01\x00"s,                                          // length 0
      "\x01\x0A"s,                                          // reaches the mark
      "\x80"s,                                              // a number without an end
      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x01"s,  // more than 64 bits
  };
  for (const std::string& bytes : cases) {
    const auto decoded = SequenceWindow::Decode(10, bytes);
    ASSERT_FALSE(decoded.ok());
    EXPECT_TRUE(decoded.error().Is(kBadStoredState));
  }
}

}  // namespace
}  // namespace plaza::tap_ingest
