#include "libs/emv/kernel4/kernel4.h"

#include "libs/emv/kernel/generate_ac.h"

namespace plaza::emv {

Result<KernelOutcome> RunKernel4(CardChannel& channel, const KernelInput& input) {
  return RunGenerateAc(channel, input, {.kernel = kKernel4, .any_refusal_selects_next = false});
}

}  // namespace plaza::emv
