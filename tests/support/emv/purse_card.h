// A card with an issued purse, whatever its make, as a gate and as a loader see it.
#pragma once
#include <memory>

#include "libs/emv/closedloop/purse.h"
#include "tests/support/emv/closed_loop_card.h"

namespace plaza::emv::test {

class PurseCard {
 public:
  virtual ~PurseCard() = default;
  virtual ClosedLoopCard& card() = 0;
  virtual std::unique_ptr<Purse> AtGate(CardChannel& field) = 0;    // its key debits
  virtual std::unique_ptr<Purse> AtLoader(CardChannel& field) = 0;  // its key also loads
  virtual Result<void> Issue(CardChannel& field) = 0;               // anew
  virtual unsigned torn_variants() const = 0;
};

// Fixed keys; the seed is of the card's and the terminals' challenges. The purse is empty.
std::unique_ptr<PurseCard> MakeSl3PurseCard(std::uint64_t seed = 1);
std::unique_ptr<PurseCard> MakeDesfirePurseCard(std::uint64_t seed = 1);

AesKey TestKey(std::uint8_t fill);

}  // namespace plaza::emv::test
