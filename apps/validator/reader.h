// What is between a gate and the world: the reader that has a card in its field, and the display
// that the rider looks at. A contactless front end or PC/SC will be other implementations.
#pragma once
#include <memory>
#include <string>

#include "libs/emv/apdu/apdu.h"

namespace plaza::validator {

class Reader {
 public:
  virtual ~Reader() = default;
  // Waits for a card, with the field on. Its end switches the field off. Null: Stop() was called.
  // One thread, one card at a time.
  virtual std::unique_ptr<emv::CardChannel> WaitForCard() = 0;
  virtual void Stop() = 0;  // thread-safe
  virtual const std::string& address() const = 0;
};

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
