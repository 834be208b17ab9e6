// Readers that PC/SC knows (pcsc-lite: PC/SC Workgroup, Part 5), contactless ones above all.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "libs/base/error.h"
#include "libs/emv/apdu/card_reader.h"

namespace plaza::devices {

struct PcscOptions {
  std::string reader;  // its name, or how it begins; empty: the first that there is
  // Told when the reader or pcscd goes away (READER_AWAY), once each time; on the thread that
  // waits.
  std::function<void(const Error&)> on_away = [](const Error&) {};
};

// Nothing need be there yet: WaitForCard() waits for pcscd and for the reader too, looking again
// every half second. An answer of more than 65,538 octets is CARD_ERROR, as is one that PC/SC
// refuses; a card that is taken away, or is mute for longer than the reader waits, is CARD_REMOVED.
// PC/SC cannot end a command that is under way, so how long a card may take is the reader's own
// frame waiting time, and whoever has a budget looks at it between commands.
//
// pcscd looks at a reader without interrupts every 400 ms: a card that takes another's place within
// that time may be missed, and has to be presented again.
std::unique_ptr<emv::CardReader> MakePcscReader(PcscOptions options);

}  // namespace plaza::devices
