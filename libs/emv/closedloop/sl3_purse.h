// A purse on MIFARE Plus at security level 3, in one of a 4K card's large sectors (32 to 39), since
// it needs blocks of two access groups: two value blocks and two records.
//
//   first + 0, + 1   value blocks (access condition 110: key A reads, decrements, transfers,
//                    restores; key B also writes and increments)
//   first + 5, + 6   records (condition 000)
//
// A card writes one block; torn from the field meanwhile, it may hold the old data, the new, or
// neither. So operation n writes value block n mod 2 from the other, then record n mod 2: with the
// record the operation is done. The newest whole record tells which value counts; blocks of an
// operation that did not get so far are overwritten by the next.
#pragma once
#include "libs/emv/closedloop/purse.h"
#include "libs/emv/closedloop/sl3.h"

namespace plaza::emv {

struct Sl3PurseLayout {
  Sl3Block first;  // of its sector
  Sl3KeyBlock key_block;
};

class Sl3Purse final : public Purse {
 public:
  Sl3Purse(CardChannel& channel, RandomSource random, const Sl3PurseLayout& layout,
           const AesKey& key)
      : terminal_(channel, std::move(random)), layout_(layout), key_(key) {}

  // With key B: an empty purse, whatever was there. A tear leaves the old one, or a damaged one:
  // issue again.
  Result<void> Issue();

 protected:
  Result<PurseState> ReadState() override;
  Result<void> Apply(const PurseRecord& next) override;

 private:
  Sl3Terminal terminal_;
  Sl3PurseLayout layout_;
  AesKey key_;
};

}  // namespace plaza::emv
