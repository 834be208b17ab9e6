// The frames between a reader and a card on a socket, as vsmartcard's vpcd (the reader's side) and
// vpicc (the card's) exchange them: a length of 2 octets, big-endian, and as many octets. One octet
// from the reader is a control: the card answers kAskAtr alone, with its ATR. More octets are a
// command, answered by its response. Source:
// https://frankmorgner.github.io/vsmartcard/virtualsmartcard/api.html. Thread-safe.
#pragma once
#include <chrono>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::validator::vpcd {

enum class Control : std::uint8_t { kOff = 0x00, kOn = 0x01, kReset = 0x02, kAskAtr = 0x04 };

using Deadline = std::chrono::steady_clock::time_point;

// Whole frames, however the octets are split on their way. CARD_REMOVED: the other side is gone, or
// silent until the deadline. CARD_ERROR: a frame that is empty, or longer than kFrameBytesMax.
Result<void> Send(int socket, ByteView octets, Deadline deadline);
Result<Bytes> Receive(int socket, Deadline deadline);

}  // namespace plaza::validator::vpcd
