// Kernel 4 (American Express Expresspay), the transit path. EMV Contactless Book C-4: GET
// PROCESSING OPTIONS, READ RECORDs, checks of the data, GENERATE AC with CDA. Absent: mag-stripe
// mode, SDA, CVM, mobile CVM.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

inline constexpr std::uint8_t kKernel4 = 4;

// CARD_REMOVED; CARD_ERROR: the rider presents again.
Result<KernelOutcome> RunKernel4(CardChannel& channel, const KernelInput& input);

}  // namespace plaza::emv
