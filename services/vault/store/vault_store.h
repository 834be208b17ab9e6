// The ports on SQL. A TxCards and a TxRequests belong to one transaction.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/store/db.h"
#include "services/vault/app/ports.h"
#include "services/vault/store/card_safe.h"

namespace plaza::vault {

std::vector<store::Migration> Migrations();

// Is this the key that the store was written with? A new store remembers it. WRONG_STORAGE_KEY: no
// request may be lost to a wrong key.
Result<void> CheckStorageKey(store::Tx& tx, const CardSafe& safe);

struct CardKeyHash {
  std::size_t operator()(const CardKey& key) const noexcept;
};

// Cards that the consumer's thread has seen: nearly every tap is of one. Dropped after a rollback.
// Not thread-safe.
class CardCache {
 public:
  const KnownCard* Find(const CardKey& key) const;
  void Put(const CardKey& key, KnownCard known);  // starts anew at kKnownCardsMax
  void Clear() { cards_.clear(); }

 private:
  std::unordered_map<CardKey, KnownCard, CardKeyHash> cards_;
};

class TxCards : public Cards {
 public:
  TxCards(store::Tx& tx, const CardSafe& safe, CardCache& cache)
      : tx_(tx), safe_(safe), cache_(cache) {}
  std::optional<KnownCard> Find(const CardKey& key) override;
  void Add(const CardKey& key, const KnownCard& known, const CardData& card,
           ByteView clear) override;
  void SetPar(const CardKey& key, const std::string& par) override;
  Result<CardData> Open(const CardKey& key) override;

 private:
  store::Tx& tx_;
  const CardSafe& safe_;
  CardCache& cache_;
};

class TxRequests : public Requests {
 public:
  explicit TxRequests(store::Tx& tx) : tx_(tx) {}
  std::optional<KeptAnswer> FindAnswer(const Uuid& request) override;
  void Keep(const KeptAnswer& kept) override;
  std::optional<Fingerprint> FindParked(const CardKey& card, const Uuid& request) override;
  void Park(const AuthRequest& request) override;
  std::vector<AuthRequest> Parked(const CardKey& card) override;
  void Unpark(const CardKey& card, const Uuid& request) override;
  std::int64_t CountParked();

 private:
  store::Tx& tx_;
};

// What support may see.
struct ShownCard {
  std::string pan_masked;
  std::string expiry;
  std::string scheme;
};
std::optional<ShownCard> FindShownCard(store::Tx& tx, const CardKey& key);

}  // namespace plaza::vault
