#include "services/tap-ingest/core/media.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

namespace plaza::tap_ingest {
namespace {

constexpr std::string_view kPar = "V0010013020021234567890ABCDEF";
constexpr std::string_view kOtherPar = "V0010013020029999999999ABCDEF";

TokenRef Token(std::uint8_t n, std::uint32_t epoch = 1) {
  TokenRef token;
  token.epoch = epoch;
  token.token.fill(n);
  return token;
}
MediumId MediumOf(const TokenRef& token) { return MakeMediumId(token.epoch, token.token); }
AccountId Own(const TokenRef& token) { return MakeAccountId({}, MediumOf(token)); }
AccountId OfPar(std::string_view par) { return MakeAccountId(par, MediumId()); }

TEST(MediaRegistry, ATapWithoutAParOpensTheMediumsOwnAccount) {
  MediaRegistry registry;
  MediaEffects effects;
  const Holder holder = registry.Accepted(Token(1), {}, effects);
  EXPECT_EQ(holder.medium, MediumOf(Token(1)));
  EXPECT_EQ(holder.account, Own(Token(1)));
  ASSERT_EQ(effects.rows.size(), 1u);
  EXPECT_TRUE(effects.rows[0].is_new);
  EXPECT_TRUE(effects.links.empty());
}

TEST(MediaRegistry, TheSameTapAgainChangesNothing) {
  MediaRegistry registry;
  MediaEffects first;
  registry.Accepted(Token(1), kPar, first);
  MediaEffects again;
  EXPECT_EQ(registry.Accepted(Token(1), kPar, again).account, OfPar(kPar));
  EXPECT_EQ(registry.Accepted(Token(1), {}, again).account, OfPar(kPar));
  registry.Learned(MediumOf(Token(1)), Token(1), kPar, again);
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(again.par_conflicts, 0);
}

TEST(MediaRegistry, AParAtTheFirstTapLinksToo) {
  MediaRegistry registry;
  MediaEffects effects;
  EXPECT_EQ(registry.Accepted(Token(1), kPar, effects).account, OfPar(kPar));
  ASSERT_EQ(effects.rows.size(), 1u);  // one row, new and with its PAR
  EXPECT_TRUE(effects.rows[0].is_new);
  EXPECT_EQ(effects.rows[0].par, kPar);
  EXPECT_EQ(effects.rows[0].medium.account, OfPar(kPar));
  ASSERT_EQ(effects.links.size(), 1u);
  EXPECT_EQ(effects.links[0].from, Own(Token(1)));
  EXPECT_EQ(effects.links[0].to, OfPar(kPar));
  EXPECT_EQ(effects.links[0].tokens, std::vector<TokenRef>{Token(1)});
}

TEST(MediaRegistry, ALateParMovesTheMedium) {
  MediaRegistry registry;
  MediaEffects effects;
  registry.Accepted(Token(1), {}, effects);
  MediaEffects late;
  EXPECT_EQ(registry.Accepted(Token(1), kPar, late).account, OfPar(kPar));
  ASSERT_EQ(late.rows.size(), 1u);
  EXPECT_FALSE(late.rows[0].is_new);
  ASSERT_EQ(late.links.size(), 1u);
  EXPECT_EQ(late.links[0].from, Own(Token(1)));
}

TEST(MediaRegistry, ARefusedTapTeachesNothing) {
  MediaRegistry registry;
  const MediaRegistry before = registry;
  EXPECT_EQ(registry.Refused(Token(1)).account, Own(Token(1)));
  EXPECT_EQ(registry, before);
  MediaEffects effects;
  registry.Accepted(Token(1), kPar, effects);
  EXPECT_EQ(registry.Refused(Token(1)).account, OfPar(kPar));
}

TEST(MediaRegistry, ASecondParIsCountedAndTheFirstIsKept) {
  MediaRegistry registry;
  MediaEffects effects;
  registry.Accepted(Token(1), kPar, effects);
  MediaEffects other;
  EXPECT_EQ(registry.Accepted(Token(1), kOtherPar, other).account, OfPar(kPar));
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(other.par_conflicts, 1);
}

TEST(MediaRegistry, TheVaultMayKnowTheCardBeforeItsFirstTap) {
  MediaRegistry registry;
  MediaEffects effects;
  registry.Learned(MediumOf(Token(1)), Token(1), kPar, effects);
  ASSERT_EQ(effects.links.size(), 1u);
  MediaEffects tap;
  EXPECT_EQ(registry.Accepted(Token(1), {}, tap).account, OfPar(kPar));
  EXPECT_TRUE(tap.empty());
}

// Whatever order the facts about a card and its phone come in, twice or once: the same accounts,
// and the same links.
TEST(MediaRegistry, TheOrderOfFactsMakesNoDifference) {
  const TokenRef card = Token(1);
  const TokenRef phone = Token(2);
  using Fact = std::function<void(MediaRegistry&, MediaEffects&)>;
  const std::vector<Fact> facts = {
      [&](auto& r, auto& e) { r.Accepted(card, {}, e); },
      [&](auto& r, auto& e) { r.Accepted(card, kPar, e); },
      [&](auto& r, auto& e) { r.Accepted(phone, kPar, e); },
      [&](auto& r, auto& e) { r.Learned(MediumOf(card), card, kPar, e); },
      [&](auto& r, auto& e) { r.Accepted(phone, {}, e); },
  };
  std::vector<std::size_t> order(facts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::optional<MediaRegistry> expected;
  do {
    MediaRegistry registry;
    std::map<AccountId, std::pair<AccountId, int>> links;
    for (int round = 0; round < 2; ++round) {
      for (const std::size_t i : order) {
        MediaEffects effects;
        facts[i](registry, effects);
        for (const AccountLink& link : effects.links) {
          links[link.from].first = link.to;
          ++links[link.from].second;
        }
      }
    }
    if (!expected.has_value()) expected = registry;
    EXPECT_EQ(registry, *expected);
    const std::map<AccountId, std::pair<AccountId, int>> each_once = {
        {Own(card), {OfPar(kPar), 1}}, {Own(phone), {OfPar(kPar), 1}}};
    EXPECT_EQ(links, each_once);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(MediaRegistry, ANewTokenOfAKnownCardJoinsIt) {
  MediaRegistry registry;
  MediaEffects effects;
  registry.Accepted(Token(1), {}, effects);
  const TokenRef renewed = Token(9, /*epoch=*/2);
  MediaEffects before;
  registry.Accepted(renewed, {}, before);  // came before the vault said whose it is
  MediaEffects learned;
  registry.Learned(MediumOf(Token(1)), renewed, {}, learned);
  ASSERT_EQ(learned.links.size(), 1u);
  EXPECT_EQ(learned.links[0].from, Own(renewed));
  EXPECT_EQ(learned.links[0].to, Own(Token(1)));
  EXPECT_EQ(learned.links[0].tokens, (std::vector<TokenRef>{Token(1), renewed}));
  ASSERT_EQ(learned.aliases.size(), 1u);

  MediaEffects par;
  const Holder holder = registry.Accepted(renewed, kPar, par);
  EXPECT_EQ(holder.medium, MediumOf(Token(1)));
  EXPECT_EQ(holder.account, OfPar(kPar));
  ASSERT_EQ(par.links.size(), 1u);
  EXPECT_EQ(par.links[0].tokens.size(), 2u);

  MediaEffects again;
  registry.Learned(MediumOf(Token(1)), renewed, {}, again);
  EXPECT_TRUE(again.empty());
}

TEST(MediaRegistry, AnAliasThatWasRolledBackIsGone) {
  MediaRegistry registry;
  MediaEffects effects;
  registry.Accepted(Token(1), {}, effects);
  const MediaRegistry before = registry;
  MediaEffects learned;
  registry.Learned(MediumOf(Token(1)), Token(9, 2), {}, learned);
  registry.EraseAlias(learned.aliases.at(0));
  EXPECT_EQ(registry, before);
}

}  // namespace
}  // namespace plaza::tap_ingest
