// Kernels whose card decides within GET PROCESSING OPTIONS (EMV Contactless Books C-3 and C-7): the
// records follow, then fDDA. Signed data format 95 if the card answered online, 05 if offline.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

// CARD_REMOVED; CARD_ERROR: status words, malformed or missing data: the rider presents again.
Result<KernelOutcome> RunQualified(CardChannel& channel, const KernelInput& input,
                                   std::uint8_t kernel);

}  // namespace plaza::emv
