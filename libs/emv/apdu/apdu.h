// Commands and answers (ISO/IEC 7816-4, short lengths), and the channel to a card.
#pragma once
#include <optional>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::emv {

// One card in the field. A PC/SC reader, a contactless front end, or a simulated card implements
// it. One thread at a time.
class CardChannel {
 public:
  virtual ~CardChannel() = default;
  // Sends one command; its answer with the two status bytes at the end. CARD_REMOVED if the card is
  // gone.
  virtual Result<Bytes> Transmit(ByteView command) = 0;
};

struct Command {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;                       // at most 255 bytes
  std::optional<std::uint16_t> le;  // 0 to 255; 0 asks for all there is
  bool operator==(const Command&) const = default;
};
Bytes Encode(const Command& command);           // Checked: data at most 255 bytes
Result<Command> DecodeCommand(ByteView bytes);  // the card's side. BAD_APDU

struct Response {
  Bytes data;
  std::uint16_t sw = 0;  // SW1 SW2, 0x9000 is success
  bool ok() const { return sw == 0x9000; }
};

// Transmits, follows 61xx (GET RESPONSE) and 6Cxx (again with that Le) within kFollowUpsMax.
// CARD_REMOVED from the channel; CARD_ERROR for an answer without status words or a chain too long.
Result<Response> Exchange(CardChannel& channel, const Command& command);

Command SelectByName(ByteView name);  // 00 A4 04 00, Le 00
Command ReadRecord(std::uint8_t sfi, std::uint8_t record);
Command GetProcessingOptions(ByteView pdol_data);  // wraps it in 83

}  // namespace plaza::emv
