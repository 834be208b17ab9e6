// The two clocks that the edge hands out. Cores take moments as arguments and know neither.
#pragma once
#include "libs/base/civil.h"

namespace plaza {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;  // thread-safe
};

}  // namespace plaza
