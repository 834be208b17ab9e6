#include "libs/emv/transit/stored_deny_list.h"

#include <gmock/gmock.h>

#include <bit>
#include <map>
#include <random>

#include "libs/base/digest.h"
#include "libs/emv/errors.h"
#include "libs/emv/transit/denied_run.h"
#include "tests/support/emv/forgetful_files.h"

namespace plaza::emv {
namespace {

using test::ForgetfulFiles;
using test::Unsynced;

constexpr const char* kFolder = "deny";

// As good as random, as a keyed digest is.
DeniedToken TokenOf(std::uint64_t n, std::uint32_t token_epoch = 1) {
  const std::string text = std::to_string(n);
  return {token_epoch, Sha256(AsBytes(text))};
}

std::vector<DeniedToken> TokensOf(std::uint64_t begin, std::uint64_t end) {
  std::vector<DeniedToken> tokens;
  for (std::uint64_t n = begin; n < end; ++n) tokens.push_back(TokenOf(n));
  return tokens;
}

class StoredDenyListTest : public ::testing::Test {
 protected:
  std::unique_ptr<StoredDenyList> Open(std::size_t changes_max = 100) {
    auto list = StoredDenyList::Open(
        files_, {.folder = kFolder, .changes_max = changes_max, .incoming_max = 64});
    EXPECT_TRUE(list.ok()) << list.error().ToString();
    return std::move(*list);
  }
  static bool Has(const StoredDenyList& list, const DeniedToken& token) {
    const auto found = list.view()->Contains(token.token_epoch, token.token);
    EXPECT_TRUE(found.ok()) << found.error().ToString();
    return found.ok() && *found;
  }
  // Bit n: whether the n-th token is denied.
  static std::uint64_t Denied(const StoredDenyList& list, int count) {
    std::uint64_t denied = 0;
    for (int n = 0; n < count; ++n) {
      denied |= std::uint64_t{Has(list, TokenOf(static_cast<std::uint64_t>(n)))} << n;
    }
    return denied;
  }
  std::vector<std::string> Names() { return files_.List(kFolder).value(); }

  ForgetfulFiles files_;
};

TEST_F(StoredDenyListTest, IsEmptyAtFirst) {
  const auto list = Open();
  EXPECT_EQ(list->epoch(), 0U);
  EXPECT_FALSE(list->damaged());
  EXPECT_FALSE(Has(*list, TokenOf(1)));
}

TEST_F(StoredDenyListTest, DeltasFollowEachOtherAndSurvive) {
  auto list = Open();
  ASSERT_TRUE(list->Apply({0, 5, {TokenOf(1), TokenOf(2, 7)}, {}}).ok());
  ASSERT_TRUE(list->Apply({5, 6, {TokenOf(3)}, {TokenOf(1), TokenOf(3)}}).ok());
  for (const bool reopened : {false, true}) {
    SCOPED_TRACE(reopened);
    if (reopened) {
      list.reset();
      files_.PowerOn(Unsynced::kLost);
      list = Open();
    }
    EXPECT_EQ(list->epoch(), 6U);
    EXPECT_FALSE(Has(*list, TokenOf(1)));
    EXPECT_TRUE(Has(*list, TokenOf(2, 7)));
    EXPECT_FALSE(Has(*list, TokenOf(2)));  // of another token epoch
    EXPECT_TRUE(Has(*list, TokenOf(3)));   // removed and added: added
  }
  for (const auto& [from, to] : {std::pair{5U, 8U}, {7U, 9U}, {6U, 5U}}) {
    const auto applied = list->Apply({from, to, {TokenOf(9)}, {}});
    ASSERT_FALSE(applied.ok());
    EXPECT_TRUE(applied.error().Is(errors::kBadDenyList));
    EXPECT_EQ(list->epoch(), 6U);
    EXPECT_FALSE(Has(*list, TokenOf(9)));
  }
}

TEST_F(StoredDenyListTest, AViewStaysAsItWas) {
  const auto list = Open(/*changes_max=*/1);
  ASSERT_TRUE(list->Apply({0, 1, {TokenOf(1)}, {}}).ok());
  const auto before = list->view();
  ASSERT_TRUE(list->Apply({1, 2, {TokenOf(2)}, {TokenOf(1)}}).ok());  // writes a file
  ASSERT_TRUE(list->Apply({2, 3, TokensOf(10, 20), {}}).ok());        // and another
  EXPECT_EQ(before->epoch(), 1U);
  EXPECT_TRUE(*before->Contains(1, TokenOf(1).token));
  EXPECT_FALSE(*before->Contains(1, TokenOf(2).token));
}

TEST_F(StoredDenyListTest, AWholeListTakesTheOldOnesPlace) {
  auto list = Open();
  ASSERT_TRUE(list->Apply({0, 900, TokensOf(5000, 5010), {}}).ok());
  auto incoming = list->Replace();
  std::uint64_t epoch = 0;
  for (std::uint64_t n = 0; n < 1000; n += 10, ++epoch) {
    ASSERT_TRUE(incoming->Add({epoch, epoch + 1, TokensOf(n, n + 10), {}}).ok());
  }
  // Removed in a later piece, and denied again in another.
  ASSERT_TRUE(incoming->Add({epoch, epoch + 1, {}, TokensOf(0, 500)}).ok());
  ASSERT_TRUE(incoming->Add({epoch + 1, epoch + 2, TokensOf(0, 3), {}}).ok());
  EXPECT_FALSE(incoming->Add({epoch, epoch + 9, {}, {}}).ok());
  EXPECT_EQ(list->epoch(), 900U);
  EXPECT_TRUE(Has(*list, TokenOf(5000)));
  ASSERT_TRUE(incoming->Commit().ok());
  incoming.reset();
  list.reset();
  files_.PowerOn(Unsynced::kLost);
  list = Open();
  EXPECT_EQ(list->epoch(), epoch + 2);
  EXPECT_EQ(list->view()->size(), 503U);
  EXPECT_FALSE(Has(*list, TokenOf(5000)));
  for (std::uint64_t n = 0; n < 1010; ++n) {
    ASSERT_EQ(Has(*list, TokenOf(n)), n < 3 || (n >= 500 && n < 1000)) << n;
  }
  EXPECT_THAT(Names(), ::testing::ElementsAre("list-0000000000000001"));
}

TEST_F(StoredDenyListTest, AReplacementThatIsDroppedChangesNothing) {
  const auto list = Open();
  ASSERT_TRUE(list->Apply({0, 1, {TokenOf(1)}, {}}).ok());
  auto incoming = list->Replace();
  ASSERT_TRUE(incoming->Add({0, 2, TokensOf(100, 300), {}}).ok());
  incoming.reset();
  EXPECT_EQ(list->epoch(), 1U);
  EXPECT_FALSE(Has(*list, TokenOf(100)));
  EXPECT_THAT(Names(), ::testing::ElementsAre("changes-0000000000000000"));
}

// Any sequence of deltas, whole lists and restarts gives what a plain map gives.
TEST_F(StoredDenyListTest, IsAsAMapIs) {
  constexpr int kTokens = 60;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    files_ = ForgetfulFiles();
    auto list = Open(/*changes_max=*/20);
    std::uint64_t expected = 0;
    std::uint64_t epoch = 0;
    for (int step = 0; step < 60; ++step) {
      DenyListDelta delta{epoch, epoch + 1 + random() % 3, {}, {}};
      std::uint64_t next = expected;
      for (auto i = random() % 12; i > 0; --i) {
        const std::uint64_t n = random() % kTokens;
        const bool denied = random() % 2 == 0;
        // Each token once in a delta.
        if (std::ranges::count(delta.added, TokenOf(n)) > 0) continue;
        if (std::ranges::count(delta.removed, TokenOf(n)) > 0) continue;
        (denied ? delta.added : delta.removed).push_back(TokenOf(n));
        next = denied ? next | std::uint64_t{1} << n : next & ~(std::uint64_t{1} << n);
      }
      if (random() % 10 == 0) {
        auto incoming = list->Replace();
        delta.from_epoch = 0;
        ASSERT_TRUE(incoming->Add(delta).ok());
        ASSERT_TRUE(incoming->Commit().ok());
        next = 0;
        for (std::uint64_t n = 0; n < kTokens; ++n) {
          next |= std::uint64_t{std::ranges::count(delta.added, TokenOf(n)) > 0} << n;
        }
      } else {
        ASSERT_TRUE(list->Apply(delta).ok());
      }
      expected = next;
      epoch = delta.to_epoch;
      if (random() % 5 == 0) {
        list.reset();
        list = Open(20);
      }
      ASSERT_EQ(list->epoch(), epoch) << "seed " << seed << ", step " << step;
      ASSERT_EQ(Denied(*list, kTokens), expected) << "seed " << seed << ", step " << step;
      ASSERT_EQ(list->view()->size(), static_cast<std::size_t>(std::popcount(expected)));
    }
  }
}

// Deltas of which some write a new file, then a whole list; the power goes at each step of it.
TEST_F(StoredDenyListTest, APowerCutLeavesTheListBeforeOrTheOneAfter) {
  constexpr int kTokens = 40;
  const std::vector<DenyListDelta> deltas{{0, 1, TokensOf(0, 4), {}},
                                          {1, 2, TokensOf(4, 6), TokensOf(0, 2)},
                                          {2, 3, TokensOf(6, 12), TokensOf(2, 3)},
                                          {3, 4, TokensOf(0, 1), TokensOf(6, 7)}};
  std::map<std::uint64_t, std::uint64_t> denied_at{{0, 0}};  // epoch → tokens
  // Each step is answered for before the next begins; returns how many were.
  const auto run = [&](StoredDenyList& list, bool note) {
    std::size_t done = 0;
    for (const DenyListDelta& delta : deltas) {
      if (!list.Apply(delta).ok()) return done;
      if (note) denied_at[delta.to_epoch] = Denied(list, kTokens);
      ++done;
    }
    auto incoming = list.Replace();
    if (!incoming->Add({0, 9, TokensOf(20, 30), {}}).ok() || !incoming->Commit().ok()) return done;
    if (note) denied_at[9] = Denied(list, kTokens);
    return done + 1;
  };
  constexpr std::uint64_t kEpochs[] = {0, 1, 2, 3, 4, 9};
  {
    const auto list = Open(/*changes_max=*/8);
    ASSERT_EQ(run(*list, /*note=*/true), std::size(kEpochs) - 1);
  }
  const std::uint64_t steps = files_.steps();
  ASSERT_GT(steps, 1000U);
  for (const Unsynced unsynced : {Unsynced::kLost, Unsynced::kKept, Unsynced::kLaterHalfKept}) {
    for (std::uint64_t cut = 0; cut < steps; ++cut) {
      files_ = ForgetfulFiles();
      files_.CutPowerAfter(cut);
      std::size_t done = 0;
      if (auto list = StoredDenyList::Open(
              files_, {.folder = kFolder, .changes_max = 8, .incoming_max = 64});
          list.ok()) {
        done = run(**list, /*note=*/false);
      }
      files_.PowerOn(unsynced);
      const auto list = Open(8);
      const std::uint64_t epoch = list->epoch();
      ASSERT_TRUE(epoch == kEpochs[done] ||
                  (done + 1 < std::size(kEpochs) && epoch == kEpochs[done + 1]))
          << "cut at " << cut << ": " << done << " were answered for, epoch " << epoch;
      ASSERT_EQ(Denied(*list, kTokens), denied_at.at(epoch)) << "cut at " << cut;
      // It goes on from there.
      ASSERT_TRUE(list->Apply({epoch, epoch + 100, {TokenOf(39)}, {}}).ok());
      ASSERT_TRUE(Has(*list, TokenOf(39)));
    }
  }
}

TEST_F(StoredDenyListTest, ADamagedFileIsToldAndIsAsNone) {
  {
    const auto list = Open(/*changes_max=*/1);
    ASSERT_TRUE(list->Apply({0, 4, TokensOf(0, 10), {}}).ok());
  }
  const std::string path = std::string(kFolder) + "/list-0000000000000001";
  const Bytes whole = files_.Contents(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    files_.Contents(path) = whole;
    files_.Contents(path)[at] ^= 0x10;
    const auto list = Open();
    ASSERT_TRUE(list->damaged()) << at;
    ASSERT_EQ(list->epoch(), 0U) << at;
    ASSERT_EQ(Denied(*list, 10), 0U) << at;
    // Open() has removed it: put it back for the next octet.
    ASSERT_TRUE(files_.Open(path).ok());
  }
  const auto list = Open();
  ASSERT_TRUE(list->Apply({0, 4, TokensOf(0, 10), {}}).ok());
  EXPECT_EQ(Denied(*list, 10), 0x3FFU);
}

TEST_F(StoredDenyListTest, AFullDiskLeavesTheListAsItWas) {
  const auto list = Open(/*changes_max=*/4);
  ASSERT_TRUE(list->Apply({0, 1, TokensOf(0, 4), {}}).ok());
  for (const std::uint64_t space : {0U, 10U, 200U}) {
    files_.space_left = space;
    const auto applied = list->Apply({1, 2, TokensOf(4, 20), {}});
    ASSERT_FALSE(applied.ok());
    EXPECT_TRUE(applied.error().Is(errors::kJournalIo));
    EXPECT_EQ(list->epoch(), 1U);
    EXPECT_EQ(Denied(*list, 20), 0xFU);
  }
  files_.space_left.reset();
  ASSERT_TRUE(list->Apply({1, 2, TokensOf(4, 20), {}}).ok());
  EXPECT_EQ(Denied(*list, 20), 0xFFFFFU);
}

// Tokens with the same leading bits: found all the same, each for what it is.
TEST_F(StoredDenyListTest, TokensThatAreNotRandomAreFoundToo) {
  auto list = Open(/*changes_max=*/1);
  std::vector<DeniedToken> tokens;
  for (int n = 0; n < 1000; n += 2) {
    DeniedToken token{1, {}};
    token.token[30] = static_cast<std::uint8_t>(n >> 8);
    token.token[31] = static_cast<std::uint8_t>(n);
    tokens.push_back(token);
  }
  ASSERT_TRUE(list->Apply({0, 1, tokens, {}}).ok());
  ASSERT_EQ(list->view()->size(), 500U);
  for (int n = 0; n < 1000; ++n) {
    DeniedToken token{1, {}};
    token.token[30] = static_cast<std::uint8_t>(n >> 8);
    token.token[31] = static_cast<std::uint8_t>(n);
    ASSERT_EQ(Has(*list, token), n % 2 == 0) << n;
    ASSERT_FALSE(Has(*list, {2, token.token})) << n;
  }
}

// What is promised of memory, and that the index sends hardly any other card to the disk.
TEST(DeniedIndexTest, IsSmallAndHardlyEverInVain) {
  constexpr std::uint64_t kTokens = 100'000;
  std::vector<DeniedToken> tokens = TokensOf(0, kTokens);
  std::ranges::sort(tokens, FileOrder);
  DeniedIndex index(kTokens);
  for (const DeniedToken& token : tokens) index.Add(token.token);
  index.Finish();
  EXPECT_LT(index.memory_bytes(), kTokens * 22 / 10);
  for (std::uint64_t at = 0; at < kTokens; ++at) {
    const auto [begin, end] = index.Candidates(tokens[at].token);
    ASSERT_TRUE(begin <= at && at < end) << at;
  }
  std::uint64_t in_vain = 0;
  for (std::uint64_t n = kTokens; n < 2 * kTokens; ++n) {
    const auto [begin, end] = index.Candidates(TokenOf(n).token);
    in_vain += begin != end;
  }
  EXPECT_LT(in_vain, kTokens / 400);  // one in a thousand is expected
}

}  // namespace
}  // namespace plaza::emv
