// Entry Point (EMV Contactless Book B): Start B reads the directory (PPSE), Start C selects the
// best candidate, and the next when a kernel hands back, Start D activates the kernel. Start A is
// preprocessing.h.
#pragma once
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"
#include "libs/emv/entrypoint/preprocessing.h"
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

struct DirectoryEntry {
  Bytes adf_name;               // 4F
  Bytes label;                  // 50
  std::uint8_t priority = 0;    // 87, its lower four bits; 0 is the lowest
  Bytes kernel_id;              // of the combination
  Bytes extended_selection;     // 9F29, where the combination supports it
  std::size_t combination = 0;  // index into the configured ones
};

struct SelectedApplication {
  DirectoryEntry entry;
  Bytes fci;  // the answer to its SELECT
};

// What an entry's Kernel Identifier asks for (Book B, 3.3.2.5, step C).
struct RequestedKernel {
  bool usable = false;  // false: the entry is passed over
  Bytes id;             // one byte of an international kernel, three of a domestic; empty: any
};
RequestedKernel RequestedKernelOf(const std::optional<ByteView>& kernel_id, ByteView adf_name);

// The directory entries of a PPSE's FCI with each combination that they match, best first (3.3.2
// and 3.3.3): by priority, then by the order of the directory. A combination that pre-processing
// does not allow matches nothing. Entries that are malformed are passed over; a malformed FCI is
// CARD_ERROR. `indicators`: one for each combination.
Result<std::vector<DirectoryEntry>> BuildCandidates(ByteView ppse_fci,
                                                    const std::vector<Combination>& combinations,
                                                    const std::vector<Indicators>& indicators);

// Starts B and C on one card. Holds references to channel, combinations and indicators.
class Selection {
 public:
  Selection(CardChannel& channel, const std::vector<Combination>& combinations,
            const std::vector<Indicators>& indicators)
      : channel_(channel), combinations_(combinations), indicators_(indicators) {}

  // Start B: SELECT PPSE. CARD_REMOVED, CARD_ERROR; NO_APPLICATION if there is no candidate.
  Result<void> ReadDirectory();
  // Start C: SELECT of the best candidate left; one that the card refuses, or a Visa application
  // for kernel 3 whose PDOL lacks 9F66 (3.3.3.6), is passed over for the next. CARD_REMOVED,
  // CARD_ERROR; NO_APPLICATION if none is left.
  Result<SelectedApplication> Next();

  const std::vector<DirectoryEntry>& candidates() const { return candidates_; }

 private:
  CardChannel& channel_;
  const std::vector<Combination>& combinations_;
  const std::vector<Indicators>& indicators_;
  std::vector<DirectoryEntry> candidates_;
  std::size_t next_ = 0;
};

// Start D: runs kernel 2, 3, 4 or 7. NO_APPLICATION for any other.
Result<KernelOutcome> ActivateKernel(ByteView kernel_id, CardChannel& channel,
                                     const KernelInput& input);

}  // namespace plaza::emv
