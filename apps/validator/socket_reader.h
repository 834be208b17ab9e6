// A reader on a socket: who connects is a card in the field, and who closes the connection takes it
// away. For simulated cards and vsmartcard's vpicc (vpcd.h). It listens on this machine alone,
// since card data cross it in clear.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "apps/validator/limits.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/card_reader.h"

namespace plaza::validator {

struct SocketReaderOptions {
  std::string listen = "127.0.0.1:0";  // port 0: picked; or the path of a Unix socket, from its "/"
  std::chrono::milliseconds apdu_time = kApduTimeMax;  // for one answer of the card
  std::chrono::milliseconds tap_time = kTapTimeMax;    // for all of them, from the connection on
};

class ListeningReader : public emv::CardReader {
 public:
  virtual const std::string& address() const = 0;  // with the port that was picked
};

// BAD_READER: an address that is not of this machine's inside, or cannot be listened on.
Result<std::unique_ptr<ListeningReader>> ListenForCards(SocketReaderOptions options);

}  // namespace plaza::validator
