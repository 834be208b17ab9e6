// The registry of media and accounts: (token epoch, token) → medium → account
// (docs/architecture.md, "Who owns what"). Pure: a state value whose steps return what follows from
// them. Not thread-safe.
//
// A medium's id follows from its token, its account's id from the PAR where one is known, else from
// the medium: so the same facts in any order end in the same accounts. Whenever a medium learns a
// PAR its account changes from the medium's to the PAR's, and an AccountLinked says so, even at its
// first tap: an entitlement may have been granted to the medium's account before, and whether a tap
// with or without the PAR came first must make no difference.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/base/ids.h"
#include "libs/emv/journal/tap_record.h"

namespace plaza::tap_ingest {

struct TokenRef {
  std::uint32_t epoch = 0;
  emv::Token token{};
  bool operator==(const TokenRef&) const = default;
};

struct Medium {
  AccountId account;
  TokenRef token;  // the one that it was first seen with
  bool has_par = false;
  bool operator==(const Medium&) const = default;
};

// What is to be written and told.
struct MediumRow {
  MediumId id;
  Medium medium;
  std::string par;  // empty if not known
  bool is_new = false;
};
struct AliasRow {
  MediumId token_medium;  // the id that the new token alone would give
  MediumId medium;        // the medium that it belongs to
  TokenRef token;
};
struct AccountLink {
  AccountId from;
  AccountId to;  // the survivor
  MediumId medium;
  std::vector<TokenRef> tokens;  // all of the medium
};
struct MediaEffects {
  std::vector<MediumRow> rows;
  std::vector<AliasRow> aliases;
  std::vector<AccountLink> links;
  int par_conflicts = 0;  // another PAR for a medium that has one: the first is kept
  bool empty() const { return rows.empty() && aliases.empty() && links.empty(); }
};

struct Holder {
  MediumId medium;
  AccountId account;
};

class MediaRegistry {
 public:
  // An accepted tap teaches: `par` is from authenticated data, or empty.
  Holder Accepted(const TokenRef& token, std::string_view par, MediaEffects& effects);
  // A refused tap teaches nothing.
  Holder Refused(const TokenRef& token) const;
  // From the vault: `card` is a token of `medium`, and its PAR if that is known.
  void Learned(const MediumId& medium, const TokenRef& card, std::string_view par,
               MediaEffects& effects);

  // Loading and putting right what a rollback undid.
  void Put(const MediumId& id, const Medium& medium) { media_.insert_or_assign(id, medium); }
  void PutAlias(const AliasRow& alias);
  void Erase(const MediumId& id) { media_.erase(id); }
  void EraseAlias(const AliasRow& alias);

  const Medium* Find(const MediumId& id) const;
  std::vector<TokenRef> TokensOf(const MediumId& id) const;
  std::size_t size() const { return media_.size(); }
  bool operator==(const MediaRegistry&) const = default;

 private:
  MediumId Resolve(const MediumId& id) const;
  Medium& Create(const MediumId& id, const TokenRef& token, MediaEffects& effects);
  void Teach(const MediumId& id, Medium& medium, std::string_view par, MediaEffects& effects);
  void Retoken(const MediumId& medium, const MediumId& own, const TokenRef& card,
               MediaEffects& effects);

  std::unordered_map<MediumId, Medium> media_;
  std::unordered_map<MediumId, MediumId> aliases_;  // few: tokens of a later epoch
  std::unordered_map<MediumId, std::vector<TokenRef>> later_tokens_;  // of those media
};

}  // namespace plaza::tap_ingest
