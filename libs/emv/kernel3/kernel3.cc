#include "libs/emv/kernel3/kernel3.h"

#include "libs/emv/kernel/qualified.h"

namespace plaza::emv {

Result<KernelOutcome> RunKernel3(CardChannel& channel, const KernelInput& input) {
  return RunQualified(channel, input, kKernel3);
}

}  // namespace plaza::emv
