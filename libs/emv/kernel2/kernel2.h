// Kernel 2 (Mastercard M/Chip), the transit path. EMV Contactless Book C-2: GET PROCESSING OPTIONS,
// READ RECORDs, checks of the data, GENERATE AC with CDA. Absent: mag-stripe mode, relay
// resistance, integrated data storage, torn transaction recovery, balance reading, CVM.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

inline constexpr std::uint8_t kKernel2 = 2;

// CARD_REMOVED; CARD_ERROR: the rider presents again.
Result<KernelOutcome> RunKernel2(CardChannel& channel, const KernelInput& input);

}  // namespace plaza::emv
