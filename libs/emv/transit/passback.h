// Pass-back: the same card twice at one gate within a window. Bounded memory; not thread-safe.
#pragma once
#include <unordered_map>

#include "libs/base/civil.h"
#include "libs/emv/journal/tap_record.h"

namespace plaza::emv {

class PassBackWindow {
 public:
  // `window` of the city's policy; zero switches it off.
  explicit PassBackWindow(Duration window) : window_(window) {}
  // True if the card was accepted here less than the window before `now`, or after it: a clock
  // that was set back by more than the window locks nobody out.
  bool Seen(const Token& token, Instant now) const;
  void Accepted(const Token& token, Instant now);
  void Withdraw(const Token& token) { last_.erase(token); }  // the tap could not be kept: gate shut

 private:
  struct Hash {
    std::size_t operator()(const Token& token) const;
  };
  void Forget(Instant now);
  Duration window_;
  std::unordered_map<Token, Instant, Hash> last_;
};

}  // namespace plaza::emv
