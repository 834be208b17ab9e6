// A reader on a socket: who connects is a card in the field, and who closes the connection takes it
// away. For simulated cards and vsmartcard's vpicc (vpcd.h). It listens on this machine alone,
// since card data cross it in clear.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "apps/validator/limits.h"
#include "apps/validator/reader.h"
#include "libs/base/result.h"

namespace plaza::validator {

struct SocketReaderOptions {
  std::string listen = "127.0.0.1:0";  // port 0: picked; or the path of a Unix socket, from its "/"
  std::chrono::milliseconds apdu_time = kApduTimeMax;  // for one answer of the card
  std::chrono::milliseconds tap_time = kTapTimeMax;    // for all of them, from the connection on
};

// BAD_READER: an address that is not of this machine's inside, or cannot be listened on.
Result<std::unique_ptr<Reader>> ListenForCards(SocketReaderOptions options);

}  // namespace plaza::validator
