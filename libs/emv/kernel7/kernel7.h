// Kernel 7 (UnionPay qPBOC), the transit path. EMV Contactless Book C-7: GET PROCESSING OPTIONS,
// READ RECORDs, checks of the data, then fDDA. What the gate decides on top is in transit/.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

inline constexpr std::uint8_t kKernel7 = 7;

// CARD_REMOVED; CARD_ERROR: the rider presents again.
Result<KernelOutcome> RunKernel7(CardChannel& channel, const KernelInput& input);

}  // namespace plaza::emv
