// What brings cards: a contactless front end, a PC/SC reader, a socket with simulated cards. One
// thread waits and taps; Stop() may come from another.
#pragma once
#include <memory>

#include "libs/emv/apdu/apdu.h"

namespace plaza::emv {

class CardReader {
 public:
  virtual ~CardReader() = default;
  // Waits for a card that was not in the field when the last one was let go; its end switches the
  // field off. Null: Stop() was called. A reader that is away is waited for.
  virtual std::unique_ptr<CardChannel> WaitForCard() = 0;
  virtual void Stop() = 0;  // thread-safe, for good
};

}  // namespace plaza::emv
