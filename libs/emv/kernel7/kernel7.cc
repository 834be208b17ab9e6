#include "libs/emv/kernel7/kernel7.h"

#include "libs/emv/kernel/qualified.h"

namespace plaza::emv {

Result<KernelOutcome> RunKernel7(CardChannel& channel, const KernelInput& input) {
  return RunQualified(channel, input, kKernel7);
}

}  // namespace plaza::emv
