#include "services/tap-ingest/core/media.h"

#include <algorithm>

#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

AccountId AccountOfMedium(const MediumId& medium) { return MakeAccountId({}, medium); }
AccountId AccountOfPar(std::string_view par) { return MakeAccountId(par, MediumId()); }

}  // namespace

MediumId MediaRegistry::Resolve(const MediumId& id) const {
  if (aliases_.empty()) return id;
  MediumId root = id;
  // Ends: an alias is only ever made from a root to another root.
  for (auto found = aliases_.find(root); found != aliases_.end(); found = aliases_.find(root)) {
    root = found->second;
  }
  return root;
}

const Medium* MediaRegistry::Find(const MediumId& id) const {
  const auto found = media_.find(Resolve(id));
  return found == media_.end() ? nullptr : &found->second;
}

std::vector<TokenRef> MediaRegistry::TokensOf(const MediumId& id) const {
  std::vector<TokenRef> tokens;
  if (const Medium* medium = Find(id)) tokens.push_back(medium->token);
  const auto later = later_tokens_.find(Resolve(id));
  if (later == later_tokens_.end()) return tokens;
  for (const TokenRef& token : later->second) {
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
  }
  return tokens;
}

Medium& MediaRegistry::Create(const MediumId& id, const TokenRef& token, MediaEffects& effects) {
  Medium& medium = media_[id];
  medium = {AccountOfMedium(id), token, /*has_par=*/false};
  effects.rows.push_back({id, medium, {}, /*is_new=*/true});
  return medium;
}

void MediaRegistry::Teach(const MediumId& id, Medium& medium, std::string_view par,
                          MediaEffects& effects) {
  const AccountId account = AccountOfPar(par);
  if (medium.has_par) {
    if (account != medium.account) ++effects.par_conflicts;
    return;
  }
  const AccountId before = medium.account;
  medium.account = account;
  medium.has_par = true;
  const bool written_now = !effects.rows.empty() && effects.rows.back().id == id;
  if (written_now) {
    effects.rows.back().medium = medium;
    effects.rows.back().par = std::string(par);
  } else {
    effects.rows.push_back({id, medium, std::string(par), /*is_new=*/false});
  }
  effects.links.push_back({before, account, id, TokensOf(id)});
}

Holder MediaRegistry::Accepted(const TokenRef& token, std::string_view par, MediaEffects& effects) {
  const MediumId id = Resolve(MakeMediumId(token.epoch, token.token));
  const auto found = media_.find(id);
  Medium& medium = found == media_.end() ? Create(id, token, effects) : found->second;
  if (!par.empty()) Teach(id, medium, par, effects);
  return {id, medium.account};
}

Holder MediaRegistry::Refused(const TokenRef& token) const {
  const MediumId id = Resolve(MakeMediumId(token.epoch, token.token));
  const auto found = media_.find(id);
  return {id, found == media_.end() ? AccountOfMedium(id) : found->second.account};
}

void MediaRegistry::Retoken(const MediumId& medium, const MediumId& own, const TokenRef& card,
                            MediaEffects& effects) {
  const auto existing = media_.find(own);
  const AccountId before =
      existing == media_.end() ? AccountOfMedium(own) : existing->second.account;
  const AliasRow alias{own, medium, card};
  PutAlias(alias);
  effects.aliases.push_back(alias);
  const AccountId survivor = media_.at(medium).account;
  if (before != survivor) effects.links.push_back({before, survivor, medium, TokensOf(medium)});
}

void MediaRegistry::Learned(const MediumId& medium_id, const TokenRef& card, std::string_view par,
                            MediaEffects& effects) {
  const MediumId id = Resolve(medium_id);
  const MediumId own = MakeMediumId(card.epoch, card.token);
  if (!media_.contains(id)) Create(id, card, effects);
  if (!par.empty()) Teach(id, media_.at(id), par, effects);
  const bool known = own == id || aliases_.contains(own);
  const bool room = TokensOf(id).size() < kTokensPerMediumMax;
  if (!known && room) Retoken(id, own, card, effects);
}

void MediaRegistry::PutAlias(const AliasRow& alias) {
  if (!aliases_.insert_or_assign(alias.token_medium, alias.medium).second) return;
  later_tokens_[alias.medium].push_back(alias.token);
}

void MediaRegistry::EraseAlias(const AliasRow& alias) {
  if (aliases_.erase(alias.token_medium) == 0) return;
  const auto later = later_tokens_.find(alias.medium);
  std::erase(later->second, alias.token);
  if (later->second.empty()) later_tokens_.erase(later);
}

}  // namespace plaza::tap_ingest
