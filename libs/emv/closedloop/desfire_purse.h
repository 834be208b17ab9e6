// A purse on DESFire (EV2 or later): a value file and a backup data file of 16 octets with the
// record, both in CommMode full. Debit or credit and the record take effect with the commit, which
// the card does as a whole; a card torn from the field before it forgets both.
//
// Rights: on both files Read for the gate's key and ReadWrite for the loader's; Write on the record
// for the gate's key, on the value for nobody (it would allow limited credits). So the gate's key
// debits, and only the loader's credits.
#pragma once
#include "libs/emv/closedloop/desfire.h"
#include "libs/emv/closedloop/purse.h"

namespace plaza::emv {

struct DesfirePurseLayout {
  DesfireAid aid{};
  DesfireFile value;
  DesfireFile record;
  DesfireKeyNumber key_number;
};

class DesfirePurse final : public Purse {
 public:
  DesfirePurse(CardChannel& channel, RandomSource random, const DesfirePurseLayout& layout,
               const AesKey& key)
      : terminal_(channel, std::move(random)), layout_(layout), key_(key) {}

  // With the loader's key, on files made new: the first record, beside a value of zero.
  Result<void> Issue();

 protected:
  Result<PurseState> ReadState() override;
  Result<void> Apply(const PurseRecord& next) override;

 private:
  Result<void> Enter();
  Result<void> WriteRecord(const PurseRecord& record);

  DesfireTerminal terminal_;
  DesfirePurseLayout layout_;
  AesKey key_;
};

}  // namespace plaza::emv
