// Kernels that ask for a cryptogram with GENERATE AC (EMV Contactless Books C-2 and C-4): an ARQC,
// with CDA where the card can. What the gate decides on top is in transit/.
#pragma once
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

struct GenerateAcRules {
  std::uint8_t kernel;
  bool any_refusal_selects_next;  // of GET PROCESSING OPTIONS (Book C-2, 6.3, S3.12)
};

// CARD_REMOVED; CARD_ERROR: status words, malformed or missing data: the rider presents again.
Result<KernelOutcome> RunGenerateAc(CardChannel& channel, const KernelInput& input,
                                    const GenerateAcRules& rules);

}  // namespace plaza::emv
