// What the rider looks at.
#pragma once
#include <string>

namespace plaza::validator {

// What a rider is told of a tap. No card data is in it.
struct Notice {
  enum class Kind { kAccepted, kDenied, kTryAgain, kOutOfService };
  Kind kind = Kind::kTryAgain;
  std::string why;     // the reason's name, or an error's code
  std::string tap_id;  // of a tap that was recorded
};

class Display {
 public:
  virtual ~Display() = default;
  virtual void Show(const Notice& notice) = 0;
};

}  // namespace plaza::validator
