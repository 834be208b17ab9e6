// A display that is a terminal: a line for each tap.
//
//     accepted GDL-S0001:17
//     denied deny_listed GDL-S0001:18
//     try again card_removed
//     out of service JOURNAL_FULL
#pragma once
#include <ostream>

#include "apps/validator/display.h"

namespace plaza::validator {

class TerminalDisplay final : public Display {
 public:
  explicit TerminalDisplay(std::ostream& out) : out_(out) {}
  void Show(const Notice& notice) override;

 private:
  std::ostream& out_;
};

}  // namespace plaza::validator
