// A terminal's side of a DESFire card: native commands wrapped in ISO/IEC 7816 (CLA 90, status
// 91xx). Authentication of EV1 (AES) and of EV2; messages in the EV2 secure messaging only. Any
// failure ends the session (NO_SESSION until the next authentication).
//
// Errors of all: CARD_REMOVED (whether the card did it is unknown), CARD_REFUSED (its status),
// CARD_NOT_AUTHENTIC, CARD_ERROR (a malformed answer), NO_SESSION.
#pragma once
#include <optional>

#include "libs/emv/apdu/apdu.h"
#include "libs/emv/closedloop/desfire_session.h"

namespace plaza::emv {

using DesfireAid = std::array<std::uint8_t, 3>;  // as sent, least significant octet first
struct DesfireFile {
  std::uint8_t number = 0;
  auto operator<=>(const DesfireFile&) const = default;
};
struct DesfireKeyNumber {
  std::uint8_t number = 0;
};
enum class CommMode { kPlain, kMac, kFull };  // of the file, fixed at its creation

struct FileRange {
  DesfireFile file;
  std::uint32_t offset = 0;  // octets, below 2^24
  std::size_t length = 0;    // 1 to kDesfireDataBytesMax
};

class DesfireTerminal {
 public:
  DesfireTerminal(CardChannel& channel, RandomSource random)
      : channel_(channel), random_(std::move(random)) {}

  Result<void> SelectApplication(const DesfireAid& aid);  // 5A; ends the session
  // AA: proves the key both ways; its session key. Messages of EV1 are not there.
  Result<AesKey> AuthenticateEv1Aes(DesfireKeyNumber number, const AesKey& key);
  Result<void> AuthenticateEv2First(DesfireKeyNumber number, const AesKey& key);     // 71
  Result<void> AuthenticateEv2NonFirst(DesfireKeyNumber number, const AesKey& key);  // 77

  Result<Bytes> ReadData(const FileRange& range, CommMode mode);  // BD: exactly range.length octets
  // 3D. A standard file has it at once, a backup file with the commit.
  Result<void> WriteData(DesfireFile file, std::uint32_t offset, ByteView data, CommMode mode);
  Result<std::int32_t> GetValue(DesfireFile file, CommMode mode);             // 6C, as committed
  Result<void> Credit(DesfireFile file, std::int32_t amount, CommMode mode);  // 0C
  Result<void> Debit(DesfireFile file, std::int32_t amount, CommMode mode);   // DC
  Result<void> Commit();                                                      // C7
  Result<void> Abort();                                                       // A7

  void EndSession() { session_.reset(); }
  bool has_session() const { return session_.has_value(); }

 private:
  struct Secured {
    std::uint8_t ins;
    Bytes header;  // never encrypted
    Bytes data;
  };
  // The answer's data; its status must be `status`.
  Result<Bytes> Send(std::uint8_t ins, Bytes data, std::uint8_t status);
  Result<Challenges> Challenge(Bytes first_step, const AesKey& key, std::uint8_t ins);
  Result<Bytes> Exchanged(Secured command, CommMode mode);
  Result<Bytes> Checked(const Secured& command, CommMode mode);
  Result<void> Done(Secured command, CommMode mode);  // a command whose answer has no data

  CardChannel& channel_;
  RandomSource random_;
  std::optional<Ev2Session> session_;
};

}  // namespace plaza::emv
