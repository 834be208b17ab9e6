// Commands and answers (ISO/IEC 7816-4, short lengths, cases 1 to 4), and the channel to a card.
#pragma once
#include <optional>
#include <string>
#include <string_view>

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

// Without data and Le: case 1; Le alone: case 2; data alone: case 3; both: case 4.
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

// SW1 SW2 (EMV Book 3, 6.3.5; Book B, C-2 to C-7 where kernels tell them apart).
namespace status {
inline constexpr std::uint16_t kSuccess = 0x9000;
inline constexpr std::uint16_t kWrongLength = 0x6700;
inline constexpr std::uint16_t kSecurityNotSatisfied = 0x6982;
inline constexpr std::uint16_t kReferencedDataInvalidated = 0x6984;
inline constexpr std::uint16_t kConditionsNotSatisfied = 0x6985;
inline constexpr std::uint16_t kCommandNotAllowed = 0x6986;
inline constexpr std::uint16_t kFunctionNotSupported = 0x6A81;
inline constexpr std::uint16_t kFileNotFound = 0x6A82;
inline constexpr std::uint16_t kRecordNotFound = 0x6A83;
inline constexpr std::uint16_t kWrongParameters = 0x6A86;
inline constexpr std::uint16_t kReferencedDataNotFound = 0x6A88;
inline constexpr std::uint16_t kInstructionNotSupported = 0x6D00;
inline constexpr std::uint16_t kClassNotSupported = 0x6E00;
inline constexpr std::uint16_t kNoDiagnosis = 0x6F00;
}  // namespace status
std::string_view StatusName(std::uint16_t sw);  // "file not found"; of 61xx, 62xx … their class
std::string StatusText(std::uint16_t sw);       // "status 6A82, file not found"

struct Response {
  Bytes data;
  std::uint16_t sw = 0;
  bool ok() const { return sw == status::kSuccess; }
};

// Transmits, follows 61xx (GET RESPONSE) and 6Cxx (again with that Le) within kFollowUpsMax.
// CARD_REMOVED from the channel; CARD_ERROR for an answer without status words, one of more than
// kAnswerBytesMax, or a chain too long.
Result<Response> Exchange(CardChannel& channel, const Command& command);

Command SelectByName(ByteView name);  // 00 A4 04 00, Le 00
Command ReadRecord(std::uint8_t sfi, std::uint8_t record);
Command GetProcessingOptions(ByteView pdol_data);  // wraps it in 83
// 80 AE. Book 3, 6.5.5: bits 8 and 7 of P1 are the cryptogram asked for, bit 5 asks for CDA.
Command GenerateAc(std::uint8_t reference, ByteView cdol_data);

}  // namespace plaza::emv
