#include "apps/plaza/eval/registry.h"

namespace plaza::eval {

Registry AllOps() {
  Registry registry;
  AddClosedLoopOps(registry);
  AddEmvOps(registry);
  AddEmvTapOps(registry);
  AddFareOps(registry);
  AddVsamOps(registry);
  return registry;
}

}  // namespace plaza::eval
