// A simulated card held to a gate in another process: the card's side of apps/validator/vpcd.h.
#pragma once
#include <chrono>
#include <climits>
#include <string>

#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"

namespace plaza::citysim {

struct HoldOptions {
  std::string reader;                          // "127.0.0.1:PORT", or the path of a Unix socket
  int answers_max = INT_MAX;                   // to commands; the card is taken away at the next
  std::chrono::milliseconds patience{60'000};  // with a reader that says nothing
};

// Answers until the reader switches the field off, and returns how many commands it has answered.
// BAD_READER_ADDRESS; CARD_REMOVED if the reader closed without it, or was too slow.
Result<int> HoldToReader(const HoldOptions& options, emv::CardChannel& card);

}  // namespace plaza::citysim
