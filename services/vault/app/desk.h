// The vault's two use cases: a tap brings a card, and a request asks for money. Made for one
// transaction.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "libs/emv/vsam/vsam.h"
#include "services/vault/app/ports.h"

namespace plaza::vault {

// A tap that carries a card for the vault.
struct SealedTap {
  std::string validator_id;
  std::uint64_t sequence = 0;
  CardKey card;
  MediumId medium;
  std::string par;  // from the chip; may be empty
  Bytes sealed;
  std::uint32_t seal_scheme = 0;
};

struct DeskCounts {
  std::int64_t cards_learned = 0;
  std::int64_t pars_learned = 0;
  std::int64_t repeated = 0;
  bool parked_changed = false;
  std::map<Purpose, std::int64_t> approved;
  std::map<Purpose, std::int64_t> declined;
};

class Desk {
 public:
  // All outlive the desk. `data_base`: the key from which the validators' data keys follow.
  Desk(const emv::Key256& data_base, const Acquirer& acquirer, Cards& cards, Requests& requests,
       Facts& facts)
      : data_base_(data_base),
        acquirer_(acquirer),
        cards_(cards),
        requests_(requests),
        facts_(facts) {}

  // Opens the envelope of a card that is not known yet, keeps the card, and answers the requests
  // that waited for it. SEAL_BROKEN, UNKNOWN_SEAL_SCHEME, BAD_CARD_DATA, BAD_TLV: nothing was
  // changed.
  Result<void> OnTap(const SealedTap& tap);
  // Answers, answers again, or parks. REQUEST_CONFLICT, CARD_DAMAGED: nothing was changed.
  Result<void> OnRequest(const AuthRequest& request);

  const DeskCounts& counts() const { return counts_; }

 private:
  Result<void> Learn(const SealedTap& tap);
  void Ask(const AuthRequest& request, const KnownCard& known, const CardData& card);

  const emv::Key256& data_base_;
  const Acquirer& acquirer_;
  Cards& cards_;
  Requests& requests_;
  Facts& facts_;
  DeskCounts counts_;
};

}  // namespace plaza::vault
