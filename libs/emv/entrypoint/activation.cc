#include "libs/emv/entrypoint/entry_point.h"
#include "libs/emv/errors.h"
#include "libs/emv/kernel2/kernel2.h"
#include "libs/emv/kernel3/kernel3.h"
#include "libs/emv/kernel4/kernel4.h"
#include "libs/emv/kernel7/kernel7.h"

namespace plaza::emv {

Result<KernelOutcome> ActivateKernel(ByteView kernel_id, CardChannel& channel,
                                     const KernelInput& input) {
  switch (kernel_id.empty() ? 0 : kernel_id.front()) {
    case kKernel2:
      return RunKernel2(channel, input);
    case kKernel3:
      return RunKernel3(channel, input);
    case kKernel4:
      return RunKernel4(channel, input);
    case kKernel7:
      return RunKernel7(channel, input);
    default:
      return Error(errors::kNoApplication, "there is no such kernel here");
  }
}

}  // namespace plaza::emv
