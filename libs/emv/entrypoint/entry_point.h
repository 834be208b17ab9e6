// Entry Point (EMV Contactless Book B): SELECT PPSE, the directory, the choice of an application,
// SELECT of it.
#pragma once
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"

namespace plaza::emv {

struct Combination {
  Bytes aid;                      // 5 to 16 bytes, what the gate accepts
  Bytes kernel_id = {0x03};       // 1 or 3 bytes
  bool partial_selection = true;  // a longer ADF name that begins with `aid` matches
};

struct DirectoryEntry {
  Bytes adf_name;               // 4F
  Bytes label;                  // 50
  std::uint8_t priority = 0;    // 87, its lower four bits; 0 is the lowest
  Bytes kernel_id;              // 9F2A as given, or the default of the RID
  std::size_t combination = 0;  // index into the configured ones
};

struct SelectedApplication {
  DirectoryEntry entry;
  Bytes fci;  // the answer to its SELECT
};

// The directory entries of a PPSE's FCI that match a combination, best first (Book B, 3.3.2
// and 3.3.3): by priority, then by the order of the directory. Entries that are malformed are
// passed over; a malformed FCI is CARD_ERROR.
Result<std::vector<DirectoryEntry>> BuildCandidates(ByteView ppse_fci,
                                                    const std::vector<Combination>& combinations);

// CARD_REMOVED, CARD_ERROR, NO_APPLICATION. A candidate that refuses SELECT is passed over for the
// next.
Result<SelectedApplication> SelectApplication(CardChannel& channel,
                                              const std::vector<Combination>& combinations);

}  // namespace plaza::emv
