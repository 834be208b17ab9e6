// A purse on DESFire (EV2 or later): a value file and a backup data file of 16 octets with the
// record, both in CommMode full. Debit or credit and the record take effect with the commit, which
// the card does as a whole; a card torn from the field before it forgets both.
//
// Rights of both files: Read and Write for the gate's key, ReadWrite for the loader's. So the card
// lets only the loader's key credit (the value file's Write is "never", since it would allow a
// limited credit).
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
