// Kernel 3 (Visa qVSDC), the transit path. EMV Contactless Book C-3: GET PROCESSING OPTIONS, READ
// RECORDs, checks of the data, then fDDA. What the gate decides on top is in transit/.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

inline constexpr std::uint8_t kKernel3 = 3;

// CARD_REMOVED; CARD_ERROR (Book C-3, 5.4 and 5.5): the rider presents again.
Result<KernelOutcome> RunKernel3(CardChannel& channel, const KernelInput& input);

}  // namespace plaza::emv
