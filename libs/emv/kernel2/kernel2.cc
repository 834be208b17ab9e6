#include "libs/emv/kernel2/kernel2.h"

#include "libs/emv/kernel/generate_ac.h"

namespace plaza::emv {

Result<KernelOutcome> RunKernel2(CardChannel& channel, const KernelInput& input) {
  return RunGenerateAc(channel, input, {.kernel = kKernel2, .any_refusal_selects_next = true});
}

}  // namespace plaza::emv
