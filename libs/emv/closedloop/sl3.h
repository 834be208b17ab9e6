// A terminal's side of a MIFARE Plus card at security level 3. Native commands: the channel's
// answer begins with the status octet. Every command and answer carries its MAC; the forms without
// one are not offered. Any failure ends the session (NO_SESSION until the next authentication).
//
// Errors of all: CARD_REMOVED (whether the card did it is unknown), CARD_REFUSED (its status),
// CARD_NOT_AUTHENTIC, CARD_ERROR (a malformed answer), NO_SESSION.
#pragma once
#include <optional>

#include "libs/emv/apdu/apdu.h"
#include "libs/emv/closedloop/sl3_session.h"

namespace plaza::emv {

enum class Sl3Mode { kEncrypted, kPlain };

struct Sl3Move {
  Sl3Block from;
  Sl3Block to;
};

class Sl3Terminal {
 public:
  Sl3Terminal(CardChannel& channel, RandomSource random)
      : channel_(channel), random_(std::move(random)) {}

  Result<void> AuthenticateFirst(Sl3KeyBlock key_block, const AesKey& key);     // 70, 72
  Result<void> AuthenticateNonFirst(Sl3KeyBlock key_block, const AesKey& key);  // 76, 72

  // 31 or 33. 1 to kSl3BlocksReadMax blocks, 16 octets each; the card skips sector trailers.
  Result<Bytes> Read(Sl3Block first, std::size_t blocks, Sl3Mode mode);
  Result<void> Write(Sl3Block block, const AesBlock& data, Sl3Mode mode);  // A1 or A3

  // On value blocks. The first three work on the card's transfer buffer, which the field's end
  // empties; the others write.
  Result<void> Increment(Sl3Block block, std::int32_t amount);               // B1
  Result<void> Decrement(Sl3Block block, std::int32_t amount);               // B3
  Result<void> Restore(Sl3Block block);                                      // C3
  Result<void> Transfer(Sl3Block block);                                     // B5
  Result<void> IncrementTransfer(const Sl3Move& move, std::int32_t amount);  // B7
  Result<void> DecrementTransfer(const Sl3Move& move, std::int32_t amount);  // B9

  void EndSession() { session_.reset(); }
  bool has_session() const { return session_.has_value(); }

 private:
  struct Proof {
    Challenges challenges;
    TransactionId ti{};  // of a first authentication
  };
  Result<Bytes> Send(const Bytes& command);  // what follows the status 90
  Result<Proof> ProveKey(const Bytes& first, const AesKey& key, std::size_t answer_bytes);
  Result<Bytes> CheckedRead(Sl3Block first, std::size_t blocks, Sl3Mode mode);
  Result<void> CheckedWrite(Bytes command, ByteView encrypted);
  Result<void> WriteCommand(Bytes command, ByteView encrypted = {});
  Result<void> ValueCommand(Bytes command, std::int32_t amount);

  CardChannel& channel_;
  RandomSource random_;
  std::optional<Sl3Session> session_;
};

}  // namespace plaza::emv
