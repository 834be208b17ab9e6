// What the use cases need: cards, requests, the acquirer, and facts to send. One implementation
// each in store/, gateway/ and feed/; all but the acquirer belong to one transaction.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "libs/base/result.h"
#include "services/vault/core/card.h"
#include "services/vault/core/request.h"

namespace plaza::vault {

// What is known of a card without opening it.
struct KnownCard {
  MediumId medium;
  std::string par;  // empty: not known yet
};

// May throw the store's own exception, which ends the transaction.
class Cards {
 public:
  virtual ~Cards() = default;
  virtual std::optional<KnownCard> Find(const CardKey& key) = 0;
  // `clear`: the TLV that `card` was read from. Kept under the storage key.
  virtual void Add(const CardKey& key, const KnownCard& known, const CardData& card,
                   ByteView clear) = 0;
  virtual void SetPar(const CardKey& key, const std::string& par) = 0;
  virtual Result<CardData> Open(const CardKey& key) = 0;  // of a known card; CARD_DAMAGED
};

struct KeptAnswer {
  Answer answer;
  Fingerprint fingerprint;
};

class Requests {
 public:
  virtual ~Requests() = default;
  virtual std::optional<KeptAnswer> FindAnswer(const Uuid& request) = 0;
  virtual void Keep(const KeptAnswer& kept) = 0;
  virtual std::optional<Fingerprint> FindParked(const CardKey& card, const Uuid& request) = 0;
  virtual void Park(const AuthRequest& request) = 0;
  virtual std::vector<AuthRequest> Parked(const CardKey& card) = 0;  // by id
  virtual void Unpark(const CardKey& card, const Uuid& request) = 0;
};

// The acquirer answers at once here. One behind a network needs a queue of its own between Park()
// and Keep().
class Acquirer {
 public:
  virtual ~Acquirer() = default;
  virtual Verdict Send(const AuthRequest& request, const CardData& card) const = 0;
};

// A card's PAR that its taps did not tell.
struct LearnedPar {
  MediumId medium;
  CardKey card;
  std::string par;
  Instant event_time;
};

class Facts {
 public:
  virtual ~Facts() = default;
  virtual void Send(const AuthRequest& request, const Answer& answer) = 0;
  virtual void Send(const LearnedPar& learned) = 0;
};

}  // namespace plaza::vault
