#include "apps/plaza/eval/registry.h"

namespace plaza::eval {

Registry AllOps() {
  Registry registry;
  AddEmvOps(registry);
  AddEmvTapOps(registry);
  AddFareOps(registry);
  return registry;
}

}  // namespace plaza::eval
