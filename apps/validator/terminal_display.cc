#include "apps/validator/terminal_display.h"

namespace plaza::validator {
namespace {

const char* Words(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::kAccepted:
      return "accepted";
    case Notice::Kind::kDenied:
      return "denied";
    case Notice::Kind::kTryAgain:
      return "try again";
    case Notice::Kind::kOutOfService:
      return "out of service";
  }
  return "";
}

}  // namespace

void TerminalDisplay::Show(const Notice& notice) {
  std::string line = Words(notice.kind);
  for (const std::string* more : {&notice.why, &notice.tap_id}) {
    if (!more->empty()) line += " " + *more;
  }
  out_ << line + "\n" << std::flush;
}

}  // namespace plaza::validator
